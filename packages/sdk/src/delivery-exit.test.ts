/** The hand-over of what is left to the exit worker, in this process; its end is played in exit.test.ts. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Delivery, type DeliveryParts } from './delivery.ts';
import { resolveDeliveryOptions, type DeliveryOptions } from './options.ts';
import { ManualClock, settled } from './testing/clock.ts';
import { CREDENTIALS, expectStats, payload } from './testing/simulation.ts';
import { Sink } from './testing/sink.ts';

let sink: Sink;
let directory: string;
beforeAll(async () => {
  sink = await Sink.start();
});
afterAll(() => sink[Symbol.asyncDispose]());
beforeEach(async () => {
  await sink.clear();
  await sink.behave({ otherwise: 200 });
  directory = join(mkdtempSync(join(tmpdir(), 'huggingplace-exit-')), 'spool');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

/** With so many waiting that nobody has begun to send. */
function deliveryOf(count: number, options: DeliveryOptions = {}, parts: Partial<DeliveryParts> = {}): Delivery {
  const settings = resolveDeliveryOptions({ baseUrl: sink.url, apiKey: 'key', orgId: 7, ...options }, {});
  const delivery = new Delivery({ ...settings, ...parts });
  for (let n = 0; n < count; n++) delivery.enqueue(payload(n), CREDENTIALS);
  return delivery;
}

it('delivers, counts what is refused for good, and drops what has no answer', async () => {
  await sink.behave({ byId: { 1: 422, 2: 413, 3: 401 }, otherwise: 200 });
  const delivery = deliveryOf(4, { concurrency: 1 });
  delivery.deliverAtExit(5_000);
  expectStats(delivery, {
    queued: 0,
    delivered: 1,
    dropped: { rejected: 1, too_large: 1, shutdown: 1 },
  });
  const { attempts } = await sink.report();
  expect(attempts.map(({ id }) => id).sort()).toEqual(['0', '1', '2', '3']);
  expect(attempts[0]?.authorization).toBe('Bearer key');
});

it('keeps what is refused in the dead-letter folder, and on disk what has no answer', async () => {
  await sink.behave({ byId: { 0: 422, 1: 'hang' }, otherwise: 200 });
  const delivery = deliveryOf(3, { spoolDirectory: directory });
  delivery.deliverAtExit(500);
  expectStats(delivery, { queued: 0, delivered: 1, spooled: 1, deadLettered: 1, dropped: {} });
  const [released] = readdirSync(directory).filter((name) => name.startsWith('released-'));
  expect(readFileSync(join(directory, released!), 'utf8').match(/"message_id":"\d"/g)).toContain('"message_id":"1"');
});

it('sends again what is under way, for nobody is left to hear its answer', async () => {
  await sink.behave({ otherwise: 'hang' });
  const delivery = deliveryOf(1);
  while ((await sink.report()).attempts.length === 0) await settled();
  await sink.behave({ otherwise: 200 });
  delivery.deliverAtExit(5_000);
  expectStats(delivery, { queued: 0, delivered: 1 });
  expect((await sink.report()).rows).toEqual(['0']);
});

it.each<[string, number, () => DeliveryOptions, () => Partial<DeliveryParts>]>([
  ['its time is over', 0, () => ({}), () => ({})],
  ['the application has its own dispatcher', 5_000, () => ({ dispatcher: new Agent() }), () => ({})],
  [
    'it has its own transport',
    5_000,
    () => ({}),
    () => ({ transport: { store: () => new Promise(() => undefined), close: () => Promise.resolve() } }),
  ],
])('sends nothing where %s, and counts what is left', async (_name, timeoutMs, options, parts) => {
  const delivery = deliveryOf(3, options(), parts());
  delivery.deliverAtExit(timeoutMs);
  expectStats(delivery, { queued: 0, dropped: { shutdown: 3 } });
  expect((await sink.report()).attempts).toEqual([]);
});

it('asks nothing of a backend that told to wait, or refused the key', async () => {
  for (const behaviour of [{ status: 503, headers: { 'retry-after': '60' } }, 401]) {
    await sink.clear();
    await sink.behave({ otherwise: behaviour });
    const delivery = deliveryOf(1);
    await delivery.flush(5_000);
    expectStats(delivery, { queued: 1 });
    await sink.behave({ otherwise: 200 });
    delivery.deliverAtExit(5_000);
    expectStats(delivery, { queued: 0, delivered: 0, dropped: { shutdown: 1 } });
    expect((await sink.report()).attempts).toHaveLength(1);
  }
});

it('leaves to the next process what is on disk only, and what has no key here', async () => {
  const left = deliveryOf(2, { spoolDirectory: directory });
  left.enqueue(payload('of another'), { apiKey: 'key', orgId: 8 });
  left.deliverAtExit(0);
  await sink.behave({ otherwise: 'hang' });
  const clock = new ManualClock();
  const delivery = deliveryOf(0, { spoolDirectory: directory, concurrency: 1 }, { clock });
  delivery.start();
  await clock.advance(0);
  expectStats(delivery, { seen: 3, queued: 1, spooled: 2 });
  await sink.behave({ otherwise: 200 });
  delivery.deliverAtExit(5_000);
  expectStats(delivery, { queued: 0, delivered: 1, spooled: 2, dropped: {} });
});
