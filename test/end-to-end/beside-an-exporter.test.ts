/** A set-up that exports already loses nothing, with every version of NodeSDK that takes the merged form in another way (README). */
import { fileURLToPath } from 'node:url';
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from './collector.ts';
import { type Ended, runNode } from './run-node.ts';

const APP = fileURLToPath(new URL('exporting-app.mjs', import.meta.url));
let server: DevServer;
let collector: Collector;
beforeAll(async () => {
  [server, collector] = await Promise.all([startDevServer(), startCollector()]);
});
afterAll(async () => {
  collector.close();
  await server.close();
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runNode([APP, ...args], {
    HUGGINGPLACE_BASE_URL: server.url,
    HUGGINGPLACE_API_KEY: server.apiKey,
    HUGGINGPLACE_ORG_ID: server.orgId,
    COLLECTOR: collector.url,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOG_LEVEL: 'warn',
    ...env,
  });
const storedBy = (args: readonly string[]) =>
  server.database.query('SELECT user_prompt, ai_response FROM chat WHERE session_id = $1', [args.join(' ')]);

const VARIABLES = {
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
};

describe.each(['0.57', '0.219', '0.223'])('NodeSDK %s', (version) => {
  it.each(['option', 'variables'])(
    'with its exporter by %s: the merged form adds interactions and takes nothing',
    async (by) => {
      const env = by === 'option' ? {} : { ...VARIABLES, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      expect((await run([version, 'alone', by], env)).code).toBe(0);
      const before = collector.take();
      expect(before).toEqual({ spans: ['GET /ask', 'SELECT documents', 'chat gpt-5', 'clean up'], logs: ['answered'] });

      const merged = await run([version, 'merged', by], env);
      expect(merged).toMatchObject({ code: 0, stdout: '' });
      expect(merged.stderr).not.toContain('huggingplace');
      expect(collector.take()).toEqual(before);
      expect(await storedBy([version, 'merged', by])).toEqual([{ user_prompt: 'why?', ai_response: 'because' }]);
    },
  );

  it('with the spread alone beside exporter variables: says once what it silences', async () => {
    const spread = await run([version, 'spread', 'variables'], {
      ...VARIABLES,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    expect(collector.take().spans).toEqual([]);
    expect(await storedBy([version, 'spread', 'variables'])).toHaveLength(1);
    const warnings = spread.stderr.split('\n').filter((line) => line.includes('huggingplace:'));
    expect(warnings).toEqual([expect.stringMatching(/OTEL_TRACES_EXPORTER.*is set, but spanProcessors silences it/)]);
  });
});
