/** Missing and wrong configuration: an application never breaks by it, and whoever runs it is told once what to do. */
import { fileURLToPath } from 'node:url';
import { type DevServer, type ReceivedRequest, startDevServer } from '@huggingplace/dev-server';
import { huggingPlace, type HuggingPlaceOptions, HuggingPlaceSpanExporter } from '@huggingplace/opentelemetry-exporter';
import { ValidationError } from 'huggingplace-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runNode } from './run-node.ts';

const APP = fileURLToPath(new URL('exporting-app.mjs', import.meta.url));
const received: ReceivedRequest[] = [];
let server: DevServer;
beforeAll(async () => {
  server = await startDevServer({ onReceived: (request) => received.push(request) });
});
beforeEach(() => {
  received.length = 0;
});
afterAll(() => server.close());

/** The one line in NodeSDK, configured by the environment alone. */
async function run(env: Readonly<Record<string, string>>) {
  const { stderr, ...ended } = await runNode([APP, '0.223', 'spread', 'option'], {
    HUGGINGPLACE_BASE_URL: server.url,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOG_LEVEL: 'warn',
    ...env,
  });
  return { ...ended, warnings: stderr.split('\n').filter(Boolean) };
}

describe('in the environment', () => {
  const key = { HUGGINGPLACE_API_KEY: 'hp_local' };
  const organisation = { HUGGINGPLACE_ORG_ID: 'local' };

  it.each([
    ['neither key nor organisation', {}],
    ['no key', organisation],
    ['no organisation', key],
    ['an empty key', { ...organisation, HUGGINGPLACE_API_KEY: '' }],
  ])('%s: one warning, nothing sent, the application untouched', async (_, env) => {
    expect(await run(env)).toEqual({
      code: 0,
      stdout: '',
      warnings: [expect.stringMatching(/huggingplace: nothing is sent.*HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID/)],
    });
    expect(received).toEqual([]);
  });

  it.each([
    ['HUGGINGPLACE_ENABLED', 'false'],
    ['OTEL_SDK_DISABLED', 'true'],
  ])('%s=%s: nothing sent, and nothing to say', async (name, value) => {
    expect(await run({ ...key, ...organisation, [name]: value })).toEqual({ code: 0, stdout: '', warnings: [] });
    expect(received).toEqual([]);
  });

  it('a wrong value: one warning that names it, and the default in its place', async () => {
    expect(await run({ ...key, ...organisation, HUGGINGPLACE_MODE: 'staging' })).toEqual({
      code: 0,
      stdout: '',
      warnings: [expect.stringMatching(/HUGGINGPLACE_MODE: expected .*prod.*dev.*, got "staging"/)],
    });
    expect(received.map(({ status, body }) => ({ status, mode: (JSON.parse(body) as { mode: string }).mode }))).toEqual(
      [{ status: 200, mode: 'prod' }],
    );
  });

  it('a wrong address: one warning, and nothing is sent to where nobody asked for', async () => {
    const { code, warnings } = await run({
      ...key,
      ...organisation,
      HUGGINGPLACE_BASE_URL: 'http://elsewhere.example',
    });
    expect(code).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('HUGGINGPLACE_BASE_URL: expected an https: URL')]);
  });
});

describe('in code', () => {
  it.each<[keyof HuggingPlaceOptions, unknown, RegExp]>([
    ['apiKey', 42, /option apiKey: expected .*ASCII.*, got 42/],
    ['orgId', {}, /option orgId: expected a text or a whole number, got/],
    ['baseUrl', 'ftp://example.com', /option baseUrl: expected an https: URL/],
    ['baseUrl', 'http://example.com', /option baseUrl: expected an https: URL .*allowInsecureHttp/],
    ['mode', 'staging', /option mode: expected .*prod.*dev.*, got "staging"/],
    ['captureContent', 'yes please', /option captureContent: expected .*, got "yes please"/],
    ['mask', 'password', /option mask: expected a function, got "password"/],
    ['interactionRoot', 'span', /option interactionRoot: expected "request", .*, got "span"/],
    ['maxQueueBytes', -1, /option maxQueueBytes: expected a whole number from 1 to \d+, got -1/],
    ['timeoutMs', 1.5, /option timeoutMs: expected a whole number from 1 to \d+, got 1.5/],
    ['metadata', [], /option metadata: expected an object, got/],
  ])('%s: %o throws, naming option, expectation and value', (option, value, message) => {
    // What a caller without types may write.
    const options = { [option]: value } as HuggingPlaceOptions;
    for (const construct of [() => huggingPlace(options), () => new HuggingPlaceSpanExporter(options)]) {
      expect(construct).toThrow(ValidationError);
      expect(construct).toThrow(message);
    }
  });

  it('a wrong key is not shown', () => {
    expect(() => huggingPlace({ apiKey: 'sécret' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('sécret') as string }),
    );
  });

  it('undefined and empty mean unset', () => {
    expect(() => huggingPlace({ apiKey: '', mode: undefined, timeoutMs: undefined, baseUrl: '' })).not.toThrow();
  });
});
