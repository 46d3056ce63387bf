/** A real HTTP server in the backend's place, which answers as a test wants and keeps what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds of the monotonic clock. */
  readonly atMs: number;
}

/** Answers one request; `index` counts from 0. */
export type Answer = (response: ServerResponse, request: ReceivedRequest, index: number) => void;

export class Backend {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  #answer: Answer;
  #arrived: (() => void)[] = [];

  private constructor(answer: Answer, tls?: ServerOptions) {
    this.#answer = answer;
    const listener: RequestListener = (request, response) => void this.#receive(request, response);
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
  }

  static async start(answer: Answer = stores, options: { tls?: ServerOptions; port?: number } = {}): Promise<Backend> {
    const backend = new Backend(answer, options.tls);
    backend.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(backend.#server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What was posted, parsed, in order of arrival. */
  get bodies(): Record<string, unknown>[] {
    return this.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  }

  set answer(answer: Answer) {
    this.#answer = answer;
  }

  /** Resolves when so many requests have arrived. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  async #receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    message.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      for await (const chunk of message) chunks.push(chunk as Buffer);
    } catch {
      return; // the client went away
    }
    const request: ReceivedRequest = {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      body: Buffer.concat(chunks).toString(),
      atMs: performance.now(),
    };
    this.requests.push(request);
    for (const resolve of this.#arrived.splice(0)) resolve();
    this.#answer(response, request, this.requests.length - 1);
  }
}

export const stores: Answer = (response) => answerWith(response, 200, { message: 'stored' });

export function answerWith(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
