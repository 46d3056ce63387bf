// How every package is built: ES modules and CommonJS with declarations for each, checked as published.
import type { UserConfig } from 'tsdown';

export const packageBuild: UserConfig = {
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  dts: true,
  sourcemap: true,
  clean: true,
  fixedExtension: true,
  publint: { strict: true },
  attw: { profile: 'node16', level: 'error' },
  // A build that went well has nothing to say: who runs the quickstart wants to see the quickstart.
  logLevel: 'warn',
  checks: { legacyCjs: false, pluginTimings: false },
};
