/** Bundled for where Node.js is not, the published package brings none of its modules along, runs, and does nothing but say so. */
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';

const APP = fileURLToPath(new URL('edge-app.mjs', import.meta.url));

/** One script, with the exports that a bundler for that runtime takes. */
async function bundleFor(condition: string): Promise<{ readonly code: string; readonly external: readonly string[] }> {
  const external: string[] = [];
  const build = await rolldown({
    input: APP,
    logLevel: 'silent',
    // Nothing is resolved that is not asked for.
    platform: 'neutral',
    resolve: { conditionNames: [condition, 'import', 'default'], mainFields: ['module', 'main'] },
    external: (id) => isBuiltin(id) && external.push(id) > 0,
  });
  const { output } = await build.generate({ format: 'iife', codeSplitting: false });
  await build.close();
  return { code: output[0].code, external };
}

describe.each(['workerd', 'edge-light', 'browser'])('%s', (condition) => {
  it('loads, does nothing and says so once', async () => {
    const { code, external } = await bundleFor(condition);
    expect(external).toEqual([]);
    expect(code).not.toMatch(/["']node:/);

    // What a web worker has, and nothing of Node.js.
    const runtime = createContext({ performance, setTimeout, clearTimeout, crypto });
    runInContext(code, runtime);
    expect(runtime['heard']).toEqual({
      said: [expect.stringContaining('huggingplace: nothing is sent from an edge runtime or a browser')],
      stats: expect.objectContaining({ seen: 0, delivered: 0 }) as unknown,
      results: [0],
      logs: true,
      redacted: 'write to [email]',
    });
  });
});

it('without the condition the package is the whole, which needs Node.js', async () => {
  const { external } = await bundleFor('node');
  expect(external).toContain('node:worker_threads');
});
