/** The webhooks of the configuration, checked once. */
import { createHmac } from 'node:crypto';
import { ValidationError } from './errors.ts';
import { describe, type Environment } from './option-reader.ts';
import { isLoopback, resolveProxy, type DeliveryOptions } from './options.ts';
import type { ProxySettings } from './proxy.ts';
import { WEBHOOK_EVENTS, type WebhookEventType } from './webhook-event.ts';

export interface WebhookOptions {
  /** `https:`; plain `http:` to this machine only, or with `allowInsecureHttp`. */
  readonly url: string;
  /** What the receiver checks the signature with: `whsec_` and base64, or any text of at least 8 characters. */
  readonly secret: string;
  /** Default: all. */
  readonly events?: readonly WebhookEventType[] | undefined;
}

export interface WebhookSettings {
  readonly url: string;
  readonly events: ReadonlySet<WebhookEventType>;
  /** The signature of a text, without its version. A function, so that printing the settings does not show the secret. */
  readonly sign: (text: string) => string;
  readonly proxy: ProxySettings | undefined;
}

const MIN_SECRET_CHARS = 8;

/** @throws ValidationError naming the webhook, the field and what was expected */
export function resolveWebhooks(
  given: DeliveryOptions & { readonly webhooks?: readonly WebhookOptions[] | undefined },
  env: Environment,
): readonly WebhookSettings[] {
  const webhooks: unknown = given.webhooks ?? [];
  if (!Array.isArray(webhooks)) fail('webhooks', 'a list', webhooks);
  return webhooks.map((webhook: unknown, index) => {
    const where = `webhooks[${index}]`;
    if (typeof webhook !== 'object' || webhook === null) fail(where, 'an object with url and secret', webhook);
    const { url, secret, events = WEBHOOK_EVENTS } = webhook as Readonly<Record<string, unknown>>;
    const target = parseUrl(url, given.allowInsecureHttp === true);
    if (target === undefined) fail(`${where}.url`, 'an https: URL (or http: to this machine) without credentials', url);
    if (typeof secret !== 'string' || secret.length < MIN_SECRET_CHARS)
      fail(`${where}.secret`, `a text of at least ${MIN_SECRET_CHARS} characters`, secret);
    if (!Array.isArray(events) || !events.every(isEventType))
      fail(`${where}.events`, `a list of ${WEBHOOK_EVENTS.join(', ')}`, events);
    const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
    return Object.freeze({
      url: target.href,
      events: new Set(events),
      sign: (text: string) => createHmac('sha256', key).update(text).digest('base64'),
      proxy: resolveProxy(given, target, env),
    });
  });
}

/** An address may hold a token, so it is not shown. */
function fail(where: string, expected: string, value: unknown): never {
  throw new ValidationError(`huggingplace: option ${where}: expected ${expected}, got ${describe(value, true)}`);
}

const isEventType = (value: unknown): value is WebhookEventType => WEBHOOK_EVENTS.some((type) => type === value);

function parseUrl(value: unknown, allowInsecureHttp: boolean): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && (allowInsecureHttp || isLoopback(url.hostname)));
  return isSafe && url.username === '' && url.password === '' ? url : undefined;
}
