/** The other end of `sink.mjs`: a backend in a process of its own, told how to behave and asked what it saw. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a request meets: a status, one with headers or late, or a misbehaviour by the name that `sink.mjs` gives it. */
export type SinkBehaviour =
  number | string | { readonly status: number; readonly headers?: Record<string, string>; readonly delayMs?: number };

export interface SinkPlan {
  readonly byId?: Record<string, SinkBehaviour>;
  readonly sequence?: SinkBehaviour[];
  readonly otherwise: SinkBehaviour;
  /** As a proxy: the status that a CONNECT is refused with. */
  readonly tunnel?: number;
}

export interface SinkReport {
  readonly attempts: readonly {
    readonly atMs: number;
    readonly id: string;
    readonly authorization?: string;
    readonly met: number | string;
  }[];
  /** Message ids of a database that drops a second record of the same id. */
  readonly rows: readonly string[];
  /** Records that were taken although they were there already. */
  readonly repeated: number;
  readonly tunnels: readonly { readonly authority: string; readonly authorization?: string }[];
}

export class Sink {
  readonly #process: ChildProcess;
  readonly #isTls: boolean;
  #calls = 0;
  port = 0;

  private constructor(isTls: boolean) {
    this.#isTls = isTls;
    this.#process = fork(fileURLToPath(new URL('sink.mjs', import.meta.url)), {
      execArgv: [],
      env: { PATH: process.env['PATH'] },
    });
    this.#process.setMaxListeners(0);
  }

  static async start(plan: SinkPlan = { otherwise: 200 }, tls?: { cert: string; key: string }): Promise<Sink> {
    const sink = new Sink(tls !== undefined);
    sink.port = await sink.#call<number>('listen', { tls });
    await sink.behave(plan);
    return sink;
  }

  get url(): string {
    return this.#isTls ? `https://localhost:${this.port}` : `http://127.0.0.1:${this.port}`;
  }

  behave(plan: SinkPlan): Promise<void> {
    return this.#call('plan', plan);
  }

  report(): Promise<SinkReport> {
    return this.#call('report');
  }

  clear(): Promise<void> {
    return this.#call('clear');
  }

  /** Nobody listens any more. */
  down(): Promise<void> {
    return this.#call('close');
  }

  /** Back on the same port. */
  async up(): Promise<void> {
    await this.#call('listen', { port: this.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.disconnect();
    await once(this.#process, 'exit');
  }

  async #call<T>(command: string, argument?: unknown): Promise<T> {
    const id = ++this.#calls;
    return new Promise<T>((resolve) => {
      const onMessage = (message: { id: number; result: T }) => {
        if (message.id !== id) return;
        this.#process.off('message', onMessage);
        resolve(message.result);
      };
      this.#process.on('message', onMessage);
      this.#process.send({ id, command, argument });
    });
  }
}
