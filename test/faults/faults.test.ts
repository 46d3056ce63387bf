/**
 * The fault matrix across processes: an application with a real OpenTelemetry SDK, killed in every way, before a backend that misbehaves
 * and counts for itself. Each row says what was sent and what arrived. `HUGGINGPLACE_FAULTS=long` runs the long form.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sink, type SinkBehaviour, type SinkPlan } from '../../packages/sdk/src/testing/sink.ts';
import { type Account, type AppPlan, runApp } from './run-app.ts';

const IS_LONG = process.env['HUGGINGPLACE_FAULTS'] === 'long';
const KILLS = IS_LONG ? 1_000 : 5;

interface Row {
  readonly fault: string;
  readonly sent: number;
  readonly arrived: number;
  readonly posts: number;
  readonly note: string;
}
const table: Row[] = [];
afterAll(() => console.table(table));

let sink: Sink;
beforeAll(async () => {
  sink = await Sink.start();
});
afterAll(() => sink[Symbol.asyncDispose]());

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'huggingplace-faults-'));
  await sink.clear();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function counted(fault: string, sent: number, note = '') {
  const { rows, attempts } = await sink.report();
  const row = { fault, sent, arrived: rows.length, posts: attempts.length, note };
  table.push(row);
  return row;
}

function expectAccount(account: Account | undefined): void {
  expect(account).toBeDefined();
  const { seen, open, queued, delivered, spooled, deadLettered, dropped } = account!;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(open + queued + delivered + spooled + deadLettered + lost).toBe(seen);
}

describe('the end of a process, 100 interactions', () => {
  it.each([
    ['process.exit', { ends: 'exit' }, 3],
    ['uncaught exception', { ends: 'throw' }, 1],
    ['unhandled rejection', { ends: 'reject' }, 1],
    ['natural end', { ends: 'end' }, 0],
  ] as [string, AppPlan, number][])('%s', async (fault, plan, code) => {
    await sink.behave({ otherwise: 200 });
    const ended = await runApp(sink, { ...plan, count: 100 });
    expect(ended).toMatchObject({ code, signal: null, account: { seen: 100, delivered: 100 } });
    expectAccount(ended.account);
    expect(await counted(fault, 100)).toMatchObject({ arrived: 100, posts: 100 });
  });

  it.each([
    ['SIGTERM, no handler', 'SIGTERM', false, null],
    ['SIGINT, no handler', 'SIGINT', false, null],
    ['SIGTERM, the application shuts down', 'SIGTERM', true, 7],
  ] as const)('%s', async (fault, signal, handler, code) => {
    await sink.behave({ otherwise: 200 });
    const ended = await runApp(sink, { ends: 'signal', count: 100, handler }, { signal });
    expect(ended).toMatchObject({ code, signal: handler ? null : signal });
    expect((await counted(fault, 100)).arrived).toBe(100);
  });

  it('an awaited forceFlush, then SIGKILL', async () => {
    await sink.behave({ otherwise: 200 });
    const ended = await runApp(sink, { ends: 'flush', count: 100 });
    expect(ended.signal).toBe('SIGKILL');
    expectAccount(ended.account);
    expect((await counted('forceFlush, then SIGKILL', 100)).arrived).toBe(100);
  });
});

describe('a backend that misbehaves, 50 interactions', () => {
  const once = (...sequence: SinkBehaviour[]): SinkPlan => ({ sequence, otherwise: 200 });
  const names = ['reset', 'end', 'garbage', 'half a head', 'endless head', 'two lengths'];

  it.each([
    ['500 ×3', once(500, 500, 500), 0],
    ['502, 503, 504', once(502, 503, 504), 0],
    ['429 with Retry-After: 2', once({ status: 429, headers: { 'retry-after': '2' } }), 0],
    ['503 with Retry-After: nonsense', once({ status: 503, headers: { 'retry-after': 'abc' } }), 0],
    ['broken connections', once(...names), 0],
    ['answers lost', once(...Array.from({ length: 20 }, () => 'stored, then reset')), 0],
    [
      'bodies that break off or never end',
      once('stored, half a body', 'stored, no JSON', 'stored, endless body', 'stored, slow body'),
      0,
    ],
    ['one poison item', { byId: { 7: 500 }, otherwise: 200 }, 1],
    ['two refused', { byId: { 7: 422, 8: 400 }, otherwise: 200 }, 2],
  ] as [string, SinkPlan, number][])('%s', async (fault, plan, missing) => {
    await sink.behave(plan);
    const ended = await runApp(sink, { ends: 'adopt', count: 50, forMs: 300, options: { shutdownTimeoutMs: 8_000 } });
    expectAccount(ended.account);
    expect((await counted(fault, 50, missing === 0 ? '' : JSON.stringify(ended.account?.dropped))).arrived).toBe(
      50 - missing,
    );
  });
});

describe('with a spool', () => {
  const spooled = (plan: AppPlan): AppPlan => ({
    ...plan,
    options: { ...plan.options, spoolDirectory: join(folder, 'spool') },
  });
  const adopt = (forMs = 1_500) =>
    runApp(sink, spooled({ ends: 'adopt', count: 1, prefix: `adopter-${Math.random()}-`, forMs }));
  const leftOver = () => readdirSync(join(folder, 'spool')).filter((name) => name.endsWith('.spool'));

  it(`SIGKILL ×${KILLS} at random moments`, async () => {
    await sink.behave({ otherwise: { status: 200, delayMs: 5 } });
    const complete: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const prefix = `${kill}-`;
      const afterMs = 200 + Math.random() * 600;
      const ended = await runApp(sink, spooled({ ends: 'kill', prefix }), { signal: 'SIGKILL', afterMs });
      expect(ended.signal).toBe('SIGKILL');
      for (let n = 0; n < ended.done; n++) complete.push(`${prefix}${n}`);
    }
    expectAccount((await adopt(3_000)).account);
    const { rows, attempts } = await sink.report();
    const arrived = new Set(rows);
    expect(complete.filter((id) => !arrived.has(id))).toEqual([]);
    expect(complete.length).toBeGreaterThan(0);
    expect(attempts.length - rows.length).toBeLessThanOrEqual(32 * KILLS);
    expect(leftOver()).toEqual([]);
    await counted(`SIGKILL ×${KILLS}`, complete.length, 'sent: complete when it was killed');
  });

  it('the backend is down for all of a process’s life', async () => {
    await sink.behave({ otherwise: 503 });
    const first = await runApp(sink, spooled({ ends: 'exit', count: 100 }), {
      env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '300' },
    });
    expect(first.account).toMatchObject({ spooled: 100, queued: 0, dropped: {} });
    await sink.behave({ otherwise: 200 });
    expectAccount((await adopt()).account);
    expect((await counted('down for a whole life', 100, 'one more by the adopter')).arrived).toBe(101);
  });

  it('four processes on one directory, three of them killed', async () => {
    await sink.behave({ otherwise: 503 });
    const lives = Array.from({ length: 4 }, (_, index) =>
      index === 3
        ? runApp(sink, spooled({ ends: 'exit', count: 50, prefix: '3-' }), {
            env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '300' },
          })
        : runApp(sink, spooled({ ends: 'signal', count: 50, handOver: true, prefix: `${index}-` }), {
            signal: 'SIGKILL',
            afterMs: 200,
          }),
    );
    await Promise.all(lives);
    await sink.behave({ otherwise: 200 });
    await adopt();
    const { rows } = await sink.report();
    const expected = [0, 1, 2, 3].flatMap((index) => Array.from({ length: 50 }, (_, n) => `${index}-${n}`));
    expect(expected.filter((id) => !rows.includes(id))).toEqual([]);
    await counted('four processes, one directory', 200, 'one more by the adopter');
  });

  it('a disk that fills: memory goes on, and what it holds at the end is counted', async () => {
    await sink.behave({ otherwise: 503 });
    const plan = { count: 200, answerChars: 2_000, handOver: true } as const;
    const full = { maxFileKiB: 64, env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '200' } };
    const { account } = await runApp(sink, spooled({ ...plan, ends: 'exit' }), full);
    expectAccount(account);
    // Some 2.3 kB each: the disk took the first of them, and no more.
    expect(account?.spooled).toBeGreaterThan(0);
    expect(account?.spooled).toBeLessThan(60);
    expect(account?.dropped).toEqual({ shutdown: 200 - (account?.spooled ?? 0) });

    await sink.behave({ otherwise: 200 });
    expectAccount((await adopt()).account);
    const row = await counted(
      'disk full',
      200,
      `counted as lost: ${account?.dropped['shutdown']}; one more by the adopter`,
    );
    expect(row.arrived).toBe((account?.spooled ?? 0) + 1);
  });
});
