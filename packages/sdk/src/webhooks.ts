/** What happens in delivery, told to the configuration's webhooks. */
import { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { DeliveryWatch } from './delivery-watch.ts';
import type { DeliveryObserver } from './delivery.ts';
import type { HuggingPlaceSettings } from './huggingplace-options.ts';
import { Notices } from './notices.ts';
import { WebhookSender } from './webhook-sender.ts';

/** Of one attempt to tell. */
const ATTEMPT_TIMEOUT_MS = 5_000;

export class Webhooks {
  readonly #clock: Clock;
  readonly #clients: readonly Client[];
  readonly #sender: WebhookSender;
  readonly #watch: DeliveryWatch;

  constructor(settings: HuggingPlaceSettings, clock: Clock) {
    this.#clock = clock;
    const {
      webhooks,
      ca,
      dispatcher,
      credentials,
      webhookErrorRate: errorRate,
      webhookLatencyMs: latencyMs,
    } = settings;
    const targets = webhooks.map(({ url, proxy, ...webhook }) => {
      const client = new Client(
        { baseUrl: url, path: '', timeoutMs: ATTEMPT_TIMEOUT_MS, proxy, ca, dispatcher },
        clock,
      );
      return { ...webhook, client };
    });
    this.#clients = targets.map(({ client }) => client);
    this.#sender = new WebhookSender(targets, clock, new Notices(clock));
    this.#watch = new DeliveryWatch({ errorRate, latencyMs }, clock, (type, data) =>
      this.#sender.send({
        type,
        timestamp: new Date(clock.wallMs()).toISOString(),
        data: { orgId: credentials?.orgId, ...data },
      }),
    );
  }

  get observer(): DeliveryObserver {
    return this.#watch;
  }

  /** Tells what is not told yet, once, and within so many milliseconds. */
  async close(timeoutMs: number): Promise<void> {
    this.#watch.end();
    let cancel: (() => void) | undefined;
    const isOver = new Promise<void>((resolve) => (cancel = this.#clock.schedule(resolve, timeoutMs, true)));
    await Promise.race([this.#sender.close(), isOver]);
    cancel?.();
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}
