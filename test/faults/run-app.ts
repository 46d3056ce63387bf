/** Runs `app.mjs` before a sink, kills it where asked, and reads what it said. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SDK_2, type Sdk } from '../compat/sdks.ts';

const APP = fileURLToPath(new URL('app.mjs', import.meta.url));

/** How spans leave the application: our processor, our exporter alone behind a batch processor, two copies of us, or OpenTelemetry's own exporter. */
export type Way = 'processor' | 'exporter' | 'twice' | 'otlp';

export interface AppPlan {
  readonly ends:
    'exit' | 'throw' | 'reject' | 'end' | 'abort' | 'signal' | 'flush' | 'waitUntil' | 'platform' | 'kill' | 'live';
  readonly way?: Way;
  readonly count?: number;
  readonly prefix?: string;
  readonly handOver?: boolean;
  /** It listens for SIGTERM itself, and shuts its provider down. */
  readonly handler?: boolean;
  /** `false`: only the provider's `forceFlush` is called. */
  readonly flushesExporter?: boolean;
  readonly inWorker?: boolean;
  readonly forMs?: number;
  readonly answerChars?: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface Account {
  readonly seen: number;
  readonly open: number;
  readonly queued: number;
  readonly delivered: number;
  readonly spooled: number;
  readonly deadLettered: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** Interactions that were complete and handed over when it last said so. */
  readonly done: number;
  /** `undefined`: it was killed before it could say, or it has none. */
  readonly account: Account | undefined;
  /** From the signal, or else from its start, to its end. */
  readonly endedAfterMs: number;
}

export interface Surroundings {
  readonly signal?: NodeJS.Signals;
  /** After it said that it is ready. */
  readonly afterMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What a file of the process may grow to: a disk that fills. */
  readonly maxFileKiB?: number;
  readonly sdk?: Sdk;
}

export async function runApp(baseUrl: string, plan: AppPlan, around: Surroundings = {}): Promise<Ended> {
  const { folder, node } = around.sdk ?? SDK_2;
  const line = [node, APP, JSON.stringify({ ...plan, sdk: folder })];
  const [command = '', ...args] =
    around.maxFileKiB === undefined
      ? line
      : ['bash', '-c', `ulimit -f ${around.maxFileKiB}; exec "$@"`, 'bash', ...line];
  let fromMs = performance.now();
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      HUGGINGPLACE_API_KEY: 'key',
      HUGGINGPLACE_ORG_ID: '7',
      HUGGINGPLACE_BASE_URL: baseUrl,
      ...around.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let done = 0;
  let account: Account | undefined;
  const stdout = createInterface({ input: child.stdout }).on('line', (said) => {
    if (said.startsWith('done ')) done = Number(said.slice(5));
    else if (said.startsWith('{')) account = JSON.parse(said) as Account;
    else if (said === 'ready' && around.signal !== undefined) {
      const { signal, afterMs = 0 } = around;
      setTimeout(() => {
        fromMs = performance.now();
        child.kill(signal);
      }, afterMs);
    }
  });
  const closed = new Promise((resolve) => stdout.once('close', resolve));
  const exited = new Promise<[number | null, string | null]>((resolve) => child.once('exit', (...how) => resolve(how)));
  const [[code, signal], , stderr] = await Promise.all([exited, closed, text(child.stderr)]);
  // An application that could not even start says nothing about faults.
  if (/ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|SyntaxError|TypeError|ReferenceError/.test(stderr))
    throw new Error(`the application did not start: ${stderr}`);
  return { code, signal, done, account, endedAfterMs: performance.now() - fromMs };
}
