import { defineConfig } from 'tsdown';
import { packageBuild } from '../../tsdown.config.base.ts';

export default defineConfig({
  ...packageBuild,
  entry: ['src/index.ts', 'src/main.ts'],
  // `import.meta.url` finds the files below in both formats.
  shims: true,
  copy: [
    { from: 'src/schema', to: 'dist' },
    { from: 'src/pglite-worker.mjs', to: 'dist' },
  ],
});
