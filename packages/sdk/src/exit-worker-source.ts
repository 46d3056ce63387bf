/**
 * The program of the exit worker, as text: bundlers lose worker files, and a function's own source may carry what a bundler put into it.
 * Node's built-ins only; its `workerData` is the job of `exit-worker.ts`.
 */
export const EXIT_WORKER_SOURCE = String.raw`
'use strict';
const { workerData: job } = require('node:worker_threads');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');

const done = new Int32Array(job.done);
const statuses = new Uint16Array(job.statuses);
const target = new URL(job.url);
const isSecure = target.protocol === 'https:';
const hostname = target.hostname.replace(/^\[|\]$/g, '');
const port = Number(target.port) || (isSecure ? 443 : 80);
const trust = { ca: job.ca, rejectUnauthorized: true };

const agent = new (isSecure ? https : http).Agent({ keepAlive: true, maxSockets: job.concurrency, ...(isSecure && trust) });
if (job.proxy) agent.createConnection = (options, callback) => void tunnel(callback);

function tunnel(callback) {
  const proxy = new URL(job.proxy.url);
  const isSecureProxy = proxy.protocol === 'https:';
  const authority = target.hostname + ':' + port;
  const request = (isSecureProxy ? https : http).request({
    method: 'CONNECT',
    hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: Number(proxy.port) || (isSecureProxy ? 443 : 80),
    path: authority,
    headers: { host: authority, ...(job.proxy.authorization && { 'proxy-authorization': job.proxy.authorization }) },
    agent: false,
    ...(isSecureProxy && trust),
  });
  request.once('error', callback);
  request.once('connect', (response, socket) => {
    if (response.statusCode !== 200) {
      socket.destroy();
      callback(new Error('proxy: ' + response.statusCode));
      return;
    }
    const secure = tls.connect({ ...trust, socket, host: hostname, ...(net.isIP(hostname) === 0 && { servername: hostname }) });
    callback(null, secure);
  });
  request.end();
}

/** The status of one POST, and whether the backend wants a pause; status 0: no answer. */
function post({ body, headers }) {
  return new Promise((resolve) => {
    const request = (isSecure ? https : http).request(target, { method: 'POST', headers, agent }, (response) => {
      resolve({ status: response.statusCode, wantsPause: response.headers['retry-after'] !== undefined });
      response.on('error', () => {}).resume();
    });
    request.setTimeout(job.attemptTimeoutMs, () => request.destroy());
    request.on('error', () => resolve({ status: 0, wantsPause: false }));
    request.end(body);
  });
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const queue = job.posts.map((post, index) => ({ ...post, index }));
/** Those whose key was refused, or who were told to come back later. */
const paused = new Set();
/** Failures in a row. While there are any, one lane alone asks whether it is over. */
let failures = 0;
let isProbing = false;

async function lane() {
  while (queue.length > 0) {
    const isProbe = failures > 0;
    if (isProbe) {
      if (isProbing) {
        await sleep(20);
        continue;
      }
      isProbing = true;
      await sleep(Math.random() * Math.min(500, 50 * 2 ** failures));
    }
    const item = queue.shift();
    if (item !== undefined && !paused.has(item.headers.authorization)) {
      const { status, wantsPause } = await post(item);
      const mayRetry = status === 0 || job.retryable.includes(status);
      if (mayRetry) {
        failures += 1;
        if (wantsPause) paused.add(item.headers.authorization);
        queue.push(item);
      } else {
        failures = 0;
        if (job.unauthorised.includes(status)) paused.add(item.headers.authorization);
        statuses[item.index] = status;
      }
    }
    if (isProbe) isProbing = false;
  }
}

Promise.all(Array.from({ length: Math.min(job.concurrency, queue.length) }, lane)).finally(() => {
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
});
`;
