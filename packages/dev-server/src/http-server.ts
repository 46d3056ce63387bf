/** The socket: an HTTP server that slow, idle and malformed clients cannot wear out. */
import { once } from 'node:events';
import { createServer, Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { createApp } from './app.ts';
import type { Settings } from './options.ts';

/** Each open connection costs memory and a file descriptor; well-behaved clients of one machine need dozens. */
const MAX_CONNECTIONS = 5_000;
const MAX_REQUESTS_PER_SOCKET = 10_000;
/** How often slow clients are looked for: a timeout is late by as much. */
const CONNECTIONS_CHECK_MS = 1_000;

export interface HttpServer {
  url: string;
  close(): Promise<void>;
}

export async function listen(app: ReturnType<typeof createApp>, settings: Settings): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: {
      headersTimeout: settings.headersTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
  });
  if (!(server instanceof Server)) throw new TypeError('expected an HTTP/1.1 server');
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected to listen on a port');
  return {
    url: `http://${printable(settings.host)}:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An address that can be opened: "every interface" is none, and IPv6 stands in brackets. */
function printable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
