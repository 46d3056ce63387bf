/** Puts the parts together and listens. */
import path from 'node:path';
import { createServer, Server } from 'node:http';
import { once } from 'node:events';
import { createAdaptorServer } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createApp } from './app.ts';
import { Credentials } from './credentials.ts';
import type { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { migrate } from './migrate.ts';
import { type DevServerOptions, resolveOptions, type Settings } from './options.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { InteractionStore } from './store.ts';

export interface DevServer {
  /** `http://127.0.0.1:<port>`: the base URL of the API, and the page's address. */
  readonly url: string;
  readonly apiKey: string;
  readonly orgId: string;
  /** The tables themselves, for whoever wants to look behind the API. */
  readonly database: Pick<Database, 'query'>;
  /** Ends open connections, then the database. */
  close(): Promise<void>;
}

/** @throws if an option is wrong, the data directory is in use, the database cannot be reached, or the port is taken. */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const settings = resolveOptions(options);
  /** What was opened, to be closed in the opposite order. */
  const opened: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      for (const part of opened.reverse()) await part();
    })());
  try {
    const database = await openDatabase(settings, opened);
    await migrate(database);
    const organisations = { ...settings.organisations, [settings.apiKey]: settings.orgId };
    const app = createApp({
      store: new InteractionStore(database),
      credentials: new Credentials(organisations),
      maxBodyBytes: settings.maxBodyBytes,
      orgIds: [...new Set(Object.values(organisations))],
      onError: settings.onError,
    });
    const url = await listen(app, settings, opened);
    return { url, apiKey: settings.apiKey, orgId: settings.orgId, database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(settings: Settings, opened: (() => Promise<void>)[]): Promise<Database> {
  const { databaseUrl, dataDir } = settings;
  if (databaseUrl === undefined && dataDir !== undefined) {
    const lock = await lockDirectory(dataDir);
    opened.push(() => lock.release());
  }
  const database =
    databaseUrl === undefined
      ? await openPglite(dataDir && path.join(dataDir, 'postgres'))
      : await openPostgres(databaseUrl);
  opened.push(() => database.close());
  return database;
}

async function listen(app: OpenAPIHono, settings: Settings, opened: (() => Promise<void>)[]): Promise<string> {
  const server = createAdaptorServer({ fetch: app.fetch, createServer });
  if (!(server instanceof Server)) throw new TypeError('expected an HTTP/1.1 server');
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  opened.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected to listen on a port');
  return `http://${printable(settings.host)}:${address.port}`;
}

/** An address that can be opened: "every interface" is none, and IPv6 stands in brackets. */
function printable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
