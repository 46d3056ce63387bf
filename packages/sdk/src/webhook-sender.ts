/** Tells webhooks, signed by the Standard Webhooks specification (webhook-id, webhook-timestamp, webhook-signature: v1). Never blocks. */
import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Notices } from './notices.ts';
import type { WebhookEvent, WebhookEventType } from './webhook-event.ts';

export interface WebhookTarget {
  readonly events: ReadonlySet<WebhookEventType>;
  /** The signature of a text, without its version. */
  readonly sign: (text: string) => string;
  readonly client: {
    /** Says whether it was taken. Never rejects. */
    post(body: string, headers: Readonly<Record<string, string>>): Promise<boolean>;
  };
}

/** Between the attempts. */
const RETRY_DELAYS_MS = [1_000, 5_000, 30_000];
/** Events are rare: where more wait for one receiver, it is gone. */
const MAX_WAITING = 100;

export class WebhookSender {
  /** Of each, what is under way. */
  readonly #targets: ReadonlyMap<WebhookTarget, Set<Promise<void>>>;
  readonly #clock: Clock;
  readonly #notices: Notices;
  readonly #cancelWaits = new Set<() => void>();
  #isClosed = false;

  constructor(targets: readonly WebhookTarget[], clock: Clock, notices: Notices) {
    this.#targets = new Map(targets.map((target) => [target, new Set()]));
    this.#clock = clock;
    this.#notices = notices;
  }

  send(event: WebhookEvent): void {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify(event);
    for (const [target, waiting] of this.#targets) {
      if (!target.events.has(event.type)) continue;
      if (waiting.size >= MAX_WAITING) {
        this.#complain();
        continue;
      }
      const delivery = this.#deliver(target, id, body);
      waiting.add(delivery);
      void delivery.finally(() => waiting.delete(delivery));
    }
  }

  /** Gives each that is under way its first attempt, and no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#cancelWaits) cancel();
    await Promise.all([...this.#targets.values()].flatMap((waiting) => [...waiting]));
  }

  async #deliver({ sign, client }: WebhookTarget, id: string, body: string): Promise<void> {
    for (const delayMs of [0, ...RETRY_DELAYS_MS]) {
      if (delayMs > 0) await this.#wait(delayMs);
      if (delayMs > 0 && this.#isClosed) break;
      const timestamp = Math.floor(this.#clock.wallMs() / 1_000);
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${sign(`${id}.${timestamp}.${body}`)}`,
      };
      if (await client.post(body, headers)) return;
    }
    this.#complain();
  }

  #wait(delayMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#cancelWaits.delete(end);
        resolve();
      };
      const cancel = this.#clock.schedule(end, delayMs);
      this.#cancelWaits.add(end);
    });
  }

  #complain(): void {
    this.#notices.say('webhook', 'warn', 'a webhook does not take what it is told; that event is given up');
  }
}
