/** What becomes of an interaction that the backend does not take: each row of the contract's table of failures, and a backend that is away. */
import { type DevServer, type ReceivedRequest, startDevServer } from '@huggingplace/dev-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountAt, type Application, ask, startApplication } from './application.ts';
import { recordDiagnostics } from './diagnostics.ts';

const PROMPT = 'a secret question';
const said = recordDiagnostics();
let server: DevServer;
let received: ReceivedRequest[] = [];
/** For the server's faults, 0 ≤ n < 1; then 0. */
let chances: number[] = [];
let app: Application | undefined;

const startServer = (port = 0): Promise<DevServer> =>
  startDevServer({
    port,
    organisations: { hp_acme: 'acme' },
    onReceived: (request) => received.push(request),
    random: () => chances.shift() ?? 0,
  });
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  received = [];
  await server.database.query('DELETE FROM chat');
});
afterEach(async () => {
  server.fail('');
  await app?.end();
});

const start = (options: Parameters<typeof startApplication>[0] = {}): Application =>
  (app = startApplication({ ...accountAt(server), timeoutMs: 1_000, ...options }));
const stored = async () =>
  (await server.database.query('SELECT session_id FROM chat ORDER BY id')).map((row) => row['session_id']);
const saidAs = (...levels: string[]) =>
  said.filter((line) => levels.some((level) => line.startsWith(`${level}: huggingplace:`)));
const statuses = () => received.map(({ status }) => status);

describe('credentials that are not taken', () => {
  it.each([
    ['an unknown key', { apiKey: 'hp_wrong' }, 401],
    ['the key of another organisation', { apiKey: 'hp_acme' }, 403],
  ])('%s: nothing is stored, everything is kept, and it is said once', async (_, credentials, status) => {
    const { hp } = (app = start(credentials));
    ask(app, 'first', PROMPT);
    await hp.forceFlush();
    ask(app, 'second', PROMPT);
    await hp.forceFlush();

    // The key is tried once; on a busy machine the second may be under way before the first is answered.
    expect(new Set(statuses())).toEqual(new Set([status]));
    expect(await stored()).toEqual([]);
    expect(hp.stats()).toMatchObject({ seen: 2, queued: 2, delivered: 0, dropped: {} });
    expect(saidAs('error')).toEqual([expect.stringMatching(/HUGGINGPLACE_API_KEY.*HUGGINGPLACE_ORG_ID/)]);
    expect(said.join()).not.toMatch(new RegExp(`${credentials.apiKey}|${PROMPT}`));
  });
});

describe('interactions that are refused', () => {
  it.each([
    [400, 'rejected', 1],
    [422, 'rejected', 1],
    [418, 'rejected', 1],
    // Once more, with shortened content.
    [413, 'too_large', 2],
  ])('%i: it is dropped as %s after %i attempts, and said without its content', async (status, reason, attempts) => {
    const { hp } = (app = start());
    server.fail(`${status}:1`);
    ask(app, 'refused', PROMPT.repeat(1_000));
    await hp.forceFlush();

    expect(statuses()).toEqual(Array.from({ length: attempts }, () => status));
    expect(hp.stats()).toMatchObject({ seen: 1, queued: 0, delivered: 0, dropped: { [reason]: 1 } });
    expect(saidAs('error')).toEqual([
      expect.stringContaining(`HTTP ${status}`),
      expect.stringContaining(`lost (${reason})`),
    ]);
    expect(said.join()).not.toContain(PROMPT);

    server.fail('');
    ask(app, 'next');
    await hp.forceFlush();
    expect(await stored()).toEqual(['next']);
  });

  it('413: the second, shortened try is taken', async () => {
    const { hp } = (app = start());
    server.fail('413:0.5');
    chances = [0, 0.9];
    ask(app, 'shortened', PROMPT.repeat(10_000));
    await hp.forceFlush();
    expect(statuses()).toEqual([413, 200]);
    const [row] = await server.database.query(
      'SELECT user_prompt, metadata FROM chat JOIN prompt_details ON chat_id = id',
    );
    expect(row).toMatchObject({ metadata: { truncated: true } });
    expect(String(row?.['user_prompt']).length).toBeLessThan(PROMPT.length * 10_000);
  });
});

describe('a backend that is in trouble', () => {
  it.each(['429', '500', '502', '503', '504', 'reset', 'hang', 'lost'])(
    '%s: kept, and stored once it is well',
    async (fault) => {
      const { hp } = (app = start());
      server.fail(`${fault}:1`);
      ask(app, 'first');
      ask(app, 'second');
      await vi.waitUntil(() => received.length > 0, { timeout: 10_000 });
      expect(hp.stats()).toMatchObject({ seen: 2, queued: 2, delivered: 0, dropped: {} });

      server.fail('');
      await hp.forceFlush();
      expect((await stored()).toSorted()).toEqual(['first', 'second']);
      expect(hp.stats()).toMatchObject({ seen: 2, queued: 0, delivered: 2, dropped: {} });
      expect(saidAs('warn', 'error')).toEqual([expect.stringContaining('kept and tried again')]);
    },
  );

  it('goes and comes back: what was asked meanwhile is stored', async () => {
    const { hp } = (app = start());
    ask(app, 'before');
    await hp.forceFlush();
    expect(await stored()).toEqual(['before']);

    const { port } = new URL(server.url);
    await server.close();
    for (const session of ['meanwhile 1', 'meanwhile 2', 'meanwhile 3']) ask(app, session);
    await vi.waitUntil(() => said.some((line) => line.includes('ECONNREFUSED')), { timeout: 10_000 });
    expect(hp.stats()).toMatchObject({ queued: 3, delivered: 1 });

    server = await startServer(Number(port));
    await hp.forceFlush();
    expect((await stored()).toSorted()).toEqual(['meanwhile 1', 'meanwhile 2', 'meanwhile 3']);
    expect(hp.stats()).toMatchObject({ seen: 4, queued: 0, delivered: 4, dropped: {} });
  });

  it('stays away: shutdown ends in time and counts what is lost', async () => {
    const nobody = 'http://127.0.0.1:1';
    const { hp } = (app = start({ baseUrl: nobody, shutdownTimeoutMs: 300 }));
    ask(app, 'lost');
    const startMs = performance.now();
    await hp.shutdown();
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(hp.stats()).toMatchObject({ seen: 1, queued: 0, delivered: 0, dropped: { shutdown: 1 } });
  });
});
