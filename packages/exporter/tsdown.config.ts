import { defineConfig } from 'tsdown';
import { packageBuild } from '../../tsdown.config.base.ts';

export default defineConfig({ ...packageBuild, entry: ['src/index.ts', 'src/edge.ts'] });
