import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ValidationError } from './errors.ts';
import { resolveDeliveryOptions, type DeliveryOptions } from './options.ts';
import { CA } from './testing/certificates.ts';
import { DiagLines } from './testing/diag.ts';

const DEFAULTS = {
  credentials: undefined,
  baseUrl: 'https://api.huggingplace.com',
  mode: undefined,
  enabled: true,
  timeoutMs: 10_000,
  shutdownTimeoutMs: 10_000,
  exitTimeoutMs: 2_000,
  maxQueueBytes: 67_108_864,
  maxQueueAgeMs: 86_400_000,
  concurrency: 32,
  spoolDirectory: undefined,
  maxSpoolBytes: 536_870_912,
  deadLetterDirectory: undefined,
  proxy: undefined,
  ca: undefined,
  dispatcher: undefined,
  meterProvider: undefined,
  debug: false,
};

it('has a default for everything, and is frozen', () => {
  const settings = resolveDeliveryOptions({}, {});
  expect(settings).toEqual(DEFAULTS);
  expect(Object.isFrozen(settings)).toBe(true);
});

it('takes empty for unset, in code and in the environment', () => {
  const given: DeliveryOptions = {
    apiKey: '',
    orgId: '',
    baseUrl: '',
    proxy: '',
    spoolDirectory: '',
    timeoutMs: undefined,
  };
  const env = {
    HUGGINGPLACE_API_KEY: ' ',
    HUGGINGPLACE_BASE_URL: '',
    HUGGINGPLACE_MODE: '',
    HTTPS_PROXY: '',
    HUGGINGPLACE_TIMEOUT_MS: '',
  };
  expect(resolveDeliveryOptions(given, env)).toEqual(DEFAULTS);
});

it('reads the environment, and prefers the code', () => {
  const env = {
    HUGGINGPLACE_API_KEY: 'env-key\n',
    HUGGINGPLACE_ORG_ID: '42',
    HUGGINGPLACE_BASE_URL: 'https://env.example/',
    HUGGINGPLACE_MODE: 'dev',
    HUGGINGPLACE_ENABLED: 'FALSE',
    HUGGINGPLACE_TIMEOUT_MS: '1',
    HUGGINGPLACE_SHUTDOWN_TIMEOUT_MS: '2',
    HUGGINGPLACE_EXIT_TIMEOUT_MS: '0',
    HUGGINGPLACE_SPOOL_DIR: '/var/spool/hp',
    HUGGINGPLACE_DEBUG: 'true',
  };
  expect(resolveDeliveryOptions({}, env)).toMatchObject({
    credentials: { apiKey: 'env-key', orgId: '42' },
    baseUrl: 'https://env.example',
    mode: 'dev',
    enabled: false,
    timeoutMs: 1,
    shutdownTimeoutMs: 2,
    exitTimeoutMs: 0,
    spoolDirectory: '/var/spool/hp',
    deadLetterDirectory: '/var/spool/hp/dead-letter',
    debug: true,
  });
  expect(
    resolveDeliveryOptions(
      { apiKey: 'k', orgId: 7, baseUrl: 'https://code.example/a/', mode: 'prod', enabled: true, timeoutMs: 9 },
      env,
    ),
  ).toMatchObject({
    credentials: { apiKey: 'k', orgId: 7 },
    baseUrl: 'https://code.example/a',
    mode: 'prod',
    enabled: true,
    timeoutMs: 9,
  });
});

it('is disabled with the OpenTelemetry SDK, unless somebody says otherwise', () => {
  expect(resolveDeliveryOptions({}, { OTEL_SDK_DISABLED: 'true' }).enabled).toBe(false);
  expect(resolveDeliveryOptions({}, { OTEL_SDK_DISABLED: 'yes' }).enabled).toBe(true);
  expect(resolveDeliveryOptions({ enabled: true }, { OTEL_SDK_DISABLED: 'true' }).enabled).toBe(true);
});

describe('wrong in code', () => {
  it.each<[string, unknown, string]>([
    [
      'apiKey',
      'two words',
      'option apiKey: expected printable ASCII characters without spaces, got a text of 9 characters',
    ],
    ['apiKey', 'kéy', 'got a text of 3 characters'],
    ['apiKey', 'k\r\nHost: evil', 'got a text of 13 characters'],
    ['apiKey', 7, 'got 7'],
    ['orgId', {}, 'option orgId: expected a text or a whole number, got a value of type object'],
    ['orgId', 1.5, 'got 1.5'],
    [
      'baseUrl',
      'http://backend.example',
      'option baseUrl: expected an https: URL (or http: to this machine, or with allowInsecureHttp)',
    ],
    ['baseUrl', 'file:///etc/passwd', 'got a text of'],
    ['baseUrl', 'https://me:secret@backend.example', 'got a text of'],
    ['baseUrl', 'https://backend.example/?x=1', 'got a text of'],
    ['baseUrl', '//backend.example', 'got a text of'],
    ['mode', 'production', 'option mode: expected "prod" or "dev", got "production"'],
    ['enabled', 'true', 'option enabled: expected true or false, got "true"'],
    ['timeoutMs', 0, 'option timeoutMs: expected a whole number from 1 to 2147483647, got 0'],
    ['timeoutMs', '5000', 'got "5000"'],
    ['timeoutMs', NaN, 'got NaN'],
    ['exitTimeoutMs', -1, 'got -1'],
    ['concurrency', 1.5, 'got 1.5'],
    ['maxQueueBytes', Infinity, 'got Infinity'],
    ['proxy', 'socks5://proxy:1', 'option proxy: expected the http: or https: URL of a proxy'],
    ['ca', 'not PEM', 'option ca: expected certificates in PEM'],
    ['ca', [CA, 7], 'got an array'],
    ['dispatcher', {}, 'option dispatcher: expected an object with a method dispatch()'],
    ['meterProvider', 'x', 'option meterProvider: expected an object with a method getMeter()'],
    ['spoolDirectory', 7, 'option spoolDirectory: expected a text, got 7'],
    ['mode', 'x'.repeat(500), `got "${'x'.repeat(80)}…"`],
  ])('%s: %j', (name, value, message) => {
    const resolve = () => resolveDeliveryOptions({ [name]: value }, {});
    expect(resolve).toThrow(ValidationError);
    expect(resolve).toThrow(message);
  });
});

describe('wrong in the environment', () => {
  it.each([
    [
      'HUGGINGPLACE_TIMEOUT_MS',
      'ten',
      'HUGGINGPLACE_TIMEOUT_MS: expected a whole number from 1 to 2147483647, got "ten"; it is ignored',
    ],
    ['HUGGINGPLACE_TIMEOUT_MS', '99999999999', 'got "99999999999"'],
    ['HUGGINGPLACE_MODE', 'production', 'HUGGINGPLACE_MODE: expected "prod" or "dev"'],
    ['HUGGINGPLACE_ENABLED', 'yes', 'HUGGINGPLACE_ENABLED: expected true or false'],
    [
      'HUGGINGPLACE_API_KEY',
      'se cret',
      'HUGGINGPLACE_API_KEY: expected printable ASCII characters without spaces, got a text of 7 characters',
    ],
    ['HTTPS_PROXY', 'socks5://proxy:1', 'HTTPS_PROXY: expected the http: or https: URL of a proxy'],
  ])('%s=%s is said and ignored', (variable, value, message) => {
    using said = new DiagLines();
    expect(resolveDeliveryOptions({}, { [variable]: value })).toEqual(DEFAULTS);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain(message);
    expect(said.lines[0]).not.toContain('se cret');
  });

  it('an address switches sending off: prompts go nowhere that nobody named', () => {
    using said = new DiagLines();
    expect(resolveDeliveryOptions({}, { HUGGINGPLACE_BASE_URL: 'http://backend.example' }).enabled).toBe(false);
    expect(said.lines[0]).toContain('HUGGINGPLACE_BASE_URL');
  });
});

describe('plain http', () => {
  it.each(['http://localhost:3000', 'http://127.0.0.1:1/a', 'http://[::1]:80', 'http://api.localhost'])(
    'is taken to this machine: %s',
    (baseUrl) => {
      expect(resolveDeliveryOptions({ baseUrl }, {}).baseUrl).toBe(new URL(baseUrl).href.replace(/\/$/, ''));
    },
  );

  it.each([
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'http://169.254.169.254',
  ])('is refused to another: %s, unless it is allowed', (baseUrl) => {
    expect(() => resolveDeliveryOptions({ baseUrl }, {})).toThrow(ValidationError);
    expect(resolveDeliveryOptions({ baseUrl, allowInsecureHttp: true }, {}).baseUrl).toBe(baseUrl);
  });
});

describe('the proxy', () => {
  const proxyOf = (given: DeliveryOptions, env: Record<string, string> = {}) =>
    resolveDeliveryOptions(given, env).proxy;

  it('is taken apart into address and credentials', () => {
    const partsOf = (proxy: string) => {
      const { url, authorization } = proxyOf({ proxy })!;
      return [url, authorization && Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()];
    };
    expect(partsOf('http://me:p%40ss@proxy.example:3128/')).toEqual(['http://proxy.example:3128', 'me:p@ss']);
    expect(partsOf('proxy.example:3128')).toEqual(['http://proxy.example:3128', undefined]);
    expect(partsOf('https://100%@proxy.example')).toEqual(['https://proxy.example', '100%:']);
  });

  it('comes from the environment, in either spelling, unless there is to be none', () => {
    expect(proxyOf({}, { HTTPS_PROXY: 'http://upper:1', HTTP_PROXY: 'http://never:1' })?.url).toBe('http://upper:1');
    expect(proxyOf({}, { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' })?.url).toBe('http://lower:1');
    expect(proxyOf({ proxy: false }, { HTTPS_PROXY: 'http://upper:1' })).toBeUndefined();
    expect(proxyOf({}, { HTTP_PROXY: 'http://upper:1', ALL_PROXY: 'http://all:1' })).toBeUndefined();
  });

  it('is never used for plain http', () => {
    expect(
      proxyOf({ baseUrl: 'http://localhost:1', proxy: 'http://proxy:1' }, { HTTPS_PROXY: 'http://env:1' }),
    ).toBeUndefined();
  });

  it.each([
    ['api.huggingplace.com', true],
    ['huggingplace.com', true],
    ['.huggingplace.com', true],
    ['*.huggingplace.com', true],
    ['example.org, api.huggingplace.com:443', true],
    ['*', true],
    ['api.huggingplace.com:8443', false],
    ['ingplace.com', false],
    ['api.huggingplace.co', false],
    ['', false],
    [',,', false],
  ])('of the environment: NO_PROXY=%j exempts the backend: %s', (NO_PROXY, isExempt) => {
    expect(proxyOf({}, { HTTPS_PROXY: 'http://proxy:1', NO_PROXY }) === undefined).toBe(isExempt);
    expect(proxyOf({ proxy: 'http://mine:1' }, { NO_PROXY })?.url).toBe('http://mine:1');
  });
});

it('shows neither key nor proxy password when it is printed', () => {
  const settings = resolveDeliveryOptions(
    { apiKey: 'canary-key', orgId: 7, proxy: 'http://me:canary-pass@proxy:1' },
    {},
  );
  for (const shown of [inspect(settings, { depth: Infinity, showHidden: true }), JSON.stringify(settings)]) {
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(Buffer.from('me:canary-pass').toString('base64'));
  }
  expect(settings.credentials?.apiKey).toBe('canary-key');
  expect(settings.proxy?.authorization).toContain('Basic');
});
