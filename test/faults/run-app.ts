/** Runs `app.mjs` before a sink, kills it where asked, and reads what it said. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Sink } from '../../packages/sdk/src/testing/sink.ts';

const APP = fileURLToPath(new URL('app.mjs', import.meta.url));

export interface AppPlan {
  readonly ends: 'exit' | 'throw' | 'reject' | 'end' | 'signal' | 'flush' | 'kill' | 'adopt';
  readonly count?: number;
  readonly prefix?: string;
  readonly handOver?: boolean;
  readonly handler?: boolean;
  readonly forMs?: number;
  readonly answerChars?: number;
  readonly options?: Record<string, unknown>;
}

export interface Account {
  readonly seen: number;
  readonly open: number;
  readonly queued: number;
  readonly delivered: number;
  readonly spooled: number;
  readonly deadLettered: number;
  readonly dropped: Record<string, number>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** Interactions that were complete and handed over when it last said so. */
  readonly done: number;
  readonly account: Account | undefined;
}

interface Surroundings {
  readonly signal?: NodeJS.Signals;
  /** After it said that it is ready. */
  readonly afterMs?: number;
  readonly env?: Record<string, string>;
  /** Bytes that a file of the process may have: a disk that fills. */
  readonly maxFileKiB?: number;
}

export async function runApp(sink: Sink, plan: AppPlan, around: Surroundings = {}): Promise<Ended> {
  const node = [process.execPath, APP, JSON.stringify(plan)];
  const [command = '', ...args] =
    around.maxFileKiB === undefined
      ? node
      : ['bash', '-c', `ulimit -f ${around.maxFileKiB}; exec "$@"`, 'bash', ...node];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      HUGGINGPLACE_API_KEY: 'key',
      HUGGINGPLACE_ORG_ID: '7',
      HUGGINGPLACE_BASE_URL: sink.url,
      ...around.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let done = 0;
  let account: Account | undefined;
  const stdout = createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('done ')) done = Number(line.slice(5));
    else if (line.startsWith('{')) account = JSON.parse(line) as Account;
    else if (line === 'ready' && around.signal !== undefined) {
      const { signal, afterMs = 0 } = around;
      setTimeout(() => child.kill(signal), afterMs);
    }
  });
  const closed = new Promise((resolve) => stdout.once('close', resolve));
  const exited = new Promise<[number | null, string | null]>((resolve) => child.once('exit', (...how) => resolve(how)));
  const [[code, signal], , stderr] = await Promise.all([exited, closed, text(child.stderr)]);
  // An application that could not even start says nothing about faults.
  if (/ERR_MODULE_NOT_FOUND|SyntaxError/.test(stderr)) throw new Error(`the application did not start: ${stderr}`);
  return { code, signal, done, account };
}
