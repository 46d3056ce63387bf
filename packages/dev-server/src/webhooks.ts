/** Tells alerts to webhooks, signed by the Standard Webhooks specification (webhook-id, webhook-timestamp, webhook-signature: v1). */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { AlertChange } from './alerts.ts';

export interface Webhook {
  url: string;
  /** What the receiver checks the signature with: `whsec_` and base64, or any text. */
  secret: string;
}

export interface WebhookParts {
  webhooks: readonly Webhook[];
  now: () => number;
  onOutcome: (outcome: 'delivered' | 'failed' | 'dropped') => void;
  /** How long to wait before each further attempt. */
  retryDelaysMs?: readonly number[];
}

const ATTEMPT_TIMEOUT_MS = 5_000;
/** Alerts change rarely: when more than this wait, the receiver is gone. */
const MAX_WAITING = 100;

export class WebhookSender {
  readonly #parts: Required<WebhookParts>;
  readonly #stop = new AbortController();
  #waiting = 0;

  constructor(parts: WebhookParts) {
    this.#parts = { retryDelaysMs: [1_000, 5_000, 30_000], ...parts };
  }

  /** Resolves when each webhook has it, or will not have it. It never rejects. */
  async send(change: AlertChange): Promise<void> {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      type: `alert.${change.status}`,
      timestamp: new Date(this.#parts.now()).toISOString(),
      data: change.alert,
    });
    await Promise.all(this.#parts.webhooks.map((webhook) => this.#deliver(webhook, id, body)));
  }

  /** Gives up what is waiting. */
  close(): void {
    this.#stop.abort();
  }

  async #deliver(webhook: Webhook, id: string, body: string): Promise<void> {
    const { onOutcome, retryDelaysMs } = this.#parts;
    if (this.#waiting >= MAX_WAITING) {
      onOutcome('dropped');
      return;
    }
    this.#waiting++;
    try {
      for (const delayMs of [0, ...retryDelaysMs]) {
        await wait(delayMs, undefined, { signal: this.#stop.signal, ref: false });
        if (!(await this.#post(webhook, id, body))) continue;
        onOutcome('delivered');
        return;
      }
      onOutcome('failed');
    } catch {
      // Only waiting can end like this: the server is closing.
      onOutcome('dropped');
    } finally {
      this.#waiting--;
    }
  }

  async #post({ url, secret }: Webhook, id: string, body: string): Promise<boolean> {
    const timestamp = Math.floor(this.#parts.now() / 1_000);
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        // A redirect could carry the alert to where nobody wanted it.
        redirect: 'error',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signature(secret, id, timestamp, body),
        },
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }
}

function signature(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
