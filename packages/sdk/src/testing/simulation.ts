/** A delivery whose backend and hours are the test's, and the account that must hold whatever happens. */
import { expect } from 'vitest';
import { Delivery, type DeliveryParts } from '../delivery.ts';
import { resolveDeliveryOptions, type Credentials, type DeliveryOptions } from '../options.ts';
import type { InteractionPayload } from '../payload.ts';
import { ManualClock } from './clock.ts';
import { StandInTransport, type Behaviour } from './transport.ts';

export const CREDENTIALS: Credentials = { apiKey: 'key', orgId: 7 };

export const payload = (id: string | number, prompt = 'Why?'): InteractionPayload => ({
  user_prompt: prompt,
  ai_response: 'Because.',
  mode: 'prod',
  message_id: String(id),
});

/** As it goes over the wire, in bytes. */
export const wireBytes = (of: InteractionPayload, orgId: string | number = 7) =>
  JSON.stringify({ ...of, org_id: orgId }).length;

export function simulate(behaviour?: Behaviour, options: DeliveryOptions = {}, parts: Partial<DeliveryParts> = {}) {
  const clock = new ManualClock();
  const transport = new StandInTransport(clock, behaviour);
  const settings = resolveDeliveryOptions(options, {});
  const delivery = new Delivery({ ...settings, transport, clock, random: () => 0.5, ...parts });
  /** Their ids: organisation and number. */
  const enqueue = (count: number, credentials = CREDENTIALS, from = 0) => {
    for (let i = from; i < from + count; i++) delivery.enqueue(payload(`${credentials.orgId}-${i}`), credentials);
  };
  return { clock, transport, delivery, enqueue };
}

/** Answers that the test gives when it likes, in the order of the requests. */
export function heldAnswers() {
  const give: ((answer: number) => void)[] = [];
  return { give, behaviour: () => new Promise<number>((resolve) => give.push(resolve)) };
}

/** The account holds, and says this; `dropped` is said in full. */
export function expectStats(delivery: Delivery, expected: Partial<ReturnType<Delivery['stats']>>): void {
  const stats = delivery.stats();
  expect(stats).toMatchObject(expected);
  if (expected.dropped !== undefined) expect(stats.dropped).toEqual(expected.dropped);
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  expect(stats.queued + stats.delivered + stats.spooled + stats.deadLettered + dropped).toBe(stats.seen);
}
