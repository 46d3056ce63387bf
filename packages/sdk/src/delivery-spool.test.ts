import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials, DeliveryOptions } from './options.ts';
import { DiagLines } from './testing/diag.ts';
import { expectStats, simulate } from './testing/simulation.ts';
import type { Behaviour } from './testing/transport.ts';

const KEY = 'canary-key-1f2e3d';
const CREDENTIALS: Credentials = { apiKey: KEY, orgId: 7 };
const DAY_MS = 86_400_000;

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'huggingplace-delivery-')), 'spool');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

/** A process with the spool, its backend and its hours the test's. */
function start(behaviour?: Behaviour, options: DeliveryOptions = {}) {
  const process = simulate(behaviour, { apiKey: KEY, orgId: 7, spoolDirectory: directory, ...options });
  process.clock.wallOffsetMs = Date.now();
  const enqueue = (count: number, credentials = CREDENTIALS, from = 0) => process.enqueue(count, credentials, from);
  return { ...process, enqueue };
}

/** The processes that wrote what is there are dead. */
function killOthers(): void {
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.spool'))) {
    renameSync(join(directory, name), join(directory, name.replace(/-\d+-\d+-/, '-4194303-1-')));
  }
}

const spoolFiles = () => readdirSync(directory).filter((name) => name.endsWith('.spool'));
const onDisk = () =>
  spoolFiles()
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('');
describe('with a spool', () => {
  it('everything is on disk before it is sent, without the key, and gone after the answer', async () => {
    const seenOnDisk: boolean[] = [];
    const { delivery, clock, enqueue } = start(({ body }) => {
      seenOnDisk.push(onDisk().includes(`"message_id":"${body.message_id}"`));
      return 200;
    });
    enqueue(10);
    expect(onDisk()).not.toContain(KEY);
    await clock.advance(0);
    expect(seenOnDisk).toEqual(Array.from({ length: 10 }, () => true));
    expectStats(delivery, { delivered: 10, queued: 0, spooled: 0 });
    await clock.advance(15_000);
    expect(spoolFiles()).toEqual([]);
  });

  it('nothing is lost when the process is killed, and the next one delivers it', async () => {
    const first = start(({ body }) => (Number(body.message_id?.slice(2)) < 5 ? 200 : new Promise(() => undefined)));
    first.enqueue(20);
    await first.clock.advance(0);
    expectStats(first.delivery, { delivered: 5, queued: 15 });
    killOthers();
    const second = start();
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { seen: 15, delivered: 15 });
    expect(second.transport.stored.map(({ message_id }) => message_id)).toEqual(
      Array.from({ length: 15 }, (_, index) => `7-${index + 5}`),
    );
    await second.clock.advance(15_000);
    expect(spoolFiles()).toEqual([]);
  });

  it('shutdown leaves on disk what it can not deliver: spooled, not lost', async () => {
    const first = start(() => 'none');
    first.enqueue(10);
    const result = first.delivery.shutdown(1_000);
    await first.clock.advance(1_000);
    expect(await result).toMatchObject({ ok: true, queued: 0, spooled: 10, dropped: {} });
    const second = start();
    second.enqueue(1, CREDENTIALS, 100);
    await second.clock.advance(0);
    expectStats(second.delivery, { seen: 11, delivered: 11 });
  });

  it('the exit leaves on disk what the worker can not send for it', () => {
    const { delivery, enqueue } = start();
    enqueue(10);
    delivery.deliverAtExit(1_000);
    expectStats(delivery, { spooled: 10, queued: 0 });
    expect(spoolFiles().every((name) => name.startsWith('released-'))).toBe(true);
  });

  it('memory stays within its bound, and the disk has the rest', async () => {
    let isDown = true;
    const { delivery, transport, clock, enqueue } = start(() => (isDown ? 'none' : 200), { maxQueueBytes: 220_000 });
    enqueue(500);
    await clock.advance(1_000);
    const { queued, spooled } = delivery.stats();
    expect(queued + spooled).toBe(500);
    expect(spooled).toBeGreaterThan(100);
    expect(queued * 450).toBeLessThan(220_000);
    expectStats(delivery, { dropped: {} });
    isDown = false;
    await clock.advance(10_000);
    expectStats(delivery, { delivered: 500, spooled: 0 });
    expect(new Set(transport.stored.map(({ message_id }) => message_id)).size).toBe(500);
  });

  it('what even the bookkeeping has no room for waits on disk for the next process', async () => {
    const first = start(() => 'none', { maxQueueBytes: 10_000 });
    first.enqueue(100);
    await first.clock.advance(1_000);
    expectStats(first.delivery, { seen: 100, dropped: {} });
    expect(first.delivery.stats().spooled).toBeGreaterThan(80);
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    const second = start();
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { delivered: 100 });
  });

  it('a spool that is full leaves memory to do its work', async () => {
    using said = new DiagLines();
    const { delivery, clock, enqueue } = start(() => 'none', { maxSpoolBytes: 2_000, maxQueueBytes: 20_000 });
    enqueue(20);
    await clock.advance(1_000);
    expectStats(delivery, { queued: 20 });
    enqueue(200);
    expect(delivery.stats().dropped.queue_full).toBeGreaterThan(100);
    expectStats(delivery, {});
    expect(said.lines.join()).toContain('maxSpoolBytes');
  });

  it('a directory that vanishes costs nothing while the process lives', async () => {
    using _ = new DiagLines();
    let isDown = true;
    const { delivery, clock, enqueue } = start(() => (isDown ? 'none' : 200));
    enqueue(10);
    await clock.advance(0);
    rmSync(directory, { recursive: true });
    await clock.advance(15_000);
    enqueue(10, CREDENTIALS, 10);
    expect(onDisk()).toContain('"7-10"');
    isDown = false;
    await clock.advance(10_000);
    expectStats(delivery, { delivered: 20 });
  });

  it('a directory that vanishes before the end: what is in memory is written again', async () => {
    using _ = new DiagLines();
    const first = start(() => 'none');
    first.enqueue(10);
    await first.clock.advance(0);
    rmSync(directory, { recursive: true });
    await first.clock.advance(15_000);
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    expectStats(first.delivery, { spooled: 10 });
    const second = start();
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { delivered: 10 });
  });

  it('what is too old is dropped, since it was written and not since it was adopted', async () => {
    const first = start(() => 'none');
    first.enqueue(10);
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    const second = start();
    second.clock.wallOffsetMs += DAY_MS + 1_000;
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { seen: 10, dropped: { too_old: 10 } });
  });

  it('a clock that was set back makes nothing old', async () => {
    const first = start(() => 'none');
    first.enqueue(10);
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    const second = start();
    second.clock.wallOffsetMs -= 365 * DAY_MS;
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { delivered: 10 });
  });

  it('records of an organisation whose key is not known wait until it is', async () => {
    const first = start(() => 'none');
    first.enqueue(5, { apiKey: 'key of 8', orgId: 8 });
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    const second = start();
    second.delivery.start();
    await second.clock.advance(60_000);
    expectStats(second.delivery, { seen: 5, spooled: 5, delivered: 0 });
    second.enqueue(1, { apiKey: 'new key of 8', orgId: '8' }, 100);
    await second.clock.advance(0);
    expectStats(second.delivery, { delivered: 6 });
    expect(
      second.transport.attempts.every(({ apiKey, body }) => apiKey === 'new key of 8' && String(body.org_id) === '8'),
    ).toBe(true);
  });

  it('adopts what is left while it runs', async () => {
    const { delivery, clock } = start();
    delivery.start();
    await clock.advance(60_000);
    const other = start(() => 'none');
    other.enqueue(3);
    await Promise.all([other.delivery.shutdown(0), other.clock.advance(0)]);
    await clock.advance(15_000);
    expectStats(delivery, { delivered: 3 });
  });

  it('counts what was damaged', async () => {
    using _ = new DiagLines();
    const first = start(() => 'none');
    first.enqueue(3);
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    const path = join(directory, spoolFiles()[0]!);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path, readFileSync(path, 'utf8').replace('7-1', '7-x'));
    const second = start();
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { seen: 3, delivered: 2, dropped: { spool_error: 1 } });
  });
});

describe('the dead-letter folder', () => {
  it('takes what the backend refuses, out of the spool', async () => {
    using _ = new DiagLines();
    const { delivery, clock, enqueue } = start(({ body }) => (body.message_id === '7-1' ? 422 : 200));
    enqueue(3);
    await clock.advance(15_000);
    expectStats(delivery, { delivered: 2, deadLettered: 1, dropped: {} });
    const [letter] = readdirSync(join(directory, 'dead-letter'));
    const content = readFileSync(join(directory, 'dead-letter', letter!), 'utf8');
    expect(JSON.parse(content)).toMatchObject({
      reason: 'rejected',
      message: 'HTTP 422',
      request: { message_id: '7-1', org_id: 7 },
    });
    expect(content).not.toContain(KEY);
    expect(spoolFiles()).toEqual([]);
  });

  it('stands alone where there is no spool', async () => {
    using _ = new DiagLines();
    const { delivery, clock, enqueue } = start(() => 413, { spoolDirectory: '', deadLetterDirectory: directory });
    enqueue(1);
    await clock.advance(0);
    expectStats(delivery, { deadLettered: 1 });
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
