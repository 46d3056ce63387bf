/** The options of the `HuggingPlace` class: those of delivery, and what an application that calls by hand wants besides. */
import { MAX_TIMER_MS } from './clock.ts';
import { ValidationError } from './errors.ts';
import type { Mask } from './mask.ts';
import { MemoryTransport } from './memory-transport.ts';
import { nearestName } from './nearest-name.ts';
import { OptionReader, type Environment } from './option-reader.ts';
import { requireBaseUrl, resolveDeliveryOptions, type DeliveryOptions, type DeliverySettings } from './options.ts';
import type { Mode } from './payload.ts';
import type { Transport } from './transport.ts';
import { resolveWebhooks, type WebhookOptions, type WebhookSettings } from './webhook-options.ts';

/** Every option may be left out, `undefined` or `''`: all three mean unset. A wrong value throws a `ValidationError`. */
export interface HuggingPlaceOptions extends DeliveryOptions {
  /**
   * Milliseconds after which `log()` gives up where there is no spool: it rejects, and the interaction is dropped. Environment:
   * `HUGGINGPLACE_TOTAL_TIMEOUT_MS`. Default 30,000.
   */
  totalTimeoutMs?: number | undefined;
  /** As `timeoutMs`; 0: an attempt has no limit of its own. */
  timeout?: number | undefined;
  /** Without effect: nothing is ever printed. Diagnostics go through `diag` of `@opentelemetry/api`. */
  silent?: boolean | undefined;
  /**
   * Sees every text of the finished payload that is content and gives what may leave; `where` is its path (`step_data[2].userQuestion`).
   * Where it throws, the text is dropped and the record kept.
   */
  mask?: Mask | undefined;
  /** UTF-16 units of a text field, longer ones are cut and marked; of a text in a step 65,536 at most. Default 1,048,576. */
  maxFieldChars?: number | undefined;
  /** Bytes of a payload as JSON; larger ones are cut and marked. Default 4 MiB. */
  maxPayloadBytes?: number | undefined;
  /** What interactions go through instead of HTTP: a `FileTransport`, a `MemoryTransport`, or one of your own. */
  transport?: Transport | undefined;
  /** Who is told when something happens to delivery. Default: nobody. */
  webhooks?: readonly WebhookOptions[] | undefined;
  /** Of attempts, from 0 to 1: a larger share of failures in five minutes is told to webhooks. Default 0.05. */
  webhookErrorRate?: number | undefined;
  /** Milliseconds: where one attempt in twenty takes longer in five minutes, webhooks are told. Default 5,000. */
  webhookLatencyMs?: number | undefined;
  /** Where `traceStep` and its like send to: a URL to which `/batch` is appended. Default: `/api/traces` below `baseUrl`. */
  traceEndpoint?: string | undefined;
  /** The same as a whole URL. Default: `/api/traces/batch` below `baseUrl`. */
  traceBatchEndpoint?: string | undefined;
  /** Trace records of one request. Default 10. */
  traceBatchSize?: number | undefined;
  /** Milliseconds after which an incomplete batch goes. Default 5,000. */
  traceBatchTimeout?: number | undefined;
  /** Without effect: trace records are retried as interactions are, within the bounds of the queue. */
  traceMaxRetries?: number | undefined;
}

/** Complete settings of the class. Frozen. */
export interface HuggingPlaceSettings extends DeliverySettings {
  readonly totalTimeoutMs: number;
  readonly silent: boolean;
  readonly mask: Mask | undefined;
  readonly maxFieldChars: number;
  readonly maxPayloadBytes: number;
  readonly transport: Transport | undefined;
  readonly webhooks: readonly WebhookSettings[];
  readonly webhookErrorRate: number;
  readonly webhookLatencyMs: number;
  readonly traceBatchUrl: string | undefined;
  readonly traceBatchSize: number;
  readonly traceBatchTimeoutMs: number;
}

const MIB = 1024 * 1024;
/** The backend takes so many in one request. */
const MAX_TRACE_BATCH_SIZE = 1_000;

/** @throws ValidationError naming option, expectation and what was given; and where key or organisation are missing */
export function resolveHuggingPlaceOptions(given: HuggingPlaceOptions, env: Environment): HuggingPlaceSettings {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw new ValidationError('huggingplace: expected an object with the options apiKey and orgId, or none at all');
  refuseUnknown(given);
  requireBaseUrl(given, env);
  const options = new OptionReader(given, env);
  const duration = (name: keyof HuggingPlaceOptions, variable?: string) =>
    options.integer(name, { min: 1, max: MAX_TIMER_MS, ...(variable !== undefined && { variable }) });
  // To today's SDK 0 means that an attempt has no limit of its own: `totalTimeoutMs` still is one.
  const timeoutMs = given.timeoutMs ?? (given.timeout === 0 ? MAX_TIMER_MS : duration('timeout'));
  const delivery = resolveDeliveryOptions({ ...given, timeoutMs }, env);
  // What stays in memory belongs to nobody.
  if (delivery.enabled && !(given.transport instanceof MemoryTransport)) requireCredentials(options, delivery);
  return Object.freeze({
    ...delivery,
    totalTimeoutMs: duration('totalTimeoutMs', 'HUGGINGPLACE_TOTAL_TIMEOUT_MS') ?? 30_000,
    silent: Boolean(given.silent),
    mask: options.callback('mask'),
    maxFieldChars: options.integer('maxFieldChars', { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? MIB,
    maxPayloadBytes: options.integer('maxPayloadBytes', { min: 1_000, max: Number.MAX_SAFE_INTEGER }) ?? 4 * MIB,
    transport: options.object('transport', 'store'),
    webhooks: resolveWebhooks(given, env),
    webhookErrorRate: readRate(options),
    webhookLatencyMs: duration('webhookLatencyMs') ?? 5_000,
    traceBatchUrl: readTraceBatchUrl(given, env),
    traceBatchSize: options.integer('traceBatchSize', { min: 1, max: MAX_TRACE_BATCH_SIZE }) ?? 10,
    traceBatchTimeoutMs: duration('traceBatchTimeout') ?? 5_000,
  });
}

const OPTIONS: Readonly<Record<keyof HuggingPlaceOptions, true>> = {
  apiKey: true,
  orgId: true,
  baseUrl: true,
  allowInsecureHttp: true,
  mode: true,
  enabled: true,
  timeoutMs: true,
  shutdownTimeoutMs: true,
  exitTimeoutMs: true,
  maxQueueBytes: true,
  maxQueueAgeMs: true,
  concurrency: true,
  spoolDirectory: true,
  maxSpoolBytes: true,
  deadLetterDirectory: true,
  proxy: true,
  ca: true,
  dispatcher: true,
  meterProvider: true,
  debug: true,
  totalTimeoutMs: true,
  timeout: true,
  silent: true,
  mask: true,
  maxFieldChars: true,
  maxPayloadBytes: true,
  transport: true,
  webhooks: true,
  webhookErrorRate: true,
  webhookLatencyMs: true,
  traceEndpoint: true,
  traceBatchEndpoint: true,
  traceBatchSize: true,
  traceBatchTimeout: true,
  traceMaxRetries: true,
};

/** A misspelt `baseUrl` would send prompts to another place than the one that was meant. */
function refuseUnknown(given: HuggingPlaceOptions): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(OPTIONS, name)) continue;
    const nearest = nearestName(name, Object.keys(OPTIONS));
    const expected = nearest === undefined ? Object.keys(OPTIONS).join(', ') : nearest;
    throw new ValidationError(`huggingplace: option ${name} is unknown: expected ${expected}`);
  }
}

/**
 * Whether a configuration would be taken.
 *
 * @throws ValidationError naming option, expectation and what was given
 */
export function validateConfig(config: HuggingPlaceOptions): void {
  resolveHuggingPlaceOptions(config, process.env);
}

function requireCredentials(options: OptionReader<HuggingPlaceOptions>, { credentials }: DeliverySettings): void {
  if (credentials !== undefined) return;
  const isKeyGiven = options.text('apiKey', { variable: 'HUGGINGPLACE_API_KEY', secret: true }) !== undefined;
  const [name, variable] = isKeyGiven ? ['orgId', 'HUGGINGPLACE_ORG_ID'] : ['apiKey', 'HUGGINGPLACE_API_KEY'];
  throw new ValidationError(
    `huggingplace: option ${name}: expected a value, got none: give it to the constructor, or set ${variable}`,
  );
}

const readRate = (options: OptionReader<HuggingPlaceOptions>): number =>
  options.read('webhookErrorRate', {
    expected: 'a number from 0 to 1',
    parse: (value) => (typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined),
  }) ?? 0.05;

/** `undefined`: below `baseUrl`. The rules are those of `baseUrl`: the key travels there too. */
function readTraceBatchUrl(given: HuggingPlaceOptions, env: Environment): string | undefined {
  const { traceEndpoint, traceBatchEndpoint } = given;
  const url = traceBatchEndpoint ?? (traceEndpoint && `${traceEndpoint.replace(/\/+$/, '')}/batch`);
  if (url === undefined || url === '') return undefined;
  try {
    return resolveDeliveryOptions({ ...given, baseUrl: url }, env).baseUrl;
  } catch (cause) {
    const name = traceBatchEndpoint === undefined ? 'traceEndpoint' : 'traceBatchEndpoint';
    throw new ValidationError(`huggingplace: option ${name}: expected an URL as baseUrl takes it`, { cause });
  }
}

/** What `getConfig()` says: never the key, nor what may hold another secret (a proxy, certificates). */
export type HuggingPlaceConfig = Readonly<
  Pick<
    HuggingPlaceSettings,
    | 'baseUrl'
    | 'enabled'
    | 'silent'
    | 'timeoutMs'
    | 'totalTimeoutMs'
    | 'shutdownTimeoutMs'
    | 'exitTimeoutMs'
    | 'maxQueueBytes'
    | 'maxQueueAgeMs'
    | 'maxFieldChars'
    | 'maxPayloadBytes'
    | 'concurrency'
    | 'spoolDirectory'
    | 'deadLetterDirectory'
    | 'traceBatchSize'
  > & {
    readonly orgId: string | number | undefined;
    readonly mode: Mode;
    /** As `timeoutMs`. */
    readonly timeout: number;
    /** Milliseconds. */
    readonly traceBatchTimeout: number;
  }
>;

export function configOf(settings: HuggingPlaceSettings): HuggingPlaceConfig {
  return {
    orgId: settings.credentials?.orgId,
    mode: settings.mode ?? 'prod',
    baseUrl: settings.baseUrl,
    enabled: settings.enabled,
    silent: settings.silent,
    timeout: settings.timeoutMs,
    timeoutMs: settings.timeoutMs,
    totalTimeoutMs: settings.totalTimeoutMs,
    shutdownTimeoutMs: settings.shutdownTimeoutMs,
    exitTimeoutMs: settings.exitTimeoutMs,
    maxQueueBytes: settings.maxQueueBytes,
    maxQueueAgeMs: settings.maxQueueAgeMs,
    maxFieldChars: settings.maxFieldChars,
    maxPayloadBytes: settings.maxPayloadBytes,
    concurrency: settings.concurrency,
    spoolDirectory: settings.spoolDirectory,
    deadLetterDirectory: settings.deadLetterDirectory,
    traceBatchSize: settings.traceBatchSize,
    traceBatchTimeout: settings.traceBatchTimeoutMs,
  };
}
