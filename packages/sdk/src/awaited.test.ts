import { describe, expect, it } from 'vitest';
import { Delivery, type DeliveryParts } from './delivery.ts';
import { resolveDeliveryOptions, type Credentials, type DeliveryOptions } from './options.ts';
import type { InteractionPayload } from './payload.ts';
import { ManualClock } from './testing/clock.ts';
import { StandInTransport, type Behaviour } from './testing/transport.ts';

const CREDENTIALS: Credentials = { apiKey: 'key', orgId: 7 };
const TIMEOUT_MS = 30_000;
const payload = (id = 'm1'): InteractionPayload => ({
  user_prompt: 'Why?',
  ai_response: 'Because.',
  mode: 'prod',
  message_id: id,
});

function simulate(behaviour?: Behaviour, options: DeliveryOptions = {}, parts: Partial<DeliveryParts> = {}) {
  const clock = new ManualClock();
  const transport = new StandInTransport(clock, behaviour);
  const settings = resolveDeliveryOptions(options, {});
  const delivery = new Delivery({ ...settings, transport, clock, random: () => 0.5, ...parts });
  return { clock, transport, delivery };
}

describe('whoever waits for an interaction', () => {
  it('is told when it is stored, however many attempts that took', async () => {
    const answers = [503, 429, 200];
    const { clock, delivery } = simulate(() => answers.shift() ?? 200);
    const settlement = delivery.deliver(payload(), CREDENTIALS, TIMEOUT_MS);
    await clock.advance(10_000);
    expect(await settlement).toEqual({ type: 'stored' });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [422, 'rejected', 'VALIDATION_ERROR'],
    [403, 'unauthorised', 'AUTH_ERROR'],
    [404, 'rejected', 'UNKNOWN_ERROR'],
    [413, 'too_large', 'VALIDATION_ERROR'],
  ])('is told at once that nobody will take it (%i)', async (status, reason, code) => {
    const { transport, delivery } = simulate(() => status);
    const settlement = await delivery.deliver(payload(), CREDENTIALS, TIMEOUT_MS);
    expect(settlement).toMatchObject({ type: 'dropped', reason, error: { code, status } });
    expect(delivery.stats()).toMatchObject({ queued: 0, dropped: { [reason]: 1 } });
    expect(transport.attempts).toHaveLength(1);
  });

  it('asks again with a key that was refused before: nobody else was told', async () => {
    const answers = [401, 200];
    const { delivery } = simulate(() => answers.shift() ?? 200);
    await delivery.deliver(payload('m1'), CREDENTIALS, TIMEOUT_MS);
    expect(await delivery.deliver(payload('m2'), CREDENTIALS, TIMEOUT_MS)).toEqual({ type: 'stored' });
  });

  it('is told after the time given, why it failed; and nothing of it is sent after that', async () => {
    const { clock, transport, delivery } = simulate(() => 503);
    const settlements = Promise.all(['m1', 'm2'].map((id) => delivery.deliver(payload(id), CREDENTIALS, TIMEOUT_MS)));
    await clock.advance(TIMEOUT_MS);
    const dropped = {
      type: 'dropped',
      reason: 'timed_out',
      error: expect.objectContaining({ status: 503 }) as unknown,
    };
    expect(await settlements).toEqual([dropped, dropped]);
    expect(delivery.stats()).toMatchObject({ queued: 0, dropped: { timed_out: 2 } });
    transport.behaviour = () => 200;
    await clock.advance(60_000);
    expect(transport.stored).toEqual([]);
  });

  it('ends the attempt that is under way when the time is over, and hears no late answer', async () => {
    let answer: (status: number) => void = () => undefined;
    const { clock, delivery } = simulate(() => new Promise<number>((resolve) => (answer = resolve)));
    const settlement = delivery.deliver(payload(), CREDENTIALS, TIMEOUT_MS);
    await clock.advance(TIMEOUT_MS);
    expect(await settlement).toMatchObject({ type: 'dropped', reason: 'timed_out' });
    answer(200);
    await clock.advance(1);
    expect(delivery.stats()).toMatchObject({ seen: 1, queued: 0, delivered: 0, dropped: { timed_out: 1 } });
    // The connection that it took is free again.
    const next = delivery.deliver(payload('m2'), CREDENTIALS, TIMEOUT_MS);
    await clock.advance(1);
    answer(200);
    expect(await next).toEqual({ type: 'stored' });
  });

  it('is told when it is given up for room, at the end, and after the end', async () => {
    const { clock, delivery } = simulate(() => new Promise<number>(() => undefined), {
      maxQueueBytes: 1_400,
      concurrency: 1,
    });
    const first = delivery.deliver(payload('under way'), CREDENTIALS, TIMEOUT_MS);
    await clock.advance(0);
    const second = delivery.deliver(payload('m2'), CREDENTIALS, TIMEOUT_MS);
    void delivery.deliver(payload('m3'), CREDENTIALS, TIMEOUT_MS);
    expect(await second).toMatchObject({ type: 'dropped', reason: 'queue_full' });
    const shutdown = delivery.shutdown(0);
    await clock.advance(1);
    expect(await first).toMatchObject({ type: 'dropped', reason: 'shutdown' });
    expect(await delivery.deliver(payload('m4'), CREDENTIALS, TIMEOUT_MS)).toMatchObject({ reason: 'shutdown' });
    await shutdown;
  });
});
