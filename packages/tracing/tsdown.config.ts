import { defineConfig } from 'tsdown';
import { packageBuild } from '../../tsdown.config.base.ts';

export default defineConfig({
  ...packageBuild,
  entry: ['src/index.ts'],
  // The declarations name `Symbol.dispose`, which an application's `lib` may be too old to know.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
});
