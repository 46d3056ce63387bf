import { afterEach, expect, it } from 'vitest';
import { type DevServer, type DevServerOptions, type ReceivedRequest, startDevServer } from './index.ts';
import { STORE, TestClient } from './testing/client.ts';
import { seededRandom } from './testing/example-interactions.ts';

let server: DevServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const start = async (options: DevServerOptions): Promise<TestClient> => {
  server = await startDevServer(options);
  return new TestClient(server);
};

it('fails in the shares it was told', async () => {
  const client = await start({ fail: '503:0.3,429:0.1', random: seededRandom(1) });
  const counts = new Map<number, number>();
  for (let index = 0; index < 300; index++) {
    const { status, headers } = await client.post({ org_id: 'local' });
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status !== 200) expect(headers.get('retry-after')).toBe('1');
  }
  expect(counts.get(503)).toBeGreaterThan(60);
  expect(counts.get(503)).toBeLessThan(120);
  expect(counts.get(429)).toBeGreaterThan(15);
  expect(counts.get(429)).toBeLessThan(50);
  server?.fail('');
  // What was answered with a failure was not stored.
  expect((await client.read()).totalChats).toBe(counts.get(200));
  // The page and the server's own health are not the contract's, and never fail on purpose.
  server?.fail('503:1');
  expect((await client.request('/health')).status).toBe(200);
});

it('hangs, resets and loses its answers', async () => {
  const client = await start({ fail: 'hang:1' });
  const body = { org_id: 'local', message_id: 'm' };
  await expect(
    fetch(server!.url + STORE, {
      method: 'POST',
      signal: AbortSignal.timeout(300),
      headers: { 'Content-Type': 'application/json' },
    }),
  ).rejects.toThrow(/timeout/);
  server!.fail('reset:1');
  await expect(client.post(body)).rejects.toThrow('fetch failed');
  server!.fail('');
  expect((await client.read()).totalChats).toBe(0);
  server!.fail('lost:1');
  await expect(client.post(body)).rejects.toThrow('fetch failed');
  server!.fail('');
  expect((await client.read()).totalChats).toBe(1);
  expect(await client.post(body)).toMatchObject({ status: 200, body: { message: 'Already stored: nothing changed' } });
});

it('gives what it never answered no status, in recordings, metrics and alerts', async () => {
  const received: ReceivedRequest[] = [];
  const client = await start({ onReceived: (request) => received.push(request), fail: 'lost:1' });
  for (const fault of ['lost:1', 'reset:1']) {
    server!.fail(fault);
    await expect(client.post({ org_id: 'local' })).rejects.toThrow('fetch failed');
  }
  server!.fail('hang:1');
  const headers = { 'Content-Type': 'application/json' };
  await expect(
    fetch(server!.url + STORE, { method: 'POST', headers, signal: AbortSignal.timeout(300) }),
  ).rejects.toThrow(/timeout/);
  await expect.poll(() => received.length).toBe(3);
  expect(received.filter((request) => 'status' in request)).toEqual([]);
  const metrics = String((await client.request('/metrics')).body['text']);
  expect(metrics).toContain('huggingplace_injected_faults_total{kind="hang"} 1\n');
  expect(metrics).not.toContain('status="503"');
});

it('holds answers back', async () => {
  const client = await start({ latencyMs: [80, 120] });
  const started = performance.now();
  await client.post({ org_id: 'local' });
  expect(performance.now() - started).toBeGreaterThanOrEqual(79);
});

it('records what it received, without the keys', async () => {
  const received: ReceivedRequest[] = [];
  const client = await start({ onReceived: (request) => received.push(request), fail: '' });
  await client.post({ org_id: 'local', user_prompt: 'recorded' });
  await client.post('{');
  server!.fail('500:1');
  await client.post({ org_id: 'local' });
  expect(received.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['POST', STORE, 200],
    ['POST', STORE, 400],
    ['POST', STORE, 500],
  ]);
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({ org_id: 'local', user_prompt: 'recorded' });
  expect(JSON.stringify(received)).not.toContain('hp_local');
});

it('counts faults, and what else it does, for Prometheus', async () => {
  const client = await start({ fail: '502:1' });
  await client.post({ org_id: 'local' });
  server!.fail('');
  await client.post({ org_id: 'local', message_id: 'a' });
  await client.post({ org_id: 'local', message_id: 'a' });
  await client.post({ org_id: 'other' });
  const { body, headers } = await client.request('/metrics');
  expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
  for (const line of [
    'huggingplace_injected_faults_total{kind="502"} 1',
    'huggingplace_interactions_stored_total{mode="prod",failed="false"} 1',
    'huggingplace_interactions_duplicate_total 1',
    'huggingplace_authentication_failures_total 1',
    `huggingplace_http_requests_total{method="POST",route="${STORE}",status="200"} 2`,
    'huggingplace_database_up 1',
    'huggingplace_open_pages 0',
  ]) {
    expect(body['text']).toContain(`${line}\n`);
  }
  // An address that nobody serves makes no label of its own.
  await client.request('/no/such/address');
  expect((await client.request('/metrics')).body['text']).not.toContain('/no/such');
});
