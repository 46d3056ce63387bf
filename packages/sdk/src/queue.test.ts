import { describe, expect, it } from 'vitest';
import { NetworkError, ServerError } from './errors.ts';
import { Item } from './item.ts';
import type { Outcome } from './outcome.ts';
import { Queue } from './queue.ts';

const STORED: Outcome = { type: 'stored' };
const REJECTED: Outcome = { type: 'rejected', error: new ServerError('no') };
const UNAUTHORISED: Outcome = { type: 'unauthorised', error: new ServerError('no') };
const DOWN: Outcome = { type: 'failed', error: new NetworkError('down'), fault: 'backend' };
const BROKE: Outcome = { type: 'failed', error: new ServerError('HTTP 500'), fault: 'unclear' };
const wait = (waitMs: number): Outcome => ({ ...DOWN, waitMs });

/** Jitter at its longest, so that waits are known: 500, 1000, 2000, 4000, 5000 … */
const newQueue = () => new Queue(() => 1);
let sequence = 0;
const newItem = (queuedAtMs = 0) => new Item({ sequence: ++sequence, body: Buffer.from('{}'), queuedAtMs });

function queueOf(count: number): { queue: Queue; items: Item[] } {
  const queue = newQueue();
  const items = Array.from({ length: count }, () => newItem());
  for (const item of items) queue.push(item);
  return { queue, items };
}

/** Takes what may be taken. */
function takeUpTo(queue: Queue, count: number, nowMs: number): Item[] {
  const taken: Item[] = [];
  for (let item = queue.take(nowMs); item !== undefined; item = taken.length < count ? queue.take(nowMs) : undefined)
    taken.push(item);
  return taken;
}

describe('a queue', () => {
  it('gives items in order, all at once while all is well', () => {
    const { queue, items } = queueOf(5);
    expect(takeUpTo(queue, 10, 0)).toEqual(items);
    expect([queue.waiting, queue.inFlight]).toEqual([0, 5]);
    for (const item of items) expect(queue.settle(item, STORED, 0)).toEqual({ type: 'delivered' });
    expect([queue.waiting, queue.inFlight]).toEqual([0, 0]);
    expect(queue.isIdle(0)).toBe(true);
  });

  it('forgets what the backend refuses, and goes on', () => {
    const { queue, items } = queueOf(2);
    expect(queue.settle(queue.take(0)!, REJECTED, 0)).toEqual({ type: 'refused', reason: 'rejected' });
    expect(queue.take(0)).toBe(items[1]);
  });

  it('says nothing is to be done until something happens when it is empty', () => {
    expect(newQueue().nextAttemptMs()).toBeUndefined();
    expect(newQueue().take(0)).toBeUndefined();
  });
});

describe('an idle queue', () => {
  it('has nothing waiting, nothing under way and no wait to keep to', () => {
    const { queue } = queueOf(2);
    const first = queue.take(0)!;
    expect(queue.isIdle(0)).toBe(false);
    queue.settle(queue.take(0)!, STORED, 0);
    expect(queue.isIdle(0)).toBe(false);
    queue.settle(first, wait(2_000), 0);
    expect(queue.takeOldest()).toBe(first);
    // Whoever comes next must not ask before the wait is over: the queue has to remember that.
    expect([queue.isIdle(1_999), queue.isIdle(2_000)]).toEqual([false, true]);
  });
});

describe('an outage', () => {
  it('has one probe also while what was sent before it comes back', () => {
    const { queue } = queueOf(10);
    const [first, second, third] = takeUpTo(queue, 3, 0) as [Item, Item, Item];
    queue.settle(first, DOWN, 0);
    expect(queue.take(500)).toBeDefined();
    queue.forget(second);
    expect(queue.take(10_000)).toBeUndefined();
    queue.settle(third, DOWN, 600);
    expect(queue.take(10_000)).toBeUndefined();
  });

  it('goes on when its probe could not be sent: the next one asks', () => {
    const { queue } = queueOf(3);
    queue.settle(queue.take(0)!, DOWN, 0);
    queue.forget(queue.take(500)!);
    expect(takeUpTo(queue, 10, 500)).toHaveLength(1);
  });

  it('is asked about by one probe at a time, each after a longer wait, up to five seconds', () => {
    const { queue } = queueOf(100);
    queue.settle(queue.take(0)!, DOWN, 0);
    const waits: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 8; i++) {
      const nextMs = queue.nextAttemptMs()!;
      waits.push(nextMs - nowMs);
      nowMs = nextMs;
      expect(queue.take(nowMs - 1)).toBeUndefined();
      const probe = queue.take(nowMs)!;
      expect(queue.take(nowMs)).toBeUndefined();
      expect(queue.nextAttemptMs()).toBeUndefined();
      queue.settle(probe, DOWN, nowMs);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 5000, 5000, 5000, 5000]);
    expect(queue.waiting).toBe(100);
  });

  it('counts once, however many were under way when it began', () => {
    const { queue } = queueOf(32);
    for (const item of takeUpTo(queue, 32, 0)) queue.settle(item, DOWN, 10_000);
    expect(queue.nextAttemptMs()).toBe(10_500);
  });

  it('ends with the first answer, whatever it is, and all go at once again', () => {
    for (const answer of [STORED, REJECTED, { ...REJECTED, type: 'too_large' } as Outcome]) {
      const { queue } = queueOf(10);
      queue.settle(queue.take(0)!, DOWN, 0);
      queue.settle(queue.take(1000)!, answer, 1000);
      expect(takeUpTo(queue, 100, 1000)).toHaveLength(9);
    }
  });

  it('is not prolonged by what was sent before it began', () => {
    const { queue } = queueOf(10);
    const [first, second] = takeUpTo(queue, 2, 0) as [Item, Item];
    queue.settle(first, DOWN, 0);
    queue.settle(second, DOWN, 400);
    expect(queue.nextAttemptMs()).toBe(500);
  });

  it('loses no item, however many tries it takes', () => {
    const { queue, items } = queueOf(3);
    let nowMs = 0;
    for (let i = 0; i < 1000; i++) {
      nowMs = queue.nextAttemptMs()!;
      expect(queue.settle(queue.take(nowMs)!, i % 2 ? DOWN : BROKE, nowMs)).toEqual({ type: 'kept' });
    }
    queue.settle(queue.take(nowMs + 5000)!, STORED, nowMs + 5000);
    expect(takeUpTo(queue, 10, nowMs + 10_000)).toHaveLength(items.length - 1);
  });
});

describe('Retry-After', () => {
  it('holds the queue, as a refused key does; a wait of our own does not', () => {
    const { queue } = queueOf(3);
    queue.settle(queue.take(0)!, DOWN, 0);
    expect(queue.isHeld(0)).toBe(false);
    queue.settle(queue.take(500)!, wait(2_000), 500);
    expect([queue.isHeld(2_499), queue.isHeld(2_500)]).toEqual([true, false]);
    queue.settle(queue.take(2_500)!, UNAUTHORISED, 2_500);
    expect([queue.isHeld(302_499), queue.isHeld(302_500)]).toEqual([true, false]);
  });

  it('is kept to by all, also when another request gets through meanwhile', () => {
    const { queue } = queueOf(10);
    const [first, second] = takeUpTo(queue, 2, 0) as [Item, Item];
    queue.settle(first, wait(60_000), 0);
    queue.settle(second, STORED, 100);
    expect(queue.take(59_999)).toBeUndefined();
    expect(queue.nextAttemptMs()).toBe(60_000);
    expect(queue.take(60_000)).toBeDefined();
  });

  it('ends with a single probe', () => {
    const { queue } = queueOf(10);
    queue.settle(queue.take(0)!, wait(60_000), 0);
    expect(takeUpTo(queue, 10, 60_000)).toHaveLength(1);
  });

  it('is not shortened by a later, shorter one', () => {
    const { queue } = queueOf(10);
    const [first, second] = takeUpTo(queue, 2, 0) as [Item, Item];
    queue.settle(first, wait(60_000), 0);
    queue.settle(second, wait(1_000), 0);
    expect(queue.nextAttemptMs()).toBe(60_000);
  });
});

describe('a poison item', () => {
  it('has ten tries while others pass, and is then given up', () => {
    const { queue } = queueOf(1);
    const poison = queue.take(0)!;
    let tries = 0;
    let nowMs = 0;
    for (let item: Item | undefined = poison; item === poison; item = queue.take(nowMs)) {
      queue.push(newItem());
      const other = queue.take(nowMs);
      if (other !== undefined) queue.settle(other, STORED, nowMs);
      tries += 1;
      const fate = queue.settle(poison, BROKE, nowMs);
      if (tries < 10) expect(fate).toEqual({ type: 'kept' });
      else expect(fate).toEqual({ type: 'refused', reason: 'attempts_exhausted' });
      nowMs += 5_000;
    }
    expect(tries).toBe(10);
  });

  it('is none where the backend was down at each of its tries, whoever got through between', () => {
    const { queue, items } = queueOf(1);
    const passOne = (nowMs: number) => {
      queue.push(newItem());
      expect(queue.settle(queue.take(nowMs)!, STORED, nowMs)).toEqual({ type: 'delivered' });
    };
    for (let nowMs = 0; nowMs < 200_000; nowMs += 10_000) {
      const item = queue.take(nowMs)!;
      expect(item).toBe(items[0]);
      passOne(nowMs);
      expect(queue.settle(item, DOWN, nowMs)).toEqual({ type: 'kept' });
      passOne(nowMs + 5_000);
    }
  });

  it('is none for what passed before it was first sent', () => {
    const { queue, items } = queueOf(6);
    for (let i = 0; i < 5; i++) queue.settle(queue.take(0)!, STORED, 0);
    for (let nowMs = 0; nowMs < 200_000; nowMs += 10_000) {
      expect(queue.take(nowMs)).toBe(items[5]);
      expect(queue.settle(items[5]!, BROKE, nowMs)).toEqual({ type: 'kept' });
    }
  });

  it('never keeps the others waiting, wherever it stands', () => {
    const { queue, items } = queueOf(100);
    const poison = items[0]!;
    let longestWaitMs = 0;
    let nowMs = 0;
    let delivered = 0;
    while (delivered < 99) {
      const item = queue.take(nowMs);
      if (item === undefined) {
        const nextMs = queue.nextAttemptMs()!;
        longestWaitMs = Math.max(longestWaitMs, nextMs - nowMs);
        nowMs = nextMs;
        continue;
      }
      const { type } = queue.settle(item, item === poison ? BROKE : STORED, nowMs);
      if (type === 'delivered') delivered += 1;
    }
    expect(longestWaitMs).toBeLessThanOrEqual(500);
  });

  it('that is alone waits like in an outage, and what comes in meanwhile goes at once', () => {
    const { queue, items } = queueOf(1);
    let nowMs = 0;
    for (let i = 0; i < 20; i++) {
      expect(queue.settle(queue.take(nowMs)!, BROKE, nowMs)).toEqual({ type: 'kept' });
      nowMs = queue.nextAttemptMs()!;
    }
    queue.settle(queue.take(nowMs)!, BROKE, nowMs);
    const fresh = newItem();
    queue.push(fresh);
    expect(queue.nextAttemptMs()! - nowMs).toBeLessThanOrEqual(500);
    expect(queue.take(nowMs + 500)).toBe(fresh);
    expect(queue.waiting).toBe(items.length);
  });

  it('is no poison while nothing passes: a backend that answers 500 to all is down', () => {
    const { queue, items } = queueOf(50);
    let nowMs = 0;
    for (let i = 0; i < 5_000; i++) {
      nowMs = Math.max(nowMs, queue.nextAttemptMs()!);
      expect(queue.settle(queue.take(nowMs)!, BROKE, nowMs)).toEqual({ type: 'kept' });
    }
    expect(queue.waiting).toBe(items.length);
    // One probe each five seconds, give or take those at the beginning.
    expect(nowMs).toBeGreaterThan(4_900 * 5_000);
  });
});

describe('a refused key', () => {
  it('pauses the queue, keeps everything, and is asked about again after five minutes by a single probe', () => {
    const { queue } = queueOf(10);
    for (const item of takeUpTo(queue, 3, 0)) expect(queue.settle(item, UNAUTHORISED, 0)).toEqual({ type: 'kept' });
    expect(queue.isUnauthorised).toBe(true);
    expect(queue.waiting).toBe(10);
    expect(queue.nextAttemptMs()).toBe(300_000);
    expect(takeUpTo(queue, 10, 299_999)).toEqual([]);
    const [probe, ...others] = takeUpTo(queue, 10, 300_000);
    expect(others).toEqual([]);
    queue.settle(probe!, UNAUTHORISED, 300_000);
    expect(queue.nextAttemptMs()).toBe(600_000);
    queue.settle(queue.take(600_000)!, STORED, 600_000);
    expect(queue.isUnauthorised).toBe(false);
    expect(takeUpTo(queue, 10, 600_000)).toHaveLength(9);
  });
});

describe('taking items out', () => {
  it('takes the oldest first: those that failed, then the fresh', () => {
    const { queue, items } = queueOf(3);
    queue.settle(queue.take(0)!, DOWN, 0);
    expect([queue.takeOldest(), queue.takeOldest(), queue.takeOldest(), queue.takeOldest()]).toEqual([
      ...items,
      undefined,
    ]);
  });

  it('takes what is older than a moment, and leaves what is under way', () => {
    const queue = newQueue();
    const items = [100, 200, 300, 400].map(newItem);
    for (const item of items) queue.push(item);
    queue.settle(queue.take(0)!, DOWN, 0);
    queue.take(1_000);
    expect(queue.takeQueuedBefore(400)).toEqual([items[0], items[2]]);
    expect([queue.waiting, queue.inFlight]).toEqual([1, 1]);
  });

  it('takes of those that failed only the old ones', () => {
    const queue = newQueue();
    const items = [100, 200, 300].map(newItem);
    for (const item of items) queue.push(item);
    for (const item of takeUpTo(queue, 3, 0)) queue.settle(item, DOWN, 0);
    expect(queue.takeQueuedBefore(200)).toEqual([items[0]]);
    expect([queue.takeOldest(), queue.takeOldest(), queue.takeOldest()]).toEqual([items[1], items[2], undefined]);
  });

  it('takes a single one, wherever it is', () => {
    const { queue, items } = queueOf(5);
    const [failed, alsoFailed, underWay] = takeUpTo(queue, 3, 0) as [Item, Item, Item];
    queue.settle(failed, DOWN, 0);
    queue.settle(alsoFailed, DOWN, 0);
    for (const item of [alsoFailed, underWay, items[4]!]) expect(queue.remove(item)).toBe(true);
    for (const item of [alsoFailed, underWay, items[4]!, newItem()]) expect(queue.remove(item)).toBe(false);
    expect(queue.remove(failed)).toBe(true);
    expect(queue.takeAll({ inFlight: true })).toEqual([items[3]]);
  });

  it('takes all, with what is under way if asked', () => {
    const { queue, items } = queueOf(3);
    queue.take(0);
    expect(queue.takeAll()).toEqual(items.slice(1));
    expect(queue.takeAll({ inFlight: true })).toEqual(items.slice(0, 1));
    expect([queue.waiting, queue.inFlight]).toEqual([0, 0]);
  });
});
