import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { STORE, TestClient } from './testing/client.ts';

let server: DevServer;
let port: number;
beforeAll(async () => {
  server = await startDevServer({ allowedHosts: ['dev.example'] });
  port = Number(new URL(server.url).port);
});
afterAll(() => server.close());

/** Not `fetch`: that sets these headers itself. */
const send = (headers: Record<string, string>, { method = 'POST', path = STORE, body = '{"org_id":"local"}' } = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += String(part)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? body : undefined);
  });
const json = () => ({ 'Content-Type': 'application/json', Authorization: 'Bearer hp_local' });

describe('who may speak to the server', () => {
  it.each<[number, string, Record<string, string>]>([
    [403, 'a name of somebody else’s that resolves to this machine', { Host: 'evil.example' }],
    [403, 'the same with our port', { Host: `evil.example:4747` }],
    [403, 'every interface as a name', { Host: '0.0.0.0' }],
    [403, 'a name that only begins like ours', { Host: 'localhost.evil.example' }],
    [403, 'the same, written in full', { Host: 'evil.example.' }],
    [403, 'another site’s page', { Origin: 'https://evil.example' }],
    [403, 'a page without an origin', { Origin: 'null' }],
    [403, 'a page of another port of this machine', { Origin: 'http://127.0.0.1:1' }],
    [403, 'a request that the browser calls cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    [415, 'plain text, which any form can send', { 'Content-Type': 'text/plain' }],
    [415, 'a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    [415, 'JSON that calls itself text', { 'Content-Type': 'text/plain; application/json' }],
    [200, 'nobody’s page', {}],
    [200, 'localhost', { Host: 'localhost' }],
    [200, 'its IPv6 name', { Host: '[::1]:80' }],
    [200, 'a name that it was told', { Host: 'DEV.example' }],
  ])('%i: %s', async (status, _, headers) => {
    expect((await send({ ...json(), ...headers })).status).toBe(status);
  });

  it('gives its page to links from anywhere, and its data to its page alone', async () => {
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    const page = await send(link, { method: 'GET', path: '/' });
    expect(page.status).toBe(200);
    const cookie = String(page.headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly.*SameSite=Strict/i);
    const list = '/page-api/interactions';
    const own = { Cookie: cookie.split(';')[0] ?? '' };
    expect((await send({}, { method: 'GET', path: list })).status).toBe(401);
    expect((await send({ ...own, 'Sec-Fetch-Site': 'cross-site' }, { method: 'GET', path: list })).status).toBe(403);
    expect((await send(own, { method: 'GET', path: list })).status).toBe(200);
    expect((await send(own, { method: 'GET', path: `${list}?org=other` })).status).toBe(403);
  });

  it('lets no page run, frame or guess anything', async () => {
    for (const path of ['/', '/health', '/nothing', '/openapi.json']) {
      const { headers } = await send({}, { method: 'GET', path });
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      );
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

it('listens where other machines are, by its addresses but not by strange names', async () => {
  const open = await startDevServer({ host: '0.0.0.0', apiKey: 'a-key-of-my-own' });
  port = Number(new URL(open.url).port);
  const own = { ...json(), Authorization: 'Bearer a-key-of-my-own' };
  const statuses = [];
  for (const Host of ['192.0.2.7:80', '[2001:db8::1]', 'evil.example', '0.0.0.0'])
    statuses.push((await send({ ...own, Host })).status);
  expect(statuses).toEqual([200, 200, 403, 403]);
  // There the page itself lets nobody in.
  expect((await send({}, { method: 'GET', path: '/' })).headers['set-cookie']).toBeUndefined();
  await open.close();
});

it('takes no key of an object for more than a key', async () => {
  const client = new TestClient(server);
  const keys = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'isPrototypeOf',
  ];
  const shapes: ((key: string) => unknown)[] = [
    (key) => ({ [key]: { polluted: 'yes' } }),
    (key) => ({ [key]: { prototype: { polluted: 'yes' } } }),
    (key) => ({ a: { [key]: { polluted: 'yes' } } }),
    (key) => ({ a: [{ [key]: { polluted: 'yes' } }] }),
    (key) => ({ [`${key}.polluted`]: 'yes', [`a[${key}][polluted]`]: 'yes' }),
  ];
  const places = ['metaData', 'user_meta_data', 'step', 'body', 'filter'];
  let sent = 0;
  for (const key of keys) {
    for (const shape of shapes) {
      for (const place of places) {
        const value = JSON.stringify(shape(key)).replaceAll(`"${key}"`, JSON.stringify(key));
        const id = `pollution-${sent++}`;
        const rest = value === '{}' ? '' : `,${value.slice(1, -1)}`;
        const base = `"org_id":"local","message_id":"${id}"`;
        const bodies: Record<string, string> = {
          metaData: `{${base},"metaData":${value}}`,
          user_meta_data: `{${base},"user_meta_data":${value}}`,
          step: `{${base},"step_data":[{"step_name":"s"${rest}}]}`,
          body: `{${base}${rest}}`,
          filter: `{${base}}`,
        };
        expect((await client.post(bodies[place] ?? '')).status).toBe(200);
        if (place === 'filter') expect((await client.read({ [key]: 'yes', message_id: id })).status).toBe(200);
        const [chat] = (await client.read({ message_id: id })).chats;
        // The data has arrived, under a name that is safe.
        if (place === 'metaData' || place === 'user_meta_data')
          expect(JSON.stringify(chat?.[place])).toContain('"yes"');
        if (place === 'step') expect(JSON.stringify(chat?.['step_data'])).toContain('"yes"');
      }
    }
  }
  expect(sent).toBe(200);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('holds deep and large input off, in bounded memory', async () => {
  const client = new TestClient(server);
  for (const deep of ['['.repeat(200_000) + ']'.repeat(200_000), '{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)]) {
    const refused = await client.post(`{"org_id":"local","metaData":{"deep":${deep}}}`);
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.body['error']).toContain('deeper than 64');
  }
  const before = process.memoryUsage().rss;
  const megabyte = 'x'.repeat(1024 * 1024);
  for (let index = 0; index < 128; index++) {
    const stored = await client.post({ org_id: 'local', session_id: 'large', ai_response: megabyte });
    expect(stored.status).toBe(200);
  }
  // The database in memory holds them all, and compresses them; the server itself holds none.
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
  expect((await client.read({ session_id: 'large', limit: '1' })).totalChats).toBe(128);
});
