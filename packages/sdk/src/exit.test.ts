import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryStats } from './account.ts';
import { expectBuilt } from './testing/built.ts';
import { CA, LOCALHOST, SERVER_KEY } from './testing/certificates.ts';
import { Sink, type SinkPlan } from './testing/sink.ts';

const APP = fileURLToPath(new URL('testing/exit-app.mjs', import.meta.url));
const STREAM_APP = fileURLToPath(new URL('testing/stream-exit-app.mjs', import.meta.url));

interface AppPlan {
  readonly ends: 'exit' | 'throw' | 'reject' | 'end' | 'end with code' | 'signal';
  readonly count?: number;
  readonly undrained?: number;
  readonly afterMs?: number;
  readonly isTwice?: boolean;
  readonly isRemoved?: boolean;
  readonly inWorker?: boolean;
  readonly handler?: 'exits' | 'exits once' | 'ignores';
  readonly signalExit?: readonly (3 | 4)[];
  readonly lifeMs?: number;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly lines: readonly string[];
  readonly accounts: readonly (DeliveryStats & { readonly blockedMs: number })[];
  readonly stderr: string;
  readonly lifeMs: number;
}

interface Surroundings {
  readonly env?: Record<string, string>;
  readonly nodeArgs?: readonly string[];
  /** Default: `APP`. */
  readonly program?: string;
  readonly signals?: readonly { readonly signal: NodeJS.Signals; readonly afterMs: number }[];
}

/** Runs the application to its end against a sink. */
async function run(
  sink: Sink,
  app: AppPlan,
  { env = {}, nodeArgs = [], program = APP, signals = [] }: Surroundings = {},
): Promise<Ended> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, program, JSON.stringify(app)], {
    env: {
      PATH: process.env['PATH'],
      HUGGINGPLACE_API_KEY: 'key',
      HUGGINGPLACE_ORG_ID: '7',
      HUGGINGPLACE_BASE_URL: sink.url,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const stdout = createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line !== 'ready') return;
    for (const { signal, afterMs } of signals) setTimeout(() => child.kill(signal), afterMs);
  });
  const closed = new Promise((resolve) => stdout.once('close', resolve));
  const exit = new Promise<[number | null, string | null]>((resolve) => child.once('exit', (...how) => resolve(how)));
  const [[code, signal], stderr] = await Promise.all([exit, text(child.stderr), closed]);
  const accounts = lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Ended['accounts'][number]);
  return { code, signal, lines, accounts, stderr, lifeMs: performance.now() - startMs };
}

/** What arrived, and how often. */
async function arrived(sink: Sink): Promise<{ rows: number; posts: number }> {
  const { rows, attempts } = await sink.report();
  return { rows: rows.length, posts: attempts.length };
}

const sum = (counts: object) =>
  Object.values(counts as Record<string, number>).reduce((total, count) => total + count, 0);

beforeAll(expectBuilt);

let sink: Sink;
beforeAll(async () => {
  sink = await Sink.start();
});
afterAll(() => sink[Symbol.asyncDispose]());

async function fresh(plan: SinkPlan = { otherwise: 200 }): Promise<Sink> {
  await sink.clear();
  await sink.behave(plan);
  return sink;
}

describe('every interaction arrives', () => {
  it.each([
    ['process.exit', { ends: 'exit' }, { code: 3 }],
    ['an uncaught exception', { ends: 'throw' }, { code: 1 }],
    ['an unhandled rejection', { ends: 'reject' }, { code: 1 }],
    ['a natural end', { ends: 'end' }, { code: 0 }],
    ['a natural end with an exit code', { ends: 'end with code' }, { code: 5 }],
  ] as const)('at %s, and it ends as it would have', async (_name, app, { code }) => {
    const ended = await run(await fresh(), { ...app, undrained: 50 });
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal: null });
    // The fifty that were still being assembled have the ids of the first fifty.
    expect(await arrived(sink)).toEqual({ rows: 100, posts: 150 });
    expect(ended.accounts).toMatchObject([{ seen: 150, delivered: 150, queued: 0, dropped: {} }]);
    expect(ended.stderr.includes('Error: the application fails')).toBe(code === 1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('at %s, which still ends the process', async (signal) => {
    const ended = await run(await fresh(), { ends: 'signal', undrained: 50 }, { signals: [{ signal, afterMs: 0 }] });
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: null, signal });
    expect((await arrived(sink)).rows).toBe(100);
    expect(ended.lifeMs).toBeLessThan(5_000);
  });

  it('of a stream that is still being read: what has come of it, marked as incomplete', async () => {
    const ended = await run(await fresh(), { ends: 'exit' }, { program: STREAM_APP });
    expect(ended.code).toBe(3);
    const { rows } = await sink.report();
    expect(rows).toHaveLength(1);
  });

  it('when a worker thread of the application ends the thread', async () => {
    const ended = await run(await fresh(), { ends: 'exit', inWorker: true });
    expect(ended.code).toBe(3);
    expect((await arrived(sink)).rows).toBe(100);
  });

  it('from two copies of the package in one process', async () => {
    const ended = await run(await fresh(), { ends: 'exit', isTwice: true });
    expect(ended.code).toBe(3);
    expect((await arrived(sink)).rows).toBe(200);
    const bySignal = await run(
      await fresh(),
      { ends: 'signal', isTwice: true },
      { signals: [{ signal: 'SIGTERM', afterMs: 0 }] },
    );
    expect(bySignal.signal).toBe('SIGTERM');
    expect((await arrived(sink)).rows).toBe(200);
  });

  it('at a natural end in the middle of an outage that ends soon', async () => {
    const ended = await run(await fresh({ sequence: Array.from({ length: 34 }, () => 503), otherwise: 200 }), {
      ends: 'end',
    });
    expect(ended.code).toBe(0);
    expect((await arrived(sink)).rows).toBe(100);
  });
});

describe('the end is not held up', () => {
  it('by a backend that hangs: its time over, what is left is counted', async () => {
    const ended = await run(
      await fresh({ otherwise: 'hang' }),
      { ends: 'exit' },
      { env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '500' } },
    );
    expect(ended.code).toBe(3);
    expect(ended.accounts).toMatchObject([{ seen: 100, delivered: 0, dropped: { shutdown: 100 } }]);
    expect(ended.accounts[0]?.blockedMs).toBeLessThan(3_000);
  });

  it('twice, by a natural end before a backend that is down', async () => {
    const ended = await run(
      await fresh({ otherwise: 503 }),
      { ends: 'end' },
      { env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '3000' } },
    );
    expect(ended.code).toBe(0);
    expect(ended.accounts).toMatchObject([{ dropped: { shutdown: 100 } }]);
    expect(ended.lifeMs).toBeLessThan(6_000); // twice its time
  });

  it('by a signal for longer than its time', async () => {
    const ended = await run(
      await fresh({ otherwise: 'hang' }),
      { ends: 'signal' },
      { env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '500' }, signals: [{ signal: 'SIGTERM', afterMs: 0 }] },
    );
    expect(ended.signal).toBe('SIGTERM');
    expect(ended.accounts).toMatchObject([{ dropped: { shutdown: 100 } }]);
    expect(ended.lifeMs).toBeLessThan(8_000); // an attempt alone may take 10 s
  });

  it('at all by a second signal', async () => {
    const signals = [0, 200].map((afterMs) => ({ signal: 'SIGINT' as const, afterMs }));
    const ended = await run(
      await fresh({ otherwise: 'hang' }),
      { ends: 'signal' },
      { env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '10000' }, signals },
    );
    expect(ended.signal).toBe('SIGINT');
    expect(ended.lifeMs).toBeLessThan(5_000);
  });

  it('where the hooks are switched off, or taken back', async () => {
    const off = await run(
      await fresh({ otherwise: 'hang' }),
      { ends: 'exit' },
      { env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '0' } },
    );
    expect(off).toMatchObject({ code: 3, accounts: [] });
    const removed = await run(
      sink,
      { ends: 'signal', isRemoved: true },
      { signals: [{ signal: 'SIGTERM', afterMs: 0 }] },
    );
    expect(removed).toMatchObject({ signal: 'SIGTERM', accounts: [] });
  });
});

describe('the application’s own signal listener decides', () => {
  it.each(['exits', 'exits once'] as const)('and %s', async (handler) => {
    const ended = await run(
      await fresh(),
      { ends: 'signal', handler, undrained: 50 },
      { signals: [{ signal: 'SIGTERM', afterMs: 0 }] },
    );
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 7, signal: null });
    expect((await arrived(sink)).rows).toBe(100);
  });

  it('and ignores: the process lives on, delivered meanwhile', async () => {
    const ended = await run(
      await fresh(),
      { ends: 'signal', handler: 'ignores', lifeMs: 1_500 },
      { signals: [{ signal: 'SIGTERM', afterMs: 0 }] },
    );
    expect(ended.code).toBe(99);
    expect((await arrived(sink)).rows).toBe(100);
  });

  it.each([[[4]], [[3]], [[3, 4]]] as const)(
    'and signal-exit %j is none: it runs, and the signal ends the process',
    async (signalExit) => {
      const ended = await run(
        await fresh(),
        { ends: 'signal', signalExit },
        { signals: [{ signal: 'SIGTERM', afterMs: 0 }] },
      );
      expect(ended.signal).toBe('SIGTERM');
      expect((await arrived(sink)).rows).toBe(100);
      for (const version of signalExit) expect(ended.lines).toContain(`signal-exit ${version} ran`);
    },
  );
});

describe('the worker', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'huggingplace-exit-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('does not run the application’s preloaded modules again', async () => {
    const [preload, log] = [join(folder, 'preload.cjs'), join(folder, 'preloaded')];
    writeFileSync(preload, `require('fs').appendFileSync(${JSON.stringify(log)}, 'once\\n')`);
    const ended = await run(
      await fresh(),
      { ends: 'exit' },
      { env: { NODE_OPTIONS: `--require ${preload}` }, nodeArgs: ['--require', preload] },
    );
    expect(ended.accounts).toMatchObject([{ delivered: 100 }]);
    expect(readFileSync(log, 'utf8')).toBe('once\n');
  });

  it('trusts what NODE_EXTRA_CA_CERTS adds', async () => {
    await using secure = await Sink.start(undefined, { cert: LOCALHOST, key: SERVER_KEY });
    const file = join(folder, 'ca.pem');
    writeFileSync(file, CA);
    const ended = await run(secure, { ends: 'exit' }, { env: { NODE_EXTRA_CA_CERTS: file } });
    expect(ended.accounts).toMatchObject([{ delivered: 100 }]);
  });

  it('that the permission model forbids is done without: everything is counted, nothing is thrown', async () => {
    const permission = process.versions.node.startsWith('20') ? '--experimental-permission' : '--permission';
    const ended = await run(await fresh(), { ends: 'exit' }, { nodeArgs: [permission, '--allow-fs-read=*'] });
    expect(ended.code).toBe(3);
    const [account] = ended.accounts;
    expect(account).toMatchObject({ seen: 100, queued: 0, dropped: { shutdown: 100 } });
    expect(sum(account?.dropped ?? {})).toBe(100);
  });
});
