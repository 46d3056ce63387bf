/** The default transport by itself: to wrap it, or to use it beside another. */
import { Client } from './client.ts';
import { resolveDeliveryOptions, type Credentials, type DeliveryOptions } from './options.ts';
import type { Outcome } from './outcome.ts';
import { BATCH_PATH } from './trace-record.ts';
import type { Transport } from './transport.ts';

/** What of the options concerns one request. */
export type HttpTransportOptions = Pick<
  DeliveryOptions,
  'baseUrl' | 'allowInsecureHttp' | 'timeoutMs' | 'proxy' | 'ca' | 'dispatcher'
>;

export class HttpTransport implements Transport {
  readonly #interactions: Client;
  readonly #traces: Client;

  /** @throws ValidationError where an option is wrong */
  constructor(options: HttpTransportOptions = {}) {
    const settings = resolveDeliveryOptions(options, process.env);
    this.#interactions = new Client(settings);
    this.#traces = new Client({ ...settings, path: BATCH_PATH });
  }

  store(body: Uint8Array, credentials: Credentials, signal?: AbortSignal): Promise<Outcome> {
    return this.#interactions.store(body, credentials, signal);
  }

  storeTraces(body: Uint8Array, credentials: Credentials, signal?: AbortSignal): Promise<Outcome> {
    return this.#traces.store(body, credentials, signal);
  }

  test(credentials: Credentials): Promise<boolean> {
    return this.#interactions.test(credentials);
  }

  async close(): Promise<void> {
    await Promise.all([this.#interactions.close(), this.#traces.close()]);
  }
}
