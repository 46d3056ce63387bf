import { diag } from '@opentelemetry/api';
import { inspect } from 'node:util';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { Delivery } from './delivery.ts';
import { resolveDeliveryOptions } from './options.ts';
import { outcomeOfAnswer } from './outcome.ts';
import type { InteractionPayload } from './payload.ts';
import { answerWith, Backend, stores } from './testing/backend.ts';
import { settled } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';
import { CREDENTIALS, expectStats, heldAnswers, payload, simulate } from './testing/simulation.ts';

const HOUR_MS = 3_600_000;

describe('delivery', () => {
  it('posts what it is given, with the organisation, over a real connection', async () => {
    await using backend = await Backend.start();
    const delivery = new Delivery(resolveDeliveryOptions({ baseUrl: backend.url }, {}));
    delivery.enqueue(payload('m1'), CREDENTIALS);
    expectStats(delivery, { seen: 1, queued: 1 });
    expect(await delivery.flush(5_000)).toMatchObject({ ok: true, delivered: 1, queued: 0 });
    expect(backend.bodies).toEqual([{ ...payload('m1'), org_id: 7 }]);
    await delivery.shutdown(1_000);
  });

  it('takes the payload as it is at that moment, and never changes it', async () => {
    const { delivery, transport } = simulate();
    const given = payload('m1');
    const before = structuredClone(given);
    delivery.enqueue(Object.freeze(given), CREDENTIALS);
    expect(given).toEqual(before);
    const changing = payload('m2');
    delivery.enqueue(changing, CREDENTIALS);
    changing.ai_response = 'changed';
    await settled();
    expect(transport.stored.map(({ ai_response }) => ai_response)).toEqual(['Because.', 'Because.']);
  });

  it('opens connections as the queue asks for them, up to the limit', async () => {
    let release = () => {};
    const hanging = new Promise<number>((resolve) => (release = () => resolve(200)));
    const { delivery, transport, enqueue } = simulate(() => hanging, { concurrency: 4 });
    enqueue(1);
    await settled();
    expect(transport.mostAtOnce).toBe(1);
    enqueue(10);
    await settled();
    expect(transport.mostAtOnce).toBe(4);
    release();
    await settled();
    expect(transport.mostAtOnce).toBe(4);
    expectStats(delivery, { delivered: 11 });
  });

  it('counts what can not be written as JSON, and throws nothing', () => {
    const { delivery } = simulate();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const hostile = [
      cyclic,
      { big: 1n },
      {
        toJSON: () => {
          throw new Error('toJSON');
        },
      },
      {
        get thrower() {
          throw new Error('getter');
        },
      },
    ];
    for (const value of hostile) delivery.enqueue({ ...payload('m'), metaData: value as never }, CREDENTIALS);
    expectStats(delivery, { seen: 4, dropped: { invalid: 4 } });
  });

  it('counts what its caller drops in the same account', () => {
    const { delivery } = simulate();
    delivery.drop('filtered');
    delivery.drop('unsampled', 3);
    expectStats(delivery, { seen: 4, dropped: { filtered: 1, unsampled: 3 } });
  });

  it('that is switched off sends nothing', async () => {
    const { delivery, transport, enqueue } = simulate(undefined, { enabled: false });
    enqueue(2);
    await settled();
    expect(transport.attempts).toEqual([]);
    expectStats(delivery, { dropped: { disabled: 2 } });
  });

  it('keeps what a transport that breaks its word did not send', async () => {
    using said = new DiagLines();
    const { delivery, transport, clock, enqueue } = simulate();
    const works = transport.store.bind(transport);
    transport.store = () => Promise.reject(new Error('broken'));
    enqueue(3);
    await clock.advance(1_000);
    expectStats(delivery, { queued: 3 });
    expect(said.lines[0]).toContain('the transport');
    transport.store = works;
    await clock.advance(10_000);
    expectStats(delivery, { delivered: 3 });
  });

  it('throws nothing when the application’s logger does', async () => {
    const fails = () => {
      throw new Error('logger');
    };
    diag.setLogger({ error: fails, warn: fails, info: fails, debug: fails, verbose: fails });
    const { delivery, clock, enqueue } = simulate(({ body }) => (body.message_id === '7-0' ? 422 : 'none'), {
      maxQueueBytes: 2_000,
    });
    enqueue(10);
    await clock.advance(120_000);
    diag.disable();
    expectStats(delivery, { seen: 10 });
    expect(delivery.stats().dropped.queue_full).toBeGreaterThan(0);
  });

  it('shows neither key nor content: not in what it says, not when it is printed', async () => {
    using said = new DiagLines();
    const key = 'canary-7b1d';
    for (const status of [400, 401, 413, 429, 500, 'none'] as const) {
      await using backend = await Backend.start((response, request) => {
        if (status === 'none') response.destroy();
        else answerWith(response, status, { message: `${request.headers.authorization} ${request.body}` });
      });
      const settings = resolveDeliveryOptions({ baseUrl: backend.url, apiKey: key, orgId: 7 }, {});
      const delivery = new Delivery(settings);
      delivery.enqueue(payload('m'), settings.credentials!);
      await delivery.flush(200);
      const shown = [inspect(delivery, { depth: Infinity, showHidden: true }), JSON.stringify(delivery.stats())];
      expect(shown.join()).not.toContain(key);
      await delivery.shutdown(0);
    }
    expect(said.lines.length).toBeGreaterThan(5);
    expect(said.lines.join()).not.toContain(key);
    expect(said.lines.join()).not.toMatch(/Why|Because/);
    expect(said.lines.join()).toContain('HTTP 429, which repeats what was sent');
  });

  it('says each attempt, in numbers, where debug asks for it', async () => {
    using diag = new DiagLines();
    const answers = [503, 200];
    const quiet = simulate(() => answers.shift() ?? 200);
    quiet.enqueue(1);
    await quiet.clock.advance(10_000);
    expect(diag.lines.filter((line) => line.includes('attempt:'))).toEqual([]);

    const talkative = simulate(({ body }) => (body.message_id === '7-0' ? 422 : 200), { debug: true });
    talkative.delivery.drop('filtered');
    talkative.enqueue(2);
    await settled();
    expect(diag.lines.filter((line) => line.includes('attempt:'))).toEqual([
      'info huggingplace: attempt: rejected (VALIDATION_ERROR) in 0 ms; queued: 1, delivered: 0, spooled: 0, filtered: 1, rejected: 1',
      'info huggingplace: attempt: stored in 0 ms; queued: 0, delivered: 1, spooled: 0, filtered: 1, rejected: 1',
    ]);
  });

  it('says how long each attempt took', async () => {
    using diag = new DiagLines();
    const tookMs: number[] = [];
    const observer = { attempted: (_: unknown, durationMs: number) => void tookMs.push(durationMs), dropped: () => {} };
    const { give, behaviour } = heldAnswers();
    const { clock, enqueue } = simulate(behaviour, { debug: true }, { observer });
    await clock.advance(1_000);
    enqueue(1);
    await clock.advance(250);
    give[0]?.(200);
    await settled();
    expect(tookMs).toEqual([250]);
    expect(diag.lines.join()).toContain('stored in 250 ms');
  });

  it('measures an operation once, from its first attempt to its last', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const answers = [503, 503, 200];
    const { clock, transport, enqueue } = simulate(() => answers.shift() ?? 200, {}, { meterProvider });
    await clock.advance(60_000);
    enqueue(1);
    await clock.advance(10_000);
    await reader.forceFlush();
    await meterProvider.shutdown();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    const operations = metrics.find(({ descriptor }) => descriptor.name.endsWith('operation.duration'));
    const [first, , last] = transport.attempts.map(({ atMs }) => atMs / 1_000);
    expect(operations?.dataPoints.map(({ value }) => value)).toMatchObject([{ count: 1, sum: last! - first! }]);
  });

  it('goes on without the application’s meter where that fails, and says so', async () => {
    using said = new DiagLines();
    const getMeter = () => {
      throw new Error('no meter');
    };
    const { delivery, enqueue } = simulate(undefined, {}, { meterProvider: { getMeter } });
    enqueue(2);
    await settled();
    expectStats(delivery, { delivered: 2 });
    expect(said.lines).toEqual(['warn huggingplace: the meter fails (Error: no meter)']);
  });

  it('says an error of its own, or of its observer, and goes on', async () => {
    using said = new DiagLines();
    const observer = {
      attempted: () => {},
      dropped: () => {
        throw new Error('observer');
      },
    };
    const { delivery, enqueue } = simulate(({ body }) => (body.message_id === '7-0' ? 422 : 200), {}, { observer });
    enqueue(2);
    await settled();
    expect(delivery.stats()).toMatchObject({ delivered: 1, dropped: { rejected: 1 } });
    expect(said.lines).toContain('error huggingplace: internal error (Error: observer)');
  });

  it('holds no timer while nothing waits', async () => {
    const { clock, enqueue } = simulate();
    expect(clock.pendingTimers).toBe(0);
    enqueue(3);
    await clock.advance(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('an outage', () => {
  it('of an hour loses nothing, asks seldom, and is over within seconds', async () => {
    let isDown = true;
    const { delivery, transport, clock, enqueue } = simulate(() => (isDown ? 503 : 200));
    for (let second = 0; second < 3_600; second += 10) {
      enqueue(10);
      await clock.advance(10_000);
    }
    expectStats(delivery, { queued: 3_600 });
    expect(transport.attempts.length).toBeLessThanOrEqual(HOUR_MS / 2_500 + 20);
    isDown = false;
    await clock.advance(6_000);
    expectStats(delivery, { queued: 0, delivered: 3_600 });
  });

  it('is survived over a real connection: backend down, then back on the same port', async () => {
    const first = await Backend.start();
    const { url, port } = first;
    const delivery = new Delivery(resolveDeliveryOptions({ baseUrl: url }, {}));
    delivery.enqueue(payload('before'), CREDENTIALS);
    await delivery.flush(5_000);
    await first.stop();
    for (let i = 0; i < 20; i++) delivery.enqueue(payload(i), CREDENTIALS);
    expect(await delivery.flush(300)).toMatchObject({ ok: false, queued: 20 });
    await using second = await Backend.start(stores, { port });
    expect(await delivery.flush(10_000)).toMatchObject({ ok: true, delivered: 21 });
    expect(new Set(second.bodies.map(({ message_id }) => message_id)).size).toBe(20);
    await delivery.shutdown(1_000);
  });

  it('does not hold up another organisation', async () => {
    const other = { apiKey: 'other', orgId: 8 };
    const { delivery, transport, clock, enqueue } = simulate(({ apiKey }) => (apiKey === 'key' ? 429 : 200));
    enqueue(100);
    await clock.advance(1_000);
    enqueue(100, other);
    await clock.advance(0);
    expect(transport.stored.filter(({ org_id }) => org_id === 8)).toHaveLength(100);
    expectStats(delivery, { delivered: 100, queued: 100 });
  });

  it('of one organisation that fills every connection leaves the others one', async () => {
    const never = new Promise<number>(() => undefined);
    const { transport, clock, enqueue } = simulate(({ apiKey }) => (apiKey === 'key' ? never : 200), {
      concurrency: 4,
    });
    enqueue(100);
    await clock.advance(0);
    enqueue(50, { apiKey: 'other', orgId: 8 });
    await clock.advance(0);
    expect(transport.stored).toHaveLength(50);
  });

  it('is said once a minute, without content or key', async () => {
    using said = new DiagLines();
    const { clock, enqueue } = simulate(() => 'none');
    enqueue(100);
    await clock.advance(59_000);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toMatch(
      /^warn huggingplace: no answer from https:\/\/backend\.example .* kept and tried again/,
    );
    await clock.advance(61_000);
    expect(said.lines).toHaveLength(2);
    expect(said.lines.join()).not.toMatch(/Why|Because/);
  });
});

describe('bounds', () => {
  it('in bytes: the oldest of whoever holds most goes first, and is counted', async () => {
    const { delivery, transport, clock, enqueue } = simulate(() => 'none', { maxQueueBytes: 100_000 });
    enqueue(10, { apiKey: 'small', orgId: 8 });
    enqueue(1_000);
    await clock.advance(1_000);
    const { queued, dropped } = delivery.stats();
    expect(queued * 450).toBeLessThanOrEqual(100_000);
    expect(dropped).toEqual({ queue_full: 1_010 - queued });
    expectStats(delivery, {});
    transport.behaviour = () => 200;
    await clock.advance(10_000);
    const ids = transport.stored.map(({ message_id }) => message_id);
    expect(ids).toContain('7-999');
    expect(ids).not.toContain('7-10');
    expect(ids.filter((id) => id?.startsWith('8-'))).toHaveLength(10);
  });

  it('in bytes: a burst of 8,000 interactions of 8 kB fits into the default', async () => {
    const { delivery, clock } = simulate(() => 'none');
    const prompt = 'x'.repeat(8_000 - JSON.stringify({ ...payload('7-0000', ''), org_id: 7 }).length);
    for (let i = 0; i < 8_000; i++) delivery.enqueue(payload(`7-${String(i).padStart(4, '0')}`, prompt), CREDENTIALS);
    await clock.advance(0);
    expectStats(delivery, { queued: 8_000, dropped: {} });
  });

  it('in bytes: one that is larger than all memory is refused at once, and costs no other', async () => {
    const { delivery, clock, enqueue } = simulate(() => 'none', { maxQueueBytes: 10_000 });
    enqueue(3);
    delivery.enqueue(payload('huge', 'x'.repeat(20_000)), CREDENTIALS);
    await clock.advance(0);
    expectStats(delivery, { queued: 3, dropped: { queue_full: 1 } });
  });

  it('in time', async () => {
    const { delivery, clock, enqueue } = simulate(() => 'none', { maxQueueAgeMs: HOUR_MS });
    enqueue(10);
    await clock.advance(HOUR_MS - 1_000);
    enqueue(5);
    expectStats(delivery, { queued: 15 });
    await clock.advance(70_000);
    expectStats(delivery, { queued: 5, dropped: { too_old: 10 } });
  });

  it('in time: an age is noticed within half a minute, and what comes of an outage', async () => {
    const { delivery, clock, enqueue } = simulate(() => 'none', { maxQueueAgeMs: 61_000 });
    enqueue(1);
    await clock.advance(61_000 + 36_000);
    expectStats(delivery, { queued: 0, dropped: { too_old: 1 } });
  });

  it('says when loss begins and, once it is over, how many there were', async () => {
    using said = new DiagLines();
    const { clock, enqueue } = simulate(() => 'none', { maxQueueBytes: 7_000 });
    enqueue(50);
    await clock.advance(30_000);
    enqueue(50);
    await clock.advance(120_000);
    const lines = said.lines.filter((line) => line.includes('lost'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('queue_full');
    expect(lines[0]).toContain('maxQueueBytes');
    expect(lines[1]).toMatch(/86 interactions were lost \(queue_full: 86\)/);
  });
});

describe('what the backend refuses', () => {
  it.each([400, 404, 422])('%i is dropped, counted, said once, and holds up nobody', async (status) => {
    using said = new DiagLines();
    const { delivery, transport, enqueue } = simulate(({ body }) => (body.message_id === '7-0' ? status : 200));
    enqueue(3);
    await settled();
    expectStats(delivery, { delivered: 2, dropped: { rejected: 1 } });
    expect(transport.attempts).toHaveLength(3);
    expect(said.lines.filter((line) => line.includes(`HTTP ${status}`))).toHaveLength(1);
    expect(said.lines.join()).not.toContain('can not be written to');
  });

  it('for another reason than its length is not shortened', async () => {
    const shorten = (long: InteractionPayload) => ({ ...long, user_prompt: '' });
    const { delivery, transport, enqueue } = simulate(() => 422, {}, { shorten });
    enqueue(1);
    await settled();
    expectStats(delivery, { queued: 0, dropped: { rejected: 1 } });
    expect(transport.attempts).toHaveLength(1);
  });

  it('as too large is sent once more, shortened', async () => {
    const { delivery, transport } = simulate(
      ({ body }) => (body.user_prompt.length > 100 ? 413 : 200),
      {},
      { shorten: (long) => ({ ...long, user_prompt: long.user_prompt.slice(0, 100), metaData: { truncated: true } }) },
    );
    delivery.enqueue(payload('m', 'x'.repeat(500)), CREDENTIALS);
    await settled();
    expectStats(delivery, { delivered: 1 });
    expect(transport.stored).toEqual([{ ...payload('m', 'x'.repeat(100)), metaData: { truncated: true }, org_id: 7 }]);
  });

  it.each([
    ['when shortened too', (long: InteractionPayload) => long, 2],
    ['and can not be shortened', () => undefined, 1],
    [
      'and shortening throws',
      () => {
        throw new Error('boom');
      },
      1,
    ],
    ['and nobody knows how to shorten it', undefined, 1],
  ])('as too large %s is dropped and counted', async (_name, shorten, attempts) => {
    using said = new DiagLines();
    const { delivery, transport, enqueue } = simulate(() => 413, {}, { shorten });
    enqueue(1);
    await settled();
    expect(said.lines[0]).toContain('the backend refuses an interaction (HTTP 413)');
    expectStats(delivery, { queued: 0, dropped: { too_large: 1 } });
    expect(transport.attempts).toHaveLength(attempts);
  });

  it('ten times while others pass is given up', async () => {
    const { delivery, transport, clock, enqueue } = simulate(({ body }) => (body.message_id === '7-0' ? 500 : 200));
    for (let i = 0; i < 30; i++) {
      if (i === 0) enqueue(3);
      else delivery.enqueue(payload(`other-${i}`), CREDENTIALS);
      await clock.advance(3_000);
    }
    expectStats(delivery, { queued: 0, delivered: 31, dropped: { attempts_exhausted: 1 } });
    expect(transport.attempts.filter(({ body }) => body.message_id === '7-0').length).toBeLessThanOrEqual(15);
  });
});

describe('whoever waits for it', () => {
  it('is told of a refusal, and nobody else is', async () => {
    using said = new DiagLines();
    for (const [status, reason] of [
      [401, 'unauthorised'],
      [422, 'rejected'],
    ] as const) {
      const { delivery } = simulate(() => status);
      const settlement = await delivery.deliver(payload('m'), CREDENTIALS, 1_000);
      expect(settlement).toMatchObject({ type: 'dropped', reason, error: { status } });
      expectStats(delivery, { dropped: { [reason]: 1 } });
    }
    // That they are lost is said, as of all that is.
    expect(said.lines.filter((line) => !line.includes('an interaction was lost'))).toEqual([]);
  });

  it('is told why it took too long, also where it had no attempt of its own', async () => {
    using said = new DiagLines();
    const failed = outcomeOfAnswer({ status: 503, message: 'HTTP 503', retryAfter: '60' }, 0);
    const { delivery, transport, clock } = simulate(() => failed);
    const attempted = delivery.deliver(payload('attempted'), CREDENTIALS, 1_000);
    await settled();
    const behindIt = delivery.deliver(payload('behind it'), CREDENTIALS, 1_000);
    await clock.advance(1_000);
    for (const settlement of [attempted, behindIt])
      expect(await settlement).toMatchObject({ type: 'dropped', reason: 'timed_out', error: { status: 503 } });
    expect(transport.attempts.map(({ body }) => body.message_id)).toEqual(['attempted']);
    expect(said.lines[0]).toContain('kept and tried again');
  });
});

describe('a refused key', () => {
  it('pauses its organisation, keeps what waits, and says so once', async () => {
    using said = new DiagLines();
    const { delivery, transport, clock, enqueue } = simulate(() => 401);
    enqueue(100);
    await clock.advance(HOUR_MS);
    expectStats(delivery, { queued: 100 });
    expect(transport.attempts.length).toBeLessThanOrEqual(32 + 12);
    expect(said.lines[0]).toContain('HUGGINGPLACE_API_KEY');
    expect(said.lines[0]).toContain('(HUGGINGPLACE_ORG_ID). Interactions are kept, and tried again every 5 minutes');
    expect(said.lines.join()).not.toContain('Bearer');
    transport.behaviour = () => 200;
    await clock.advance(300_000);
    expectStats(delivery, { delivered: 100 });
  });

  it('gives what it kept to a new key of the same organisation', async () => {
    const { delivery, transport, clock, enqueue } = simulate(({ apiKey }) => (apiKey === 'new' ? 200 : 403));
    enqueue(50);
    enqueue(1, { apiKey: 'stranger', orgId: 8 });
    await clock.advance(1_000);
    delivery.enqueue(payload('first with the new key'), { apiKey: 'new', orgId: '7' });
    await clock.advance(0);
    expectStats(delivery, { delivered: 51, queued: 1 });
    expect(transport.stored.every(({ org_id }) => String(org_id) === '7')).toBe(true);
  });

  it('gives also what was under way when the new key came', async () => {
    const answers: ((status: number) => void)[] = [];
    const { delivery, clock, enqueue } = simulate(({ apiKey }) =>
      apiKey === 'new' ? 200 : new Promise((resolve) => answers.push(resolve)),
    );
    enqueue(2);
    await clock.advance(0);
    delivery.enqueue(payload('new'), { apiKey: 'new', orgId: 7 });
    await clock.advance(0);
    expectStats(delivery, { delivered: 1, queued: 2 });
    for (const answer of answers) answer(401);
    await clock.advance(0);
    expectStats(delivery, { delivered: 3 });
  });
});

describe('flush', () => {
  it('waits for what was there, not for what comes after', async () => {
    const answers: ((status: number) => void)[] = [];
    const { delivery, enqueue } = simulate(() => new Promise((resolve) => answers.push(resolve)));
    enqueue(2);
    const flushed = delivery.flush(1_000);
    await settled();
    enqueue(1);
    await settled();
    answers[0]?.(200);
    answers[1]?.(422);
    expect(await flushed).toMatchObject({ ok: true, delivered: 1, queued: 1, dropped: { rejected: 1 } });
  });

  it('is not ended by what came after it', async () => {
    const { give, behaviour } = heldAnswers();
    const { delivery, enqueue } = simulate(behaviour);
    enqueue(2);
    let isOver = false;
    const flushed = delivery.flush(1_000).finally(() => (isOver = true));
    enqueue(2);
    await settled();
    for (const index of [1, 2, 3]) give[index]?.(200);
    await settled();
    expect(isOver).toBe(false);
    give[0]?.(200);
    expect(await flushed).toMatchObject({ ok: true, delivered: 4 });
  });

  it('comes back when its time is over', async () => {
    const { delivery, clock, enqueue } = simulate(() => new Promise(() => undefined));
    enqueue(2);
    const flushed = delivery.flush(1_000);
    await clock.advance(1_000);
    expect(await flushed).toMatchObject({ ok: false, queued: 2 });
  });

  it('does not wait for what can not happen in its time', async () => {
    const { delivery, clock, enqueue } = simulate(() => 401);
    enqueue(2);
    const flushed = delivery.flush(60_000);
    await clock.advance(0);
    expect(await flushed).toMatchObject({ ok: false, queued: 2 });
    expect(clock.monotonicMs()).toBe(0);
  });

  it('has nothing to wait for in an empty queue', async () => {
    const { delivery, clock } = simulate();
    expect(await delivery.flush(1_000)).toMatchObject({ ok: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('a hundred times at once is as good as once', async () => {
    const { delivery, enqueue } = simulate();
    enqueue(10);
    const results = await Promise.all(Array.from({ length: 100 }, () => delivery.flush(1_000)));
    expect(results.every(({ ok, delivered }) => ok && delivered === 10)).toBe(true);
  });
});

describe('shutdown', () => {
  it('delivers what is left, and takes nothing more', async () => {
    const { delivery, enqueue } = simulate();
    enqueue(10);
    const result = delivery.shutdown(1_000);
    enqueue(2);
    expect(await result).toMatchObject({ ok: true, delivered: 10, dropped: { shutdown: 2 } });
    expectStats(delivery, { seen: 12 });
  });

  it('ends in time before a backend that hangs, and counts what is left', async () => {
    await using backend = await Backend.start(() => undefined);
    const delivery = new Delivery(resolveDeliveryOptions({ baseUrl: backend.url }, {}));
    for (let i = 0; i < 50; i++) delivery.enqueue(payload(i), CREDENTIALS);
    const startMs = performance.now();
    expect(await delivery.shutdown(200)).toMatchObject({ ok: false, queued: 0, dropped: { shutdown: 50 } });
    expect(performance.now() - startMs).toBeLessThan(5_000);
    await settled();
    expectStats(delivery, { seen: 50 });
  });

  it('counts once what is answered after its end, and takes nothing more however it is asked', async () => {
    for (const status of [200, 422, 503]) {
      const { give, behaviour } = heldAnswers();
      const { delivery, transport, clock, enqueue } = simulate(behaviour);
      enqueue(1);
      await settled();
      await Promise.all([delivery.shutdown(1_000), clock.advance(1_000)]);
      give[0]?.(status);
      delivery.start();
      enqueue(1);
      await clock.advance(60_000);
      expectStats(delivery, { seen: 2, queued: 0, delivered: 0, dropped: { shutdown: 2 } });
      expect(transport.attempts).toHaveLength(1);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('after the exit leaves its account as it is', async () => {
    const { delivery, enqueue } = simulate();
    enqueue(2);
    delivery.deliverAtExit(0);
    delivery.deliverAtExit(1_000);
    enqueue(1);
    expect(await delivery.shutdown(1_000)).toMatchObject({ ok: true, queued: 0, dropped: { shutdown: 3 } });
    enqueue(1);
    expectStats(delivery, { seen: 4, dropped: { shutdown: 4 } });
  });

  it('happens once', async () => {
    const { delivery, enqueue } = simulate();
    enqueue(1);
    expect(delivery.shutdown(1_000)).toBe(delivery.shutdown(1));
    await delivery.shutdown(1);
  });

  it('ends at once when nothing is left', async () => {
    await using backend = await Backend.start((response) => answerWith(response, 200, {}));
    const delivery = new Delivery(resolveDeliveryOptions({ baseUrl: backend.url }, {}));
    delivery.enqueue(payload(1), CREDENTIALS);
    await delivery.flush(5_000);
    const startMs = performance.now();
    await delivery.shutdown(10_000);
    expect(performance.now() - startMs).toBeLessThan(5_000); // far from its timeout
  });
});
