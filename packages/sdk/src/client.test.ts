import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import { HuggingPlaceSDKError } from './errors.ts';
import { resolveDeliveryOptions, type DeliveryOptions } from './options.ts';
import type { Outcome } from './outcome.ts';
import { answerWith, Backend, type Answer } from './testing/backend.ts';
import { CA, EXPIRED, LOCALHOST, OTHER_HOST, SERVER_KEY } from './testing/certificates.ts';

const KEY = 'hp-canary-4f1d9e';
const CREDENTIALS = { apiKey: KEY, orgId: 7 };
const BODY = Buffer.from('{"user_prompt":"What is the capital of France?"}');

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function clientFor(baseUrl: string, options: DeliveryOptions = {}): Client {
  const client = new Client(resolveDeliveryOptions({ baseUrl, ...options }, {}));
  clients.push(client);
  return client;
}

async function storeAt(answer: Answer, options: DeliveryOptions = {}): Promise<Outcome> {
  await using backend = await Backend.start(answer);
  return await clientFor(backend.url, options).store(BODY, CREDENTIALS);
}

const errorOf = (outcome: Outcome) => ('error' in outcome ? outcome.error : undefined);

describe('the request', () => {
  it('is the contract’s: path, key, content type and the bytes as they are', async () => {
    await using backend = await Backend.start();
    expect(await clientFor(`${backend.url}/tenant/a/`).store(BODY, CREDENTIALS)).toEqual({ type: 'stored' });
    expect(backend.requests).toHaveLength(1);
    expect(backend.requests[0]).toMatchObject({
      method: 'POST',
      path: '/tenant/a/v2/chatgpt/store_generated_response',
      body: BODY.toString(),
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'user-agent': expect.stringMatching(/^huggingplace-sdk\/\d+\.\d+\.\d+/) as string,
      },
    });
  });

  it('goes over a kept connection again', async () => {
    const sockets = new Set<unknown>();
    await using backend = await Backend.start((response) => {
      sockets.add(response.socket);
      answerWith(response, 200, {});
    });
    const client = clientFor(backend.url);
    for (let i = 0; i < 5; i++) await client.store(BODY, CREDENTIALS);
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  it('is never traced, for it carries the key that suppressTracing of @opentelemetry/core sets', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const suppressed: boolean[] = [];
    const created = () => void suppressed.push(isTracingSuppressed(context.active()));
    subscribe('undici:request:create', created);
    try {
      await storeAt((response) => answerWith(response, 200, {}));
      expect(isTracingSuppressed(context.active())).toBe(false);
    } finally {
      unsubscribe('undici:request:create', created);
      context.disable();
    }
    expect(suppressed).toEqual([true]);
  });
});

describe('answers', () => {
  it.each([200, 201, 202, 204])('%i is success, whatever the body', async (status) => {
    const outcome = await storeAt((response) =>
      response.writeHead(status).end(status === 204 ? undefined : '<html>not JSON'),
    );
    expect(outcome).toEqual({ type: 'stored' });
  });

  it.each([
    [400, 'rejected', 'ValidationError', 'VALIDATION_ERROR', false],
    [422, 'rejected', 'ValidationError', 'VALIDATION_ERROR', false],
    [413, 'too_large', 'ValidationError', 'VALIDATION_ERROR', false],
    [401, 'unauthorised', 'AuthenticationError', 'AUTH_ERROR', false],
    [403, 'unauthorised', 'AuthenticationError', 'AUTH_ERROR', false],
    [429, 'failed', 'RateLimitError', 'RATE_LIMIT_ERROR', true],
    [500, 'failed', 'ServerError', 'SERVER_ERROR', true],
    [502, 'failed', 'ServerError', 'SERVER_ERROR', true],
    [503, 'failed', 'ServerError', 'SERVER_ERROR', true],
    [504, 'failed', 'ServerError', 'SERVER_ERROR', true],
    [302, 'rejected', 'HuggingPlaceSDKError', 'UNKNOWN_ERROR', false],
    [404, 'rejected', 'HuggingPlaceSDKError', 'UNKNOWN_ERROR', false],
    [405, 'rejected', 'HuggingPlaceSDKError', 'UNKNOWN_ERROR', false],
    [501, 'rejected', 'HuggingPlaceSDKError', 'UNKNOWN_ERROR', false],
  ])('%i is %s (%s)', async (status, type, name, code, retryable) => {
    const outcome = await storeAt((response) => answerWith(response, status, { message: 'because' }));
    expect(outcome.type).toBe(type);
    expect(errorOf(outcome)).toBeInstanceOf(HuggingPlaceSDKError);
    expect(errorOf(outcome)).toMatchObject({ name, code, status, retryable });
    if (status !== 302) expect(errorOf(outcome)?.message).toBe(`HTTP ${status}: because`);
  });

  it('tells the backend’s own failures from those that may be the request’s doing', async () => {
    const faultOf = async (status: number, headers = {}) =>
      await storeAt((response) => answerWith(response, status, {}, headers));
    expect(await faultOf(500)).toMatchObject({ fault: 'unclear' });
    for (const status of [429, 502, 503, 504]) expect(await faultOf(status)).toMatchObject({ fault: 'backend' });
    expect(await faultOf(503)).not.toHaveProperty('waitMs');
    expect(await faultOf(503, { 'retry-after': '60' })).toMatchObject({ fault: 'backend', waitMs: 60_000 });
    expect(await faultOf(429, { 'retry-after': 'soon' })).toMatchObject({ waitMs: 1_000 });
  });

  it('reads a Retry-After date by the clock of the answer', async () => {
    const outcome = await storeAt((response) =>
      answerWith(
        response,
        503,
        {},
        { date: 'Wed, 21 Oct 2099 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2099 07:28:30 GMT' },
      ),
    );
    expect(outcome).toMatchObject({ waitMs: 30_000 });
  });

  it.each([
    [{ message: 'no such field' }, 'HTTP 400: no such field'],
    [{ error: 'no such field' }, 'HTTP 400: no such field'],
    [{ message: { nested: true }, error: 'plain' }, 'HTTP 400: plain'],
    [{ message: 'a\u001b[31m\nb\u202e c\u2028d' }, 'HTTP 400: a [31m b c d'],
    [{ message: `key ${KEY} is unknown` }, 'HTTP 400: key [key] is unknown'],
    [{ message: `${Buffer.from(KEY).toString('base64')} is unknown` }, 'HTTP 400: [key] is unknown'],
    [{ message: 'x'.repeat(1000) }, `HTTP 400: ${'x'.repeat(200)}`],
    [null, 'HTTP 400'],
    ['text', 'HTTP 400'],
    [[], 'HTTP 400'],
  ])('says what the backend says, cleaned: %j', async (body, message) => {
    expect(errorOf(await storeAt((response) => answerWith(response, 400, body)))?.message).toBe(message);
  });

  it('does not wait for a success whose body hangs, nor read one that does not end', async () => {
    const hanging = await storeAt((response) => void response.writeHead(200).write('{"mess'));
    expect(hanging).toEqual({ type: 'stored' });
    let written = 0;
    const endless = await storeAt((response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    expect(endless).toEqual({ type: 'stored' });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([301, 302, 303, 307, 308])('%i is not followed: nothing reaches the other server', async (status) => {
    await using other = await Backend.start();
    const outcome = await storeAt((response) =>
      response.writeHead(status, { location: `${other.url}/stolen?x=1` }).end(),
    );
    expect(outcome.type).toBe('rejected');
    expect(errorOf(outcome)?.message).toBe(`HTTP ${status}: redirects are not followed (to ${other.url})`);
    expect(other.requests).toHaveLength(0);
  });
});

describe('no answer', () => {
  it('gives up at the deadline, and says so', async () => {
    const startMs = performance.now();
    const outcome = await storeAt(() => undefined, { timeoutMs: 100 });
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(outcome).toMatchObject({ type: 'failed', fault: 'backend' });
    expect(errorOf(outcome)).toMatchObject({
      name: 'NetworkError',
      code: 'NETWORK_ERROR',
      retryable: true,
      status: undefined,
    });
    expect(errorOf(outcome)?.message).toMatch(/^no answer from http:\/\/127\.0\.0\.1:\d+ \(TimeoutError\)$/);
  });

  it('takes an answer that arrived while the event loop was blocked for longer than the deadline', async () => {
    // In a thread of its own, for this one is blocked when it answers.
    const server = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const server = require('node:http').createServer((request, response) => request.resume().on('end', () => {
         parentPort.postMessage('received');
         setTimeout(() => response.end('{}'), 50);
       }));
       server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    const [port] = (await once(server, 'message')) as [number];
    const outcome = clientFor(`http://127.0.0.1:${port}`, { timeoutMs: 200 }).store(BODY, CREDENTIALS);
    await once(server, 'message');
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
    expect(await outcome).toEqual({ type: 'stored' });
    await server.terminate();
  });

  it('where nobody listens is the backend’s fault', async () => {
    const backend = await Backend.start();
    const { url } = backend;
    await backend.stop();
    const outcome = await clientFor(url).store(BODY, CREDENTIALS);
    expect(outcome).toMatchObject({ type: 'failed', fault: 'backend' });
    expect(errorOf(outcome)?.message).toBe(`no answer from ${url} (ECONNREFUSED)`);
  });

  it('from a name that does not exist is the backend’s fault', async () => {
    const outcome = await clientFor('https://backend.invalid').store(BODY, CREDENTIALS);
    expect(outcome).toMatchObject({ type: 'failed', fault: 'backend' });
    expect(errorOf(outcome)?.message).toMatch(/^no answer from https:\/\/backend\.invalid \((ENOTFOUND|EAI_AGAIN)\)$/);
  });

  it.each([
    ['a reset before the answer', (socket: Socket) => socket.resetAndDestroy()],
    ['an end without an answer', (socket: Socket) => socket.end()],
    ['half of the headers', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nconte')],
    ['something that is no HTTP', (socket: Socket) => socket.end(`echo ${KEY} ${BODY.toString()}`)],
    ['endless headers', (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}`)],
  ])('%s is unclear', async (_name, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const outcome = await clientFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).store(
      BODY,
      CREDENTIALS,
    );
    server.close();
    expect(outcome).toMatchObject({ type: 'failed', fault: 'unclear' });
    const shown = inspect(outcome, { depth: Infinity, showHidden: true });
    expect(shown).not.toContain(KEY);
    expect(shown).not.toContain('France');
  });
});

describe('TLS', () => {
  const tlsOutcome = async (cert: string, options: DeliveryOptions = {}) => {
    await using backend = await Backend.start(undefined, { tls: { cert, key: SERVER_KEY } });
    const outcome = await clientFor(`https://localhost:${backend.port}`, options).store(BODY, CREDENTIALS);
    return { outcome, arrived: backend.requests.length };
  };

  it('trusts the certificates of the option ca', async () => {
    expect(await tlsOutcome(LOCALHOST, { ca: CA })).toEqual({ outcome: { type: 'stored' }, arrived: 1 });
  });

  it.each([
    ['an unknown issuer', LOCALHOST, {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['an expired certificate', EXPIRED, { ca: CA }, 'CERT_HAS_EXPIRED'],
    ['another host’s certificate', OTHER_HOST, { ca: CA }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('refuses %s, whatever the environment says, and does not hammer', async (_name, cert, options, code) => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { outcome, arrived } = await tlsOutcome(cert, options);
      expect(outcome).toMatchObject({ type: 'failed', fault: 'backend', waitMs: 30_000 });
      expect(errorOf(outcome)?.message).toContain(`(${code})`);
      expect(arrived).toBe(0);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it('waits where plain HTTP answers on the port', async () => {
    await using backend = await Backend.start();
    const outcome = await clientFor(`https://localhost:${backend.port}`, { ca: CA }).store(BODY, CREDENTIALS);
    expect(outcome).toMatchObject({ type: 'failed', fault: 'backend', waitMs: 30_000 });
  });
});

describe('a proxy', () => {
  /** A CONNECT proxy that keeps what it was asked for. */
  async function startProxy(): Promise<{ server: Server; url: string; asked: string[] }> {
    const asked: string[] = [];
    const { createServer: createHttpServer } = await import('node:http');
    const { connect } = await import('node:net');
    const server = createHttpServer((_request, response) => {
      asked.push('plain request');
      response.end();
    });
    server.on('connect', (request, socket) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, asked, url: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it('is tunnelled through, and sees neither key nor prompt', async () => {
    const proxy = await startProxy();
    await using backend = await Backend.start(undefined, { tls: { cert: LOCALHOST, key: SERVER_KEY } });
    const client = clientFor(`https://localhost:${backend.port}`, { ca: CA, proxy: `http://me:p%40ss@${proxy.url}` });
    expect(await client.store(BODY, CREDENTIALS)).toEqual({ type: 'stored' });
    expect(proxy.asked).toEqual([`localhost:${backend.port} Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
    await client.close();
    proxy.server.close();
  });

  it('that is down is the backend’s fault', async () => {
    const proxy = await startProxy();
    proxy.server.close();
    await once(proxy.server, 'close');
    const client = clientFor('https://localhost:1', { ca: CA, proxy: `http://${proxy.url}` });
    expect(await client.store(BODY, CREDENTIALS)).toMatchObject({ type: 'failed', fault: 'backend' });
  });
});

describe('a dispatcher of the user’s own', () => {
  it('is sent through, and stays the user’s to close', async () => {
    await using backend = await Backend.start();
    const dispatcher = new Agent();
    const client = clientFor(backend.url, { dispatcher });
    expect(await client.store(BODY, CREDENTIALS)).toEqual({ type: 'stored' });
    await client.close();
    expect(dispatcher.destroyed).toBe(false);
    await dispatcher.close();
  });
});

describe('closing', () => {
  it('gives up what is under way at once', async () => {
    await using backend = await Backend.start(() => undefined);
    const client = clientFor(backend.url);
    const outcome = client.store(BODY, CREDENTIALS);
    await backend.received(1);
    await client.close();
    expect(await outcome).toMatchObject({ type: 'failed' });
  });
});
