/** What the package costs: bytes in a bundle, nanoseconds in a call. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const manifest = JSON.parse(readFileSync(path('../package.json'), 'utf8')) as Record<string, unknown> & {
  version: string;
};

async function bundle(input: string, minify: boolean): Promise<string> {
  const build = await rolldown({
    input,
    external: /^@opentelemetry\//,
    platform: 'node',
    resolve: { alias: { '@huggingplace/tracing': path('index.ts') } },
  });
  const { output } = await build.generate({ format: 'esm', minify });
  return output[0].code;
}

it('all of it takes at most 5 kB, minified and compressed', async () => {
  expect(gzipSync(await bundle(path('index.ts'), true)).length).toBeLessThanOrEqual(5000);
});

it('it depends on @opentelemetry/api alone, and its spans name its version', async () => {
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest['peerDependencies']).toEqual({ '@opentelemetry/api': '>=1.3.0 <2' });
  const code = await bundle(path('index.ts'), false);
  expect(new Set(code.match(/from ["'].*?["']/g))).toEqual(new Set(['from "@opentelemetry/api"']));
  expect(code).toContain(`"@huggingplace/tracing", "${manifest.version}"`);
});

it('a step costs under 1 µs without an SDK, and with one under 1.5 × a bare startActiveSpan', async () => {
  const program = await bundle(path('../../../test/bench/tracing.ts'), false);
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: path('..'),
    encoding: 'utf8',
  });
  const { withoutSdk, withSdk, withSdkAsync } = JSON.parse(printed) as Record<
    string,
    Record<string, { nanoseconds: number; ratio: number }>
  >;
  expect(withoutSdk!['step']!.nanoseconds).toBeLessThan(1000);
  expect(withSdk!['step']!.ratio).toBeLessThan(1.5);
  expect(withSdkAsync!['asyncStep']!.ratio).toBeLessThan(1.5);
}, 120_000);
