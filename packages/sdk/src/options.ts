/** The options of delivery: what the user gave and the environment, resolved once into complete settings. The only reader of the environment here. */
import type { MeterProvider } from '@opentelemetry/api';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Dispatcher } from 'undici';
import { MAX_TIMER_MS } from './clock.ts';
import { ValidationError } from './errors.ts';
import { OptionReader, type Environment, type Warn } from './option-reader.ts';
import type { Mode } from './payload.ts';
import { isProxyExempt, parseProxy, type ProxySettings } from './proxy.ts';

type Reader = OptionReader<DeliveryOptions>;

/** What a record is sent with. */
export interface Credentials {
  readonly apiKey: string;
  readonly orgId: string | number;
}

/** Every option may be left out, `undefined` or `''`: all three mean unset. A wrong value throws a `ValidationError` at construction. */
export interface DeliveryOptions {
  /** The API key. Environment: `HUGGINGPLACE_API_KEY`. Without it nothing is sent, and one warning says so. */
  apiKey?: string | undefined;
  /** The organisation. Environment: `HUGGINGPLACE_ORG_ID`. Without it nothing is sent, and one warning says so. */
  orgId?: string | number | undefined;
  /**
   * Where HuggingPlace is; a path is kept, and the API's paths are appended to it. Environment: `HUGGINGPLACE_BASE_URL`. Default
   * `https://api.huggingplace.com`. Plain `http:` is taken for this machine only, see `allowInsecureHttp`. A wrong value in the environment
   * switches sending off: prompts never go where nobody asked them to.
   */
  baseUrl?: string | undefined;
  /** Lets `baseUrl` be plain `http:` to another machine: key and prompts then travel readable. Default `false`. */
  allowInsecureHttp?: boolean | undefined;
  /** `prod` or `dev`, written into every record. Environment: `HUGGINGPLACE_MODE`. */
  mode?: Mode | undefined;
  /** `false`: nothing is recorded or sent. Environment: `HUGGINGPLACE_ENABLED`, `OTEL_SDK_DISABLED`. Default `true`. */
  enabled?: boolean | undefined;
  /** Milliseconds for one attempt, connection and answer included. Environment: `HUGGINGPLACE_TIMEOUT_MS`. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Milliseconds that `shutdown()` may take. Environment: `HUGGINGPLACE_SHUTDOWN_TIMEOUT_MS`. Default 10,000. */
  shutdownTimeoutMs?: number | undefined;
  /**
   * Milliseconds that the end of the process may be delayed to deliver what is left. Environment: `HUGGINGPLACE_EXIT_TIMEOUT_MS`. Default
   * 2,000; 0 switches every exit and signal hook off.
   */
  exitTimeoutMs?: number | undefined;
  /** Bytes of memory for what waits, of all organisations together; the oldest of the largest is dropped first. Default 64 MiB. */
  maxQueueBytes?: number | undefined;
  /** Milliseconds after which what waits is dropped. Default 24 hours. */
  maxQueueAgeMs?: number | undefined;
  /** Requests at a time; connections are opened as the queue asks for them. Default 32. */
  concurrency?: number | undefined;
  /**
   * A directory that what waits is written to before it is sent, so that a killed process loses nothing. It holds prompts and answers,
   * never the key. Environment: `HUGGINGPLACE_SPOOL_DIR`. Default: none.
   */
  spoolDirectory?: string | undefined;
  /** Bytes that the spool may hold. Default 512 MiB. */
  maxSpoolBytes?: number | undefined;
  /** Where refused records are kept. Default: `dead-letter` in the spool; without either they are dropped and counted. */
  deadLetterDirectory?: string | undefined;
  /**
   * An HTTP proxy for `https:`, as a URL; `false` for none. Default: `HTTPS_PROXY`, unless `NO_PROXY` names the host. Plain `http:` never
   * goes through a proxy.
   */
  proxy?: string | false | undefined;
  /** Certificates to trust, in PEM, instead of Node's own list and `NODE_EXTRA_CA_CERTS`. */
  ca?: string | readonly string[] | undefined;
  /** An undici dispatcher of your own, instead of `proxy` and `ca`. What is left at exit can then only be spooled: it can't be handed to the exit worker. */
  dispatcher?: Dispatcher | undefined;
  /** Where `otel.sdk.exporter.*` metrics go. Default: the global provider. */
  meterProvider?: MeterProvider | undefined;
  /** Says each attempt and what it left, in numbers, through `diag.info`. Environment: `HUGGINGPLACE_DEBUG`. Default `false`. */
  debug?: boolean | undefined;
}

/** Complete settings of delivery. Frozen. */
export interface DeliverySettings {
  /** `undefined`: key or organisation is missing. */
  readonly credentials: Credentials | undefined;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly mode: Mode | undefined;
  readonly enabled: boolean;
  readonly timeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly exitTimeoutMs: number;
  readonly maxQueueBytes: number;
  readonly maxQueueAgeMs: number;
  readonly concurrency: number;
  readonly spoolDirectory: string | undefined;
  readonly maxSpoolBytes: number;
  readonly deadLetterDirectory: string | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly ca: readonly string[] | undefined;
  readonly dispatcher: Dispatcher | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly debug: boolean;
}

/** The key is a private field: printing, serialising or copying the settings does not show it. */
class AccountCredentials implements Credentials {
  readonly #apiKey: string;
  readonly orgId: string | number;

  constructor(apiKey: string, orgId: string | number) {
    this.#apiKey = apiKey;
    this.orgId = orgId;
    Object.freeze(this);
  }

  get apiKey(): string {
    return this.#apiKey;
  }
}

const DEFAULT_BASE_URL = 'https://api.huggingplace.com';
const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @param warn told what is wrong in the environment; default: `diag.warn` */
export function resolveDeliveryOptions(given: DeliveryOptions, env: Environment, warn?: Warn): DeliverySettings {
  const options = new OptionReader(given, env, warn);
  const duration = (name: keyof DeliveryOptions, min: number, variable?: string) =>
    options.integer(name, { min, max: MAX_TIMER_MS, ...(variable !== undefined && { variable }) });
  const bytes = (name: keyof DeliveryOptions) => options.integer(name, { min: 1, max: Number.MAX_SAFE_INTEGER });

  const apiKey = readApiKey(options);
  const orgId = readOrgId(options);
  const baseUrl = readBaseUrl(options, given, env);
  const spoolDirectory = readDirectory(options, 'spoolDirectory', 'HUGGINGPLACE_SPOOL_DIR');

  return Object.freeze({
    credentials: apiKey === undefined || orgId === undefined ? undefined : new AccountCredentials(apiKey, orgId),
    baseUrl: baseUrl ?? DEFAULT_BASE_URL,
    mode: options.choice('mode', ['prod', 'dev'], { variable: 'HUGGINGPLACE_MODE' }),
    enabled: baseUrl !== undefined && readEnabled(options, env),
    timeoutMs: duration('timeoutMs', 1, 'HUGGINGPLACE_TIMEOUT_MS') ?? 10_000,
    shutdownTimeoutMs: duration('shutdownTimeoutMs', 0, 'HUGGINGPLACE_SHUTDOWN_TIMEOUT_MS') ?? 10_000,
    exitTimeoutMs: duration('exitTimeoutMs', 0, 'HUGGINGPLACE_EXIT_TIMEOUT_MS') ?? 2_000,
    maxQueueBytes: bytes('maxQueueBytes') ?? 64 * MIB,
    maxQueueAgeMs: options.integer('maxQueueAgeMs', { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? DAY_MS,
    concurrency: options.integer('concurrency', { min: 1, max: 1024 }) ?? 32,
    spoolDirectory,
    maxSpoolBytes: bytes('maxSpoolBytes') ?? 512 * MIB,
    deadLetterDirectory:
      readDirectory(options, 'deadLetterDirectory') ?? (spoolDirectory && join(spoolDirectory, 'dead-letter')),
    proxy: readProxy(options, given, new URL(baseUrl ?? DEFAULT_BASE_URL), env),
    ca: readCa(options),
    dispatcher: options.object('dispatcher', 'dispatch'),
    meterProvider: options.object('meterProvider', 'getMeter'),
    debug: options.flag('debug', { variable: 'HUGGINGPLACE_DEBUG' }) ?? false,
  });
}

function readApiKey(options: Reader): string | undefined {
  return options.read('apiKey', {
    // What may stand in an HTTP header; undici would refuse anything else at every request.
    expected: 'printable ASCII characters without spaces',
    parse: (value) => (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value.trim()) ? value.trim() : undefined),
    variable: 'HUGGINGPLACE_API_KEY',
    secret: true,
  });
}

function readOrgId(options: Reader): string | number | undefined {
  return options.read('orgId', {
    expected: 'a text or a whole number',
    parse: (value) =>
      Number.isSafeInteger(value)
        ? (value as number)
        : typeof value === 'string'
          ? value.trim() || undefined
          : undefined,
    variable: 'HUGGINGPLACE_ORG_ID',
  });
}

/**
 * For a client whose callers wait for each interaction: they must not be told that all is well while nothing is sent.
 *
 * @throws ValidationError where the environment names an address that can't be used
 */
export function requireBaseUrl(given: DeliveryOptions, env: Environment): void {
  const refuse: Warn = (message) => {
    throw new ValidationError(`huggingplace: ${message}`);
  };
  readBaseUrl(new OptionReader(given, env, refuse), given, env, 'nothing could be sent');
}

/** `undefined`: the environment names an address that can't be used. */
function readBaseUrl(
  options: Reader,
  given: DeliveryOptions,
  env: Environment,
  otherwise = 'sending is switched off',
): string | undefined {
  const allowInsecureHttp = options.flag('allowInsecureHttp') ?? false;
  const variable = 'HUGGINGPLACE_BASE_URL';
  const url = options.read('baseUrl', {
    expected: `an https: URL (or http: to this machine, or with allowInsecureHttp) without credentials, query and fragment`,
    parse: (value) => (typeof value === 'string' ? parseBaseUrl(value, allowInsecureHttp) : undefined),
    variable,
    // An address may hold credentials, which is one of the reasons to refuse it.
    secret: true,
    otherwise,
  });
  const isNamed = (given.baseUrl ?? '') !== '' || (env[variable]?.trim() ?? '') !== '';
  return url ?? (isNamed ? undefined : DEFAULT_BASE_URL);
}

function parseBaseUrl(text: string, allowInsecureHttp: boolean): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && (allowInsecureHttp || isLoopback(url.hostname)));
  return isPlain && isSafe ? url.href.replace(/\/+$/, '') : undefined;
}

export const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

function readEnabled(options: Reader, env: Environment): boolean {
  const isSdkDisabled = env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
  return options.flag('enabled', { variable: 'HUGGINGPLACE_ENABLED' }) ?? !isSdkDisabled;
}

function readDirectory(
  options: Reader,
  name: 'spoolDirectory' | 'deadLetterDirectory',
  variable?: string,
): string | undefined {
  const path = options.text(name, variable === undefined ? {} : { variable });
  return path === undefined ? undefined : resolve(path.replace(/^~(?=$|\/)/, homedir()));
}

/** The proxy on the way to another target than `baseUrl`. */
export const resolveProxy = (given: DeliveryOptions, target: URL, env: Environment): ProxySettings | undefined =>
  readProxy(new OptionReader(given, env), given, target, env);

function readProxy(options: Reader, given: DeliveryOptions, target: URL, env: Environment): ProxySettings | undefined {
  if (given.proxy === false) return undefined;
  const isExempt = (given.proxy ?? '') === '' && isProxyExempt(target, env['no_proxy'] ?? env['NO_PROXY'] ?? '');
  const proxy = options.read('proxy', {
    expected: 'the http: or https: URL of a proxy',
    parse: (value) => (typeof value === 'string' ? parseProxy(value) : undefined),
    variable: isExempt ? [] : ['https_proxy', 'HTTPS_PROXY'],
    secret: true,
  });
  return target.protocol === 'https:' ? proxy : undefined;
}

function readCa(options: Reader): readonly string[] | undefined {
  return options.read('ca', {
    expected: 'certificates in PEM (-----BEGIN CERTIFICATE-----)',
    parse: (value) => {
      const certificates = [value].flat();
      const isPem = (item: unknown): item is string =>
        typeof item === 'string' && item.includes('-----BEGIN CERTIFICATE-----');
      return certificates.length > 0 && certificates.every(isPem) ? Object.freeze(certificates) : undefined;
    },
    secret: true,
  });
}
