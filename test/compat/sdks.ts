/** The OpenTelemetry SDKs that tests run applications with: where each is installed, and the Node that it needs. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Sdk {
  readonly version: string;
  readonly folder: string;
  readonly node: string;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const SDK_2: Sdk = { version: '2', folder: here('../../packages/exporter'), node: process.execPath };

/** Beside SDK 2. @throws where there is no Node for SDK 3 */
export const otherSdks = (): readonly Sdk[] => [
  { version: '1.30', folder: here('sdk-1'), node: process.execPath },
  { version: '3', folder: here('sdk-3'), node: nodeForSdk3() },
];

/** SDK 3 needs 22.15: this process's own Node, or the one that stands beside the SDK. */
function nodeForSdk3(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return process.execPath;
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  for (const name of [`node-${platform}`, `node-bin-${platform}`]) {
    const binary = here(`sdk-3/node_modules/${name}/bin/node${process.platform === 'win32' ? '.exe' : ''}`);
    if (existsSync(binary)) return binary;
  }
  throw new Error(
    `Expected Node >=22.15 for SDK 3, got ${process.version} and no package node-${platform}: run \`pnpm install\`.`,
  );
}
