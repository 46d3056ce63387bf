import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Alerts, parseAlertRule } from './alerts.ts';
import { Telemetry } from './telemetry.ts';
import { WebhookSender } from './webhooks.ts';

const START = Date.UTC(2026, 10, 24);

function watched(rule: string) {
  let nowMs = START;
  let isUp = true;
  const telemetry = new Telemetry(() => nowMs);
  const alerts = new Alerts([parseAlertRule(rule)], telemetry, () => Promise.resolve(isUp));
  return {
    telemetry,
    alerts,
    changes: async () => (await alerts.evaluate(nowMs)).map(({ status, alert }) => [status, alert.value]),
    pass: (seconds: number) => (nowMs += seconds * 1_000),
    setUp: (value: boolean) => (isUp = value),
  };
}

const answered = (status: number) => ({ method: 'POST', route: '/', status, seconds: 0.01 });

describe('a rule', () => {
  it('fires once when it begins to hold, and resolves once when it ceases to', async () => {
    const { telemetry, alerts, changes, pass } = watched('server_error_rate>0.1/60');
    for (let index = 0; index < 20; index++) telemetry.answered(answered(index < 5 ? 503 : 200));
    expect(await changes()).toEqual([['firing', 0.25]]);
    expect(await changes()).toEqual([]);
    expect(alerts.firing).toMatchObject([{ metric: 'server_error_rate', since: '2026-11-24T00:00:00.000Z' }]);
    pass(61);
    expect(await changes()).toEqual([['resolved', 0]]);
    expect(alerts.firing).toEqual([]);
  });

  it('takes a rate of a few for chance', async () => {
    const { telemetry, changes } = watched('server_error_rate>0.1/60');
    for (let index = 0; index < 19; index++) telemetry.answered(answered(500));
    expect(await changes()).toEqual([]);
  });

  it('counts refused keys, time-outs, failed interactions and the database', async () => {
    const refused = watched('authentication_failures>2/60');
    for (const status of [401, 403, 401]) refused.telemetry.answered(answered(status));
    expect(await refused.changes()).toEqual([['firing', 3]]);

    const slow = watched('timeouts>0/60');
    slow.telemetry.timedOut();
    expect(await slow.changes()).toEqual([['firing', 1]]);

    const failing = watched('failed_interaction_rate>0.5/60');
    for (let index = 0; index < 20; index++)
      failing.telemetry.stored({ isNew: true, mode: 'prod', failed: index < 12 });
    expect(await failing.changes()).toEqual([['firing', 0.6]]);

    const triedOut = watched('failed_interaction_rate>0.5/60');
    for (let index = 0; index < 20; index++) triedOut.telemetry.stored({ isNew: true, mode: 'dev', failed: true });
    expect(await triedOut.changes()).toEqual([]);

    const down = watched('database_down>0/60');
    down.setUp(false);
    expect(await down.changes()).toEqual([['firing', 1]]);
  });

  it.each(['x>1/60', 'timeouts>1', 'timeouts>1/0', 'timeouts>1/3601', 'timeouts>-1/60', ''])(
    'is refused when it is %j',
    (rule) => {
      expect(() => parseAlertRule(rule)).toThrow('alert: expected');
    },
  );
});

describe('a webhook', () => {
  const change = {
    status: 'firing' as const,
    alert: { ...parseAlertRule('timeouts>5/60'), value: 6, since: '2026-11-24T00:00:00.000Z' },
  };

  /** Answers with these statuses, one after the other. */
  async function receiver(statuses: number[]) {
    const received: { headers: IncomingMessage['headers']; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += String(part)));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(statuses.shift() ?? 200, { Location: '/elsewhere' }).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return {
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
      received,
      close: () => server.close(),
    };
  }
  const send = async (url: string, secret = 'whsec_c2VjcmV0') => {
    const outcomes: string[] = [];
    const sender = new WebhookSender({
      webhooks: [{ url, secret }],
      now: () => START,
      onOutcome: (outcome) => outcomes.push(outcome),
      retryDelaysMs: [1, 1],
    });
    await sender.send(change);
    sender.close();
    return outcomes;
  };

  it('is told, with a signature that it can check', async () => {
    const { url, received, close } = await receiver([]);
    expect(await send(url)).toEqual(['delivered']);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(JSON.parse(body)).toEqual({
      type: 'alert.firing',
      timestamp: '2026-11-24T00:00:00.000Z',
      data: change.alert,
    });
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    expect(headers['webhook-timestamp']).toBe(String(START / 1_000));
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 'secret').update(signed).digest('base64')}`);
    close();
  });

  it('is told again when it fails, with the same id, and given up in the end', async () => {
    const { url, received, close } = await receiver([500, 503, 200, 500, 500, 500]);
    expect(await send(url)).toEqual(['delivered']);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await send(url)).toEqual(['failed']);
    expect(received.length).toBe(6);
    close();
  });

  it('is not followed to where it redirects', async () => {
    const { url, received, close } = await receiver([307, 307, 307]);
    expect(await send(url)).toEqual(['failed']);
    expect(received.length).toBe(3);
    close();
  });
});
