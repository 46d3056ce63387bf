/** From a payload to an answered POST: everything that this product sends goes through one `Delivery`. */
import { context, createContextKey, diag, ROOT_CONTEXT } from '@opentelemetry/api';
import { Agent, request } from 'undici';
import { Account, type DeliveryStats, type DropReason } from './account.ts';
import type { Credentials, DeliverySettings } from './options.ts';
import type { InteractionPayload } from './payload.ts';

/** What delivery is built from: settings, and what only its caller can know or a test wants to decide. */
export interface DeliveryParts extends DeliverySettings {
  /** Gives a shorter form of a payload that the backend found too large (413); `undefined`: it can't be shortened. */
  readonly shorten?: (payload: InteractionPayload) => InteractionPayload | undefined;
}

export interface FlushResult extends DeliveryStats {
  /** Nothing that was queued at the call is still in memory. */
  readonly ok: boolean;
}

interface Item {
  readonly body: Buffer;
  readonly credentials: Credentials;
}

/** As core's `suppressTracing` sets it, in every version: the API registers the key by its name. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export class Delivery {
  readonly #settings: DeliveryParts;
  readonly #account = new Account();
  readonly #waiting: Item[] = [];
  readonly #idle: (() => void)[] = [];
  #inFlight = 0;
  #isShutDown = false;
  #agent: Agent | undefined;

  constructor(settings: DeliveryParts) {
    this.#settings = settings;
  }

  /** Serialises at once and never throws. */
  enqueue(payload: InteractionPayload, credentials: Credentials): void {
    this.#account.sawOne();
    if (this.#isShutDown) {
      this.#account.dropped('shutdown');
      return;
    }
    try {
      this.#waiting.push({ body: Buffer.from(JSON.stringify({ ...payload, org_id: credentials.orgId })), credentials });
    } catch {
      this.#account.dropped('invalid');
      return;
    }
    queueMicrotask(() => this.#send());
  }

  /** Counts what the caller itself leaves out. */
  drop(reason: DropReason, count = 1): void {
    this.#account.sawOne(count);
    this.#account.dropped(reason, count);
  }

  stats(): DeliveryStats {
    return this.#account.stats(this.#waiting.length + this.#inFlight);
  }

  async flush(timeoutMs: number): Promise<FlushResult> {
    if (this.stats().queued > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#idle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    const stats = this.stats();
    return { ...stats, ok: stats.queued === 0 };
  }

  async shutdown(timeoutMs: number): Promise<FlushResult> {
    this.#isShutDown = true;
    const result = await this.flush(timeoutMs);
    await this.#agent?.destroy();
    return result;
  }

  /** Delivers what is left while the process ends, without the event loop. */
  deliverAtExit(timeoutMs: number): void {
    this.#isShutDown = true;
    diag.debug(`huggingplace: the exit worker has ${timeoutMs} ms`);
  }

  #send(): void {
    while (this.#inFlight < this.#settings.concurrency) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      this.#inFlight += 1;
      void this.#post(item).then((isStored) => {
        this.#inFlight -= 1;
        if (isStored) this.#account.delivered();
        else this.#account.dropped('rejected');
        this.#send();
        if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
      });
    }
  }

  async #post({ body, credentials }: Item): Promise<boolean> {
    const dispatcher = this.#settings.dispatcher ?? (this.#agent ??= new Agent());
    try {
      const response = await context.with(ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true), () =>
        request(`${this.#settings.baseUrl}/v2/chatgpt/store_generated_response`, {
          method: 'POST',
          headers: { authorization: `Bearer ${credentials.apiKey}`, 'content-type': 'application/json' },
          body,
          dispatcher,
          signal: AbortSignal.timeout(this.#settings.timeoutMs),
        }),
      );
      await response.body.dump();
      if (response.statusCode >= 200 && response.statusCode < 300) return true;
      diag.error(`huggingplace: the backend answered ${response.statusCode}`);
    } catch (error) {
      diag.error(`huggingplace: no answer from the backend (${(error as Error).message})`);
    }
    return false;
  }
}
