/** The command itself, as a process. It needs `dist`: `pnpm build` comes first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { STORE } from './testing/client.ts';
import { startRealPostgres } from './testing/real-postgres.ts';

const MAIN = fileURLToPath(new URL('../dist/main.mjs', import.meta.url));

let folder: string;
const running = new Set<ChildProcess>();
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dev-server-main-'));
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  await rm(folder, { recursive: true, force: true });
});

const command = (flags: readonly string[], environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [MAIN, '--port', '0', ...flags], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (part) => (errors += String(part)));
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      resolve(line);
    });
    child.once('exit', () => reject(new Error(errors)));
  });
  return { child, lines, firstLine, errors: () => errors };
};
const started = async (flags: readonly string[] = [], environment: Record<string, string> = {}) => {
  const process = command(flags, environment);
  const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(await process.firstLine)?.[1] ?? '';
  const post = async (message_id: string, { key = 'hp_local', org_id = 'local' } = {}) =>
    (
      await fetch(url + STORE, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
        body: JSON.stringify({ org_id, message_id, user_prompt: 'x'.repeat(2_000) }),
      })
    ).status;
  const ids = async (key = 'hp_local') => {
    const answer = await fetch(`${url}/notebook/filtered_chat?limit=1000`, { headers: { 'x-api-key': key } });
    return new Set(((await answer.json()) as { chats: { message_id: string }[] }).chats.map((chat) => chat.message_id));
  };
  return { ...process, url, post, ids };
};

it('starts with one line, keeps its rows, and ends when it is told', async () => {
  const first = await started();
  expect(await first.post('kept')).toBe(200);
  first.child.kill('SIGTERM');
  expect(await once(first.child, 'exit')).toEqual([0, null]);
  expect(first.lines).toEqual([`listening on ${first.url}`]);
  expect(first.errors()).toBe('');

  // 0.8 s on an idle machine.
  const second = await started();
  expect(await second.ids()).toEqual(new Set(['kept']));
});

it('takes its credentials from flags before the environment', async () => {
  const environment = { HUGGINGPLACE_API_KEY: 'from-environment', HUGGINGPLACE_ORG_ID: 'acme' };
  const { post } = await started(['--api-key', 'from-flag'], environment);
  expect(await post('a', { key: 'from-flag', org_id: 'acme' })).toBe(200);
  expect(await post('a', { key: 'from-environment', org_id: 'acme' })).toBe(401);
});

it('refuses a directory that another one uses, and names its process', async () => {
  const { child, post, ids } = await started(['--data-dir', 'shared']);
  const refused = command(['--data-dir', 'shared']);
  await expect(refused.firstLine).rejects.toThrow(`in use by process ${child.pid}`);
  expect(refused.child.exitCode).toBe(1);
  expect(await post('still-here')).toBe(200);
  expect((await ids()).size).toBe(1);
});

it.each(['PGlite', 'PostgreSQL'])(
  'loses nothing that it acknowledged when it is killed in the middle of storing: %s',
  async (kind) => {
    const postgres = kind === 'PostgreSQL' ? await startRealPostgres() : undefined;
    const environment: Record<string, string> = postgres ? { DATABASE_URL: await postgres.createDatabase() } : {};
    const acknowledged = new Set<string>();
    for (let round = 0; round < 2; round++) {
      const server = await started([], environment);
      const store = async (id: string): Promise<void> => {
        const status = await server.post(id).catch(() => 0);
        if (status === 200) acknowledged.add(id);
      };
      const crowd = Array.from({ length: 300 }, (_, index) => store(`${round}-${index}`));
      await Promise.race(crowd);
      await Promise.race(crowd.slice(50));
      server.child.kill('SIGKILL');
      await Promise.all(crowd);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    const { ids } = await started([], environment);
    const stored = await ids();
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    for (const child of running) child.kill('SIGKILL');
    await postgres?.stop();
  },
  120_000,
);

it('fails on purpose, and records what it received, when its flags say so', async () => {
  const { post } = await started(['--fail', '503:1', '--latency', '1-5', '--record', 'received.jsonl']);
  expect(await post('never')).toBe(503);
  const [line = ''] = (await readFile(path.join(folder, 'received.jsonl'), 'utf8')).split('\n');
  expect(JSON.parse(line)).toMatchObject({ method: 'POST', path: STORE, status: 503 });
});

it.each([
  [['--fail', 'often'], 'fail: expected <status 400-599|hang|reset|lost>:<share 0-1>, received "often"'],
  [['--host', '0.0.0.0'], 'expected a key of your own'],
  [['--port', 'x'], 'port'],
  [['--alert', 'much>1/1'], 'alert: expected'],
  [['--nothing'], "Unknown option '--nothing'"],
])('says what is wrong with %j', async (flags, reason) => {
  const { child, firstLine, errors } = command(flags);
  await expect(firstLine).rejects.toThrow();
  expect(errors()).toContain(reason);
  expect(child.exitCode).toBe(1);
});
