import { describe, expect, it } from 'vitest';
import { storeInWorker } from './exit-worker.ts';
import { resolveDeliveryOptions, type DeliveryOptions } from './options.ts';
import { CA, EXPIRED, LOCALHOST, SERVER_KEY } from './testing/certificates.ts';
import { Sink } from './testing/sink.ts';

const post = (id: string | number, apiKey = 'key') => ({
  body: Buffer.from(JSON.stringify({ user_prompt: 'Grüße 👋', message_id: String(id) })),
  credentials: { apiKey, orgId: 7 },
});
const posts = (count: number, apiKey?: string) => Array.from({ length: count }, (_, index) => post(index, apiKey));

/** The types of the outcomes, and how long it took. */
function store(what: ReturnType<typeof posts>, baseUrl: string, timeoutMs = 5_000, options: DeliveryOptions = {}) {
  const startMs = performance.now();
  const outcomes = storeInWorker(what, resolveDeliveryOptions({ baseUrl, ...options }, {}), timeoutMs);
  return { types: outcomes.map((outcome) => outcome?.type), tookMs: performance.now() - startMs };
}

describe('the exit worker', () => {
  it('delivers a hundred while this thread waits', async () => {
    await using sink = await Sink.start();
    const { types, tookMs } = store(posts(100), sink.url);
    expect(new Set(types)).toEqual(new Set(['stored']));
    const { rows, attempts } = await sink.report();
    expect(rows).toHaveLength(100);
    expect(attempts).toHaveLength(100);
    expect(attempts[0]?.authorization).toBe('Bearer key');
    expect(tookMs).toBeLessThan(4_000);
  });

  it('tries again what fails for a moment', async () => {
    await using sink = await Sink.start({
      sequence: [503, 500, 'reset', 'end', 'garbage', 'half a head', 429],
      otherwise: 200,
    });
    const { types } = store(posts(20), sink.url);
    expect(types).toEqual(posts(20).map(() => 'stored'));
    expect((await sink.report()).rows).toHaveLength(20);
  });

  it('asks with one request at a time while nothing gets through', async () => {
    await using sink = await Sink.start({ otherwise: 503 });
    const { types, tookMs } = store(posts(100), sink.url, 1_000);
    expect(types).toEqual(posts(100).map(() => undefined));
    expect(tookMs).toBeLessThan(4_000); // an attempt alone may take 10 s
    expect((await sink.report()).attempts.length).toBeLessThan(32 + 20);
  });

  it('says what was refused for good', async () => {
    await using sink = await Sink.start({ byId: { 1: 422, 2: 413, 3: 404 }, otherwise: 200 });
    expect(store(posts(5), sink.url).types).toEqual(['stored', 'rejected', 'too_large', 'rejected', 'stored']);
  });

  it('asks no more with a key that is refused, nor before a Retry-After', async () => {
    await using sink = await Sink.start({ byId: { 0: 401 }, otherwise: 200 });
    const many = [
      ...posts(1, 'bad'),
      ...Array.from({ length: 100 }, (_, index) => post(`bad-${index}`, 'bad')),
      post('good', 'good'),
    ];
    const { types } = store(many, sink.url, 2_000, { concurrency: 1 });
    expect(types).toEqual(['unauthorised', ...many.slice(1, -1).map(() => undefined), 'stored']);
    expect((await sink.report()).attempts).toHaveLength(2);

    await sink.clear();
    await sink.behave({ otherwise: { status: 503, headers: { 'retry-after': '60' } } });
    const { tookMs } = store(posts(10), sink.url, 2_000, { concurrency: 1 });
    expect((await sink.report()).attempts).toHaveLength(1);
    expect(tookMs).toBeLessThan(4_000); // an attempt alone may take 10 s
  });

  it('comes back in time from a backend that hangs, and has delivered what it could', async () => {
    await using sink = await Sink.start({ byId: { 3: 'hang' }, otherwise: 200 });
    const { types, tookMs } = store(posts(10), sink.url, 500);
    expect(types).toEqual(posts(10).map((_, index) => (index === 3 ? undefined : 'stored')));
    expect(tookMs).toBeGreaterThan(450);
    expect(tookMs).toBeLessThan(4_000); // an attempt alone may take 10 s
  });

  it('comes back in time where nobody listens', async () => {
    const sink = await Sink.start();
    await sink.down();
    const { types, tookMs } = store(posts(10), sink.url, 300);
    expect(types).toEqual(posts(10).map(() => undefined));
    expect(tookMs).toBeLessThan(4_000); // an attempt alone may take 10 s
    await sink[Symbol.asyncDispose]();
  });

  it('verifies certificates, and trusts those of the option ca', async () => {
    await using good = await Sink.start(undefined, { cert: LOCALHOST, key: SERVER_KEY });
    await using expired = await Sink.start(undefined, { cert: EXPIRED, key: SERVER_KEY });
    expect(store(posts(3), good.url, 5_000, { ca: CA }).types).toEqual(['stored', 'stored', 'stored']);
    expect(store(posts(3), good.url, 500).types).toEqual([undefined, undefined, undefined]);
    expect(store(posts(3), expired.url, 500, { ca: CA }).types).toEqual([undefined, undefined, undefined]);
    expect((await expired.report()).attempts).toHaveLength(0);
  });

  it('goes through the proxy, with its credentials', async () => {
    await using sink = await Sink.start(undefined, { cert: LOCALHOST, key: SERVER_KEY });
    await using proxy = await Sink.start();
    const options = { ca: CA, proxy: `http://me:secret@127.0.0.1:${proxy.port}` };
    expect(new Set(store(posts(50), sink.url, 5_000, options).types)).toEqual(new Set(['stored']));
    const { tunnels } = await proxy.report();
    expect(tunnels[0]).toEqual({
      authority: `localhost:${sink.port}`,
      authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
    });
    await proxy.behave({ otherwise: 200, tunnel: 407 });
    expect(store(posts(1), sink.url, 500, options).types).toEqual([undefined]);
  });

  it('gives nothing for nothing', () => {
    expect(store([], 'http://127.0.0.1:1').types).toEqual([]);
  });
});
