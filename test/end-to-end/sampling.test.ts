/** A sampler in the environment leaves whole interactions out before anybody sees a span: that is said, be it at the end. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runNode } from './run-node.ts';

const APP = fileURLToPath(new URL('exporting-app.mjs', import.meta.url));

it.each(['0.57', '0.219', '0.223'])('NodeSDK %s', async (version) => {
  const ended = await runNode([APP, version, 'spread', 'option'], {
    HUGGINGPLACE_API_KEY: 'hp_local',
    HUGGINGPLACE_ORG_ID: 'local',
    // Nothing is ever sent there.
    HUGGINGPLACE_BASE_URL: 'http://localhost:9',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOG_LEVEL: 'warn',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
  });
  expect({ ...ended, stderr: ended.stderr.split('\n').filter((line) => line.includes('huggingplace')) }).toEqual({
    code: 0,
    stdout: '',
    stderr: [expect.stringMatching(/OTEL_TRACES_SAMPLER=parentbased_traceidratio .* leaves spans out/)],
  });
});
