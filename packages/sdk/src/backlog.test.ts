import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ITEM_OVERHEAD_BYTES } from './item.ts';
import type { DeliveryOptions } from './options.ts';
import { settled } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';
import { CREDENTIALS, expectStats, heldAnswers, payload, simulate, wireBytes } from './testing/simulation.ts';
import type { Behaviour } from './testing/transport.ts';

const NEVER = new Promise<number>(() => undefined);
/** What one of the interactions costs that `enqueue` makes, up to the tenth. */
const ITEM_BYTES = wireBytes(payload('7-0')) + ITEM_OVERHEAD_BYTES;

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'huggingplace-backlog-')), 'spool');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

/** A process with the spool. */
function start(behaviour?: Behaviour, options: DeliveryOptions = {}) {
  const process = simulate(behaviour, { spoolDirectory: directory, apiKey: 'key', orgId: 7, ...options });
  process.clock.wallOffsetMs = Date.now();
  return process;
}

/** Processes that have ended left these in the spool. */
async function leaveInSpool(count: number, credentials = CREDENTIALS, prompt?: string): Promise<void> {
  const { delivery, clock } = start(() => 'none');
  for (let i = 0; i < count; i++) delivery.enqueue(payload(`left-${i}`, prompt), credentials);
  await Promise.all([delivery.shutdown(0), clock.advance(0)]);
}

describe('memory', () => {
  it('is full to the byte, not before', () => {
    const { delivery, enqueue } = simulate(() => NEVER, { maxQueueBytes: 3 * ITEM_BYTES });
    enqueue(3);
    expectStats(delivery, { queued: 3, dropped: {} });
    enqueue(1);
    expectStats(delivery, { queued: 3, dropped: { queue_full: 1 } });
  });

  it('holds one interaction that is exactly as large', async () => {
    const { delivery, enqueue } = simulate(undefined, { maxQueueBytes: ITEM_BYTES });
    enqueue(1);
    await settled();
    expectStats(delivery, { delivered: 1 });
  });

  it('that is full of what is under way takes nothing more, and whoever waits for that is told', async () => {
    const { delivery, enqueue } = simulate(() => NEVER, { maxQueueBytes: 3 * ITEM_BYTES });
    enqueue(3);
    await settled();
    enqueue(2);
    expect(await delivery.deliver(payload('7-9'), CREDENTIALS, 1_000)).toMatchObject({
      type: 'dropped',
      reason: 'queue_full',
    });
    expectStats(delivery, { queued: 3, dropped: { queue_full: 3 } });
  });

  it('is made free by what waits, however much another one has under way', async () => {
    const { delivery, transport, enqueue } = simulate(() => NEVER, { maxQueueBytes: 6 * ITEM_BYTES, concurrency: 4 });
    enqueue(4);
    await settled();
    enqueue(4, { apiKey: 'other', orgId: 8 }); // room for two: the first two make it
    await settled();
    expectStats(delivery, { queued: 6, dropped: { queue_full: 2 } });
    expect(transport.attempts.map(({ body }) => body.message_id)).toEqual(['7-0', '7-1', '7-2', '7-3', '8-2']);
  });

  it('is taken from whoever holds most, whoever came last', async () => {
    const { delivery, transport, enqueue } = simulate(undefined, { maxQueueBytes: 20 * ITEM_BYTES });
    enqueue(10);
    enqueue(3, { apiKey: 'other', orgId: 8 });
    enqueue(20);
    await settled();
    expect(delivery.stats().dropped.queue_full).toBeGreaterThan(10);
    expectStats(delivery, { queued: 0 });
    expect(transport.stored.filter(({ org_id }) => org_id === 8)).toHaveLength(3);
  });

  it('is taken from the one who has inherited most', async () => {
    let isDown = true;
    const old = { apiKey: 'old', orgId: 7 };
    const { delivery, transport, clock, enqueue } = simulate(
      ({ apiKey }) => (apiKey === 'old' ? 401 : isDown ? 503 : 200),
      { maxQueueBytes: 30 * ITEM_BYTES, maxQueueAgeMs: 86_400_000 },
    );
    enqueue(18, old);
    await clock.advance(0);
    enqueue(1, { apiKey: 'new', orgId: 7 }, 50);
    enqueue(8, { apiKey: 'other', orgId: 8 });
    await clock.advance(0);
    enqueue(1, old, 60);
    enqueue(4, { apiKey: 'other', orgId: 8 }, 8);
    expectStats(delivery, { queued: 29, dropped: { queue_full: 3 } });
    isDown = false;
    enqueue(1, { apiKey: 'third', orgId: 7 }, 70); // what the refused key has left goes with this one
    await clock.advance(60_000);
    const ids = transport.stored.map(({ message_id }) => message_id);
    expect(ids.filter((id) => id?.startsWith('8-'))).toHaveLength(12);
    expect(ids).toContain('7-60');
  });

  it('forgets a key that is not used any more', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { delivery, clock, enqueue } = simulate();
    const deliverWithOldKey = () => {
      const credentials = { apiKey: 'old', orgId: 8 };
      delivery.enqueue(payload('old'), credentials);
      return new WeakRef(credentials);
    };
    const old = deliverWithOldKey();
    await clock.advance(0);
    enqueue(1, { apiKey: 'new', orgId: 8 });
    await clock.advance(60_000);
    enqueue(1);
    for (let i = 0; i < 20 && old.deref() !== undefined; i++) {
      await clock.advance(1);
      collectGarbage();
    }
    expect(old.deref()).toBeUndefined();
    expectStats(delivery, { delivered: 3 });
  });
});

describe('what nobody waits for any more', () => {
  it('makes room for others among what is under way', async () => {
    const { delivery, transport, clock, enqueue } = simulate(() => NEVER, { concurrency: 3 });
    enqueue(1, { apiKey: 'first', orgId: 6 });
    await settled();
    const waited = ['7-0', '7-1'].map((id) => delivery.deliver(payload(id), CREDENTIALS, 1_000));
    await settled();
    expect(transport.mostAtOnce).toBe(3);
    await clock.advance(1_000);
    expect(await Promise.all(waited)).toMatchObject([{ reason: 'timed_out' }, { reason: 'timed_out' }]);
    expectStats(delivery, { queued: 1, dropped: { timed_out: 2 } });
    enqueue(10, { apiKey: 'third', orgId: 8 });
    await settled();
    expect(transport.attempts.filter(({ apiKey }) => apiKey === 'third')).toHaveLength(2);
  });

  it('is not sent', async () => {
    let isDown = true;
    const { delivery, transport, clock, enqueue } = simulate(() => (isDown ? 503 : 200));
    enqueue(1, { apiKey: 'first', orgId: 6 });
    enqueue(1);
    await settled();
    const waited = delivery.deliver(payload('waited for'), CREDENTIALS, 100);
    await clock.advance(100);
    expect(await waited).toMatchObject({ reason: 'timed_out' });
    isDown = false;
    await clock.advance(10_000);
    expectStats(delivery, { queued: 0, delivered: 2, dropped: { timed_out: 1 } });
    expect(transport.stored.map(({ message_id }) => message_id)).not.toContain('waited for');
  });
});

describe('a refused key', () => {
  it('leaves its own to another key of the organisation, and nothing that goes with a third one', async () => {
    const { delivery, transport, clock, enqueue } = simulate(({ apiKey, atMs }) => {
      if (apiKey === 'refused') return 401;
      return apiKey === 'failing' && atMs < 2_000 ? 503 : 200;
    });
    enqueue(1, { apiKey: 'good', orgId: 7 }, 100);
    delivery.enqueue(payload('of failing'), { apiKey: 'failing', orgId: 7 });
    await clock.advance(0);
    enqueue(3, { apiKey: 'refused', orgId: 7 });
    await clock.advance(10_000);
    expectStats(delivery, { delivered: 5 });
    expect(
      transport.attempts.filter(({ body }) => body.message_id === 'of failing').map(({ apiKey }) => apiKey),
    ).toEqual(expect.not.arrayContaining(['good']));
  });
});

describe('the spool', () => {
  it.each([100, -5_000])('delivers what leaves %i bytes of memory', async (free) => {
    const maxQueueBytes = 10_000;
    const { delivery, transport } = start(undefined, { maxQueueBytes });
    const long = payload('long', 'x'.repeat(maxQueueBytes - free - wireBytes(payload('long', ''))));
    delivery.enqueue(long, CREDENTIALS);
    await settled();
    expectStats(delivery, { delivered: 1, queued: 0, spooled: 0 });
    expect(transport.stored).toMatchObject([long]);
  });

  it('has room for what comes while memory is full of what is under way: it is left to the next process', async () => {
    const first = start(() => NEVER, { maxQueueBytes: 3 * ITEM_BYTES });
    first.enqueue(3);
    await first.clock.advance(0);
    first.enqueue(5, CREDENTIALS, 3);
    await first.clock.advance(0);
    expectStats(first.delivery, { queued: 3, spooled: 5, dropped: {} });
    await Promise.all([first.delivery.shutdown(0), first.clock.advance(0)]);
    const second = start();
    second.delivery.start();
    await second.clock.advance(0);
    expectStats(second.delivery, { delivered: 8 });
  });

  it('keeps what ended processes left where there is no room to remember it', async () => {
    const { give, behaviour } = heldAnswers();
    const { delivery, clock, transport, enqueue } = start(behaviour, { maxQueueBytes: 3 * ITEM_BYTES });
    enqueue(3);
    await clock.advance(0);
    await leaveInSpool(4);
    await clock.advance(15_000);
    expectStats(delivery, { seen: 7, queued: 3, spooled: 4 });
    for (const answer of give) answer(200);
    await clock.advance(60_000);
    expectStats(delivery, { delivered: 3, queued: 0, spooled: 4 });
    expect(transport.attempts).toHaveLength(3);
  });

  it('is counted as such until its records are under way', async () => {
    await leaveInSpool(5);
    const { give, behaviour } = heldAnswers();
    const { delivery, clock } = start(behaviour, { concurrency: 2 });
    delivery.start();
    await clock.advance(0);
    expectStats(delivery, { seen: 5, queued: 2, spooled: 3, dropped: {} });
    give[0]?.(200);
    await clock.advance(0);
    expectStats(delivery, { queued: 2, spooled: 2, delivered: 1 });
  });

  it('is waited for by flush as far as it was adopted', async () => {
    await leaveInSpool(3);
    const { give, behaviour } = heldAnswers();
    const { delivery, clock, enqueue } = start(behaviour);
    delivery.start();
    await clock.advance(0);
    let isOver = false;
    const flushed = delivery.flush(60_000).finally(() => (isOver = true));
    await settled();
    enqueue(1); // has no answer, and is not waited for
    await settled();
    for (const index of [2, 1]) give[index]?.(200);
    await settled();
    expect(isOver).toBe(false);
    give[0]?.(200);
    await settled();
    expect(isOver).toBe(true);
    expect(await flushed).toMatchObject({ ok: true, delivered: 3, queued: 1 });
  });

  it('is not waited for where the key of its records is unknown', async () => {
    await leaveInSpool(2, { apiKey: 'key', orgId: 8 });
    const { delivery, clock } = start();
    delivery.start();
    await clock.advance(0);
    const flushed = delivery.flush(60_000);
    await settled();
    expect(await flushed).toMatchObject({ ok: true, spooled: 2 });
  });

  it('is not adopted from any more once shutdown has begun', async () => {
    const { delivery, clock, enqueue } = start(() => NEVER);
    enqueue(1);
    await clock.advance(0);
    const ended = delivery.shutdown(20_000);
    await leaveInSpool(2);
    await clock.advance(20_000);
    expect(await ended).toMatchObject({ seen: 1, spooled: 1 });
  });

  it('that has lost records counts them, says so, and holds up nobody', async () => {
    await leaveInSpool(6);
    using said = new DiagLines();
    const { give, behaviour } = heldAnswers();
    const { delivery, transport, clock, enqueue } = start(behaviour, { concurrency: 2 });
    delivery.start();
    await clock.advance(0);
    for (const name of readdirSync(directory)) truncateSync(join(directory, name), 60);
    for (const answer of give.splice(0)) answer(200);
    await clock.advance(0);
    expectStats(delivery, { queued: 0, spooled: 0, delivered: 2, dropped: { spool_error: 4 } });
    expect(said.lines.join()).toContain('can not be read (the file is shorter than it was)');
    transport.mostAtOnce = 0;
    enqueue(3);
    await clock.advance(0);
    expect(transport.mostAtOnce).toBe(2);
  });

  it('says nothing of damage where there is none', async () => {
    await leaveInSpool(2);
    using said = new DiagLines();
    const { delivery, clock } = start();
    delivery.start();
    await clock.advance(0);
    expectStats(delivery, { delivered: 2, dropped: {} });
    expect(said.lines).toEqual([]);
  });

  it('sends what was shortened shortened, also again and with memory short', async () => {
    let isDown = false;
    const long = payload('long', 'x'.repeat(5_000));
    const { delivery, transport, clock } = simulate(
      ({ body }) => (body.user_prompt.length > 100 ? 413 : isDown ? 503 : 200),
      { spoolDirectory: directory, apiKey: 'key', orgId: 7, maxQueueBytes: 1_000 },
      { shorten: (payload) => ({ ...payload, user_prompt: 'short', metaData: { is: 'y'.repeat(2_000) } }) },
    );
    isDown = true;
    delivery.enqueue(long, CREDENTIALS);
    await clock.advance(5_000);
    isDown = false;
    await clock.advance(10_000);
    expectStats(delivery, { delivered: 1, dropped: {} });
    expect(transport.attempts.filter(({ body }) => body.user_prompt !== 'short')).toHaveLength(1);
  });

  it('that is full: what is in memory only stays there, however short memory is', async () => {
    await leaveInSpool(1, CREDENTIALS, 'x'.repeat(5_000));
    using said = new DiagLines();
    let isDown = true;
    const { delivery, clock, enqueue } = start(() => (isDown ? 503 : 200), {
      maxQueueBytes: 2_000,
      maxSpoolBytes: 5_200,
    });
    delivery.start();
    await clock.advance(0);
    enqueue(1);
    await clock.advance(5_000);
    isDown = false;
    const flushed = delivery.flush(30_000);
    await clock.advance(10_000);
    expectStats(delivery, { delivered: 2, dropped: {} });
    expect(await flushed).toMatchObject({ ok: true });
    expect(clock.monotonicMs()).toBe(15_000);
    expect(said.lines.join()).not.toContain('internal error');
  });

  it('is enough for whoever waits: afterwards what it holds is like all else', async () => {
    using said = new DiagLines();
    const { delivery, clock } = start(() => 401);
    expect(await delivery.deliver(payload('7-0'), CREDENTIALS, 1_000)).toEqual({ type: 'spooled' });
    await clock.advance(0);
    expectStats(delivery, { queued: 1, dropped: {} });
    expect(said.lines.join()).toContain('the backend refuses the key');
  });

  it('that works again at the end takes what is in memory, and whoever waits is told', async () => {
    using _ = new DiagLines();
    writeFileSync(directory, 'in the way');
    const { delivery, clock } = start(() => NEVER);
    const waited = delivery.deliver(payload('7-0'), CREDENTIALS, 60_000);
    await clock.advance(1_000);
    rmSync(directory);
    await Promise.all([delivery.shutdown(0), clock.advance(0)]);
    expect(await waited).toEqual({ type: 'spooled' });
    expectStats(delivery, { spooled: 1, dropped: {} });
  });

  it('that works again: what it holds is safe, and flush says so', async () => {
    using said = new DiagLines();
    writeFileSync(directory, 'in the way');
    const { give, behaviour } = heldAnswers();
    const { delivery, clock, enqueue } = start(behaviour);
    const flushIsOk = async () => {
      const flushed = delivery.flush(100);
      await clock.advance(100);
      return (await flushed).ok;
    };
    enqueue(1);
    expect(await flushIsOk()).toBe(false);
    expect(said.lines.join()).toContain('interactions are kept in memory only until it can');
    rmSync(directory);
    await clock.advance(1_000);
    enqueue(2, CREDENTIALS, 1);
    expect(await flushIsOk()).toBe(false);
    give[0]?.(200);
    give[1]?.(200);
    await clock.advance(0);
    expectStats(delivery, { delivered: 2, queued: 1 });
    expect(await flushIsOk()).toBe(true);
    give[2]?.(200);
    await clock.advance(0);
    enqueue(1, CREDENTIALS, 3);
    expect(await flushIsOk()).toBe(true);
  });

  it('gives back records whose key is known, up to ten thousand organisations', async () => {
    const { delivery, transport, clock } = start(undefined, { apiKey: '', orgId: undefined, maxSpoolBytes: 1 });
    const keyOf = (organisation: number) => ({ apiKey: `key-${organisation}`, orgId: organisation });
    for (let n = 0; n <= 10_000; n++) {
      delivery.enqueue(payload(n), keyOf(n));
      if (n % 100 === 0) await clock.advance(60_000);
    }
    await clock.advance(60_000);
    expectStats(delivery, { delivered: 10_001, queued: 0 });
    await leaveInSpool(1, keyOf(0));
    await leaveInSpool(1, keyOf(1));
    await clock.advance(15_000);
    expect(transport.attempts.slice(10_001).map(({ apiKey }) => apiKey)).toEqual(['key-1']);
    expectStats(delivery, { delivered: 10_002, spooled: 1 });
  });
});
