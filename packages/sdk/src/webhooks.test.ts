import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DeliveryWatch } from './delivery-watch.ts';
import { NetworkError, AuthenticationError } from './errors.ts';
import { HuggingPlace } from './huggingplace.ts';
import type { HuggingPlaceOptions } from './huggingplace-options.ts';
import { Notices } from './notices.ts';
import type { Outcome } from './outcome.ts';
import { answerWith, Backend, type ReceivedRequest } from './testing/backend.ts';
import { ManualClock, settled } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';
import { StandInTransport, type Behaviour } from './testing/transport.ts';
import { WEBHOOK_EVENTS, type WebhookEvent } from './webhook-event.ts';
import { WebhookSender } from './webhook-sender.ts';

const SECRET = 'whsec_' + Buffer.from('a secret of the receiver').toString('base64');

function simulate(url: string, behaviour: Behaviour, options: HuggingPlaceOptions = {}) {
  const clock = new ManualClock();
  const transport = new StandInTransport(clock, behaviour);
  const webhooks = [{ url, secret: SECRET }];
  const client = new HuggingPlace(
    { apiKey: 'hp-canary', orgId: 7, transport, webhooks, ...options },
    { clock, random: () => 0.5 },
  );
  return { clock, transport, client };
}

const eventIn = ({ body }: ReceivedRequest) => JSON.parse(body) as WebhookEvent;

describe('webhooks', () => {
  it('are told when failing begins, what was dropped, and when it ends; signed, and without content', async () => {
    await using receiver = await Backend.start((response) => response.writeHead(204).end());
    const { client, clock, transport } = simulate(`${receiver.url}/hook?team=1`, () => 503);
    const lost = client.log({ user_prompt: 'canary prompt' }).catch((error: unknown) => error);
    await clock.advance(30_000);
    expect(await lost).toMatchObject({ code: 'SERVER_ERROR' });
    transport.behaviour = () => 200;
    const stored = client.log({ user_prompt: 'canary prompt' });
    await clock.advance(10_000);
    await stored;
    await receiver.received(3);
    expect(receiver.requests.map(eventIn)).toMatchObject([
      { type: 'delivery.failing', data: { orgId: 7, code: 'SERVER_ERROR', status: 503 } },
      { type: 'interaction.dropped', data: { dropped: { timed_out: 1 } } },
      { type: 'delivery.recovered', data: { orgId: 7 } },
    ]);
    for (const { headers, body, path } of receiver.requests) {
      expect(path).toBe('/hook?team=1');
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      const signature = createHmac('sha256', 'a secret of the receiver').update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${signature}`);
      expect(body).not.toContain('canary');
    }
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });

  it('are told of a refused key once, until it is taken again', async () => {
    await using receiver = await Backend.start();
    const { client, transport } = simulate(receiver.url, () => 401, {
      webhooks: [{ url: receiver.url, secret: SECRET, events: ['authentication.failed', 'authentication.recovered'] }],
    });
    for (let i = 0; i < 3; i++) await client.log({}).catch(() => undefined);
    transport.behaviour = () => 200;
    await client.log({});
    await receiver.received(2);
    await client.shutdown(1_000);
    expect(receiver.requests.map((request) => eventIn(request).type)).toEqual([
      'authentication.failed',
      'authentication.recovered',
    ]);
  });

  it('are tried again under the same id, and hold up nobody', async () => {
    await using receiver = await Backend.start((response, _request, index) => {
      if (index === 1) answerWith(response, 500, {});
      if (index === 2) answerWith(response, 200, {});
      if (index === 0) response.destroy();
    });
    const { client, clock } = simulate(receiver.url, () => 401);
    // It rejects at once: the receiver has not even been asked.
    await expect(client.log({})).rejects.toMatchObject({ code: 'AUTH_ERROR' });
    await receiver.received(2); // the refused key, and the drop
    while (receiver.requests.length < 4) {
      await clock.advance(1_000);
      await settled();
    }
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('a receiver that takes nothing', () => {
  it('is given up after four tries, holds up no end, and never more than a hundred events', async () => {
    const clock = new ManualClock();
    let posts = 0;
    const client = { post: () => Promise.resolve(++posts < 0) };
    const target = { events: new Set(WEBHOOK_EVENTS), sign: () => 'signature', client };
    const sender = new WebhookSender([target], clock, new Notices(clock));
    using diag = new DiagLines();
    const event: WebhookEvent = { type: 'delivery.failing', timestamp: '', data: { orgId: 7 } };
    sender.send(event);
    await clock.advance(36_000);
    expect(posts).toBe(4);
    expect(diag.lines).toEqual([expect.stringContaining('a webhook does not take what it is told')]);
    for (let i = 0; i < 150; i++) sender.send(event);
    await settled();
    expect(posts).toBe(104);
    await sender.close();
    expect(posts).toBe(104);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a receiver that is gone takes nothing from another', async () => {
    const clock = new ManualClock();
    let taken = 0;
    const target = (post: () => Promise<boolean>) => ({
      ...{ events: new Set(WEBHOOK_EVENTS), sign: () => 'signature' },
      client: { post },
    });
    const targets = [target(() => Promise.resolve(false)), target(() => Promise.resolve(++taken > 0))];
    const sender = new WebhookSender(targets, clock, new Notices(clock));
    for (let i = 0; i < 150; i++) {
      sender.send({ type: 'delivery.failing', timestamp: '', data: { orgId: 7 } });
      await settled();
    }
    expect(taken).toBe(150);
    await sender.close();
  });
});

describe('what is watched', () => {
  const STORED: Outcome = { type: 'stored' };
  const FAILED: Outcome = { type: 'failed', error: new NetworkError('down'), fault: 'backend' };
  const REFUSED: Outcome = { type: 'unauthorised', error: new AuthenticationError('no', { status: 401 }) };

  function watch() {
    const clock = new ManualClock();
    const told: { type: string; [key: string]: unknown }[] = [];
    const watched = new DeliveryWatch({ errorRate: 0.1, latencyMs: 1_000 }, clock, (type, data) =>
      told.push({ type, ...data }),
    );
    return { clock, told, watched };
  }

  it('a blip is no outage', () => {
    const { told, watched } = watch();
    for (const outcome of [FAILED, FAILED, STORED, FAILED, FAILED, REFUSED]) watched.attempted(outcome, 1);
    expect(told.map(({ type }) => type)).toEqual(['authentication.failed']);
  });

  it('a rate of errors over five minutes, of twenty attempts at least', async () => {
    const { clock, told, watched } = watch();
    const attempt = (outcome: Outcome, count: number) => {
      for (let i = 0; i < count; i++) watched.attempted(outcome, 1);
    };
    attempt(STORED, 16);
    attempt(FAILED, 2);
    attempt(STORED, 1);
    expect(told).toEqual([]);
    attempt(FAILED, 1);
    expect(told).toEqual([{ type: 'error_rate.high', rate: 0.15, threshold: 0.1, attempts: 20 }]);
    await clock.advance(310_000);
    attempt(STORED, 20);
    expect(told.at(-1)).toEqual({ type: 'error_rate.normal', rate: 0, threshold: 0.1, attempts: 20 });
  });

  it('one slow attempt in twenty is normal, two are not', () => {
    const { told, watched } = watch();
    for (let i = 0; i < 19; i++) watched.attempted(STORED, 1_000);
    watched.attempted(STORED, 1_001);
    expect(told).toEqual([]);
    watched.attempted(STORED, 1_001);
    expect(told).toMatchObject([{ type: 'latency.high', threshold: 1_000, attempts: 21 }]);
  });

  it('drops at once, then together once a minute, and the rest at the end', async () => {
    const { clock, told, watched } = watch();
    watched.dropped('queue_full', 1);
    watched.dropped('queue_full', 2);
    watched.dropped('rejected', 1);
    watched.dropped('disabled', 1);
    expect(told).toEqual([{ type: 'interaction.dropped', dropped: { queue_full: 1 } }]);
    await clock.advance(60_000);
    expect(told[1]).toEqual({ type: 'interaction.dropped', dropped: { queue_full: 2, rejected: 1 } });
    watched.dropped('shutdown', 5);
    watched.end();
    expect(told[2]).toEqual({ type: 'interaction.dropped', dropped: { shutdown: 5 } });
    expect(clock.pendingTimers).toBe(0);
  });
});
