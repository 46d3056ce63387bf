/** Feedback, from `recordFeedback` to the row: in time it is part of the record, later it goes through the contract's feedback call, and never makes a second interaction. */
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { huggingPlace, type HuggingPlaceOptions } from '@huggingplace/opentelemetry-exporter';
import { recordFeedback, startActiveInteraction, startInteraction } from '@huggingplace/tracing';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../../packages/exporter/src/connection.ts';
import { ManualClock } from '../../packages/exporter/src/testing/manual-clock.ts';
import { accountAt, message } from './application.ts';

const FEEDBACK_PATH = '/v2/chatgpt/feedback';

let server: DevServer;
const ended: (() => Promise<void>)[] = [];
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
beforeEach(async () => {
  server = await startDevServer({ organisations: { hp_acme: 'acme' } });
});
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
  trace.disable();
  await server.close();
});
afterAll(() => context.disable());

function start(options: HuggingPlaceOptions = {}) {
  const hp = huggingPlace({ ...accountAt(server), exitTimeoutMs: 0, feedbackPath: FEEDBACK_PATH, ...options });
  const tracers = new BasicTracerProvider({ spanProcessors: hp.spanProcessors });
  trace.setGlobalTracerProvider(tracers);
  ended.push(() => tracers.shutdown());
  // With the first span, of whatever, the exporter begins.
  tracers.getTracer('http').startSpan('GET /').end();
  return { hp, tracers };
}

/** A backend that says what is asked of it: whether it takes interactions, and what it answers to feedback. */
async function startBackend() {
  const backend = { takesRecords: false, feedback: 404, headers: {}, received: [] as unknown[], url: '' };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isFeedback = request.url === FEEDBACK_PATH;
      if (isFeedback) backend.received.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      response.writeHead(isFeedback ? backend.feedback : backend.takesRecords ? 200 : 500, backend.headers).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  ended.push(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  backend.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return backend;
}

/** An interaction that has been answered. */
const answered = (): string =>
  startActiveInteraction('answer', { userPrompt: 'why?' }, (interaction) => {
    interaction.setResponse('because');
    return interaction.messageId;
  });

const rows = () =>
  server.database.query(
    'SELECT message_id, org_id, metadata FROM chat JOIN prompt_details ON chat_id = id ORDER BY created, id',
  );

it('is in the record while the interaction goes on', async () => {
  const { hp } = start({ feedbackPath: '' });
  const interaction = startInteraction('answer', { userPrompt: 'why?' });
  expect(await recordFeedback({ messageId: interaction.messageId, likes: 1 })).toEqual({ status: 'recorded' });
  interaction.end();
  await hp.forceFlush();
  expect(await rows()).toMatchObject([{ message_id: interaction.messageId, metadata: { likes: 1 } }]);
});

it('is in the record while something of the ended interaction is waited for', async () => {
  const { hp, tracers } = start({ feedbackPath: '' });
  // A stream outlives the span that was marked.
  const interaction = startInteraction('answer', { userPrompt: 'why?', messageId: 'my own id' });
  const call = interaction.run(() =>
    tracers.getTracer('llm').startSpan('chat', { attributes: { 'gen_ai.operation.name': 'chat' } }),
  );
  interaction.end();
  expect(await recordFeedback({ messageId: 'my own id', score: 0.5, comment: 'so far' })).toEqual({
    status: 'recorded',
  });
  call.end();
  await hp.forceFlush();
  expect(await rows()).toMatchObject([{ message_id: 'my own id', metadata: { score: 0.5, comment: 'so far' } }]);
});

it('is in the record of a call that waits for its tool', async () => {
  const { hp, tracers } = start({ feedbackPath: '' });
  const call = tracers.getTracer('llm').startSpan('chat', {
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.input.messages': message('user', 'where is it?'),
      'gen_ai.response.finish_reasons': ['tool_calls'],
    },
  });
  call.end();
  const { traceId, spanId } = call.spanContext();
  await expect.poll(() => hp.stats().open).toBe(1);
  expect(await recordFeedback({ messageId: `${traceId}-${spanId}`, dislikes: 1 })).toEqual({ status: 'recorded' });
  await hp.forceFlush();
  expect(await rows()).toMatchObject([{ metadata: { dislikes: 1, finish_reasons: ['tool_calls'] } }]);
});

it('changes the row of a record that has left, and makes no other', async () => {
  const { hp } = start();
  const messageId = answered();
  await hp.forceFlush();
  expect(
    await recordFeedback({ messageId, likes: 1, comment: 'to the point', evaluation: 'APPROVED', score: 0.9 }),
  ).toEqual({ status: 'delivered' });
  expect(await rows()).toMatchObject([
    { message_id: messageId, metadata: { likes: 1, comment: 'to the point', evaluation: 'APPROVED', score: 0.9 } },
  ]);
  expect(hp.stats()).toMatchObject({ seen: 1, delivered: 1 });
});

it('waits for its record, which has not left the queue', async () => {
  start();
  server.fail('503:1');
  const messageId = answered();
  await expect
    .poll(async () => (await fetch(`${server.url}/metrics`)).text())
    .toMatch(/injected_faults_total\{.*\} [1-9]/);
  const outcome = recordFeedback({ messageId, likes: 1 });
  server.fail('');
  expect(await outcome).toEqual({ status: 'delivered' });
  expect(await rows()).toMatchObject([{ metadata: { likes: 1 } }]);
});

it('goes again when the backend fails', async () => {
  const { hp } = start();
  const messageId = answered();
  await hp.forceFlush();
  server.fail('503:1');
  const outcome = recordFeedback({ messageId, likes: 1 });
  await expect
    .poll(async () => (await fetch(`${server.url}/metrics`)).text())
    .toMatch(/injected_faults_total\{.*\} [1-9]/);
  server.fail('');
  expect(await outcome).toEqual({ status: 'delivered' });
});

it('goes to the account of its record', async () => {
  const { hp } = start({ routing: () => ({ apiKey: 'hp_acme', orgId: 'acme' }) });
  const messageId = answered();
  await hp.forceFlush();
  expect(await recordFeedback({ messageId, likes: 1 })).toEqual({ status: 'delivered' });
  expect(await rows()).toMatchObject([{ org_id: 'acme', metadata: { likes: 1 } }]);
});

it('says nothing of an interaction whose texts are kept back, but numbers', async () => {
  const { hp } = start({ mask: (text) => text.replaceAll('secret', '***') });
  const kept = startActiveInteraction('kept', { captureContent: false }, ({ messageId }) => messageId);
  const open = answered();
  await hp.forceFlush();
  expect(await recordFeedback({ messageId: kept, likes: 1, comment: 'a secret' })).toEqual({ status: 'delivered' });
  expect(await recordFeedback({ messageId: open, comment: 'a secret' })).toEqual({ status: 'delivered' });
  const [first, second] = (await rows()).map(({ metadata }) => metadata);
  expect(first).not.toHaveProperty('comment');
  expect(first).toMatchObject({ likes: 1 });
  expect(second).toMatchObject({ comment: 'a ***' });
});

it.each<[string, HuggingPlaceOptions, { readonly reason: string; readonly message?: unknown }]>([
  ['not configured', { feedbackPath: '' }, { reason: 'not_configured' }],
  ['of an interaction that the backend does not know', {}, { reason: 'unknown_message', message: expect.stringContaining('404') }], // prettier-ignore
  ['with a key that it does not know', { apiKey: 'other' }, { reason: 'rejected', message: expect.stringContaining('401') }], // prettier-ignore
])('is refused with a clear outcome when it is late and %s', async (_, options, refusal) => {
  start(options);
  expect(await recordFeedback({ messageId: 'unknown', likes: 1 })).toEqual({ status: 'refused', ...refusal });
  expect(await rows()).toEqual([]);
});

it('that is under way at the shutdown is refused, and later nobody takes it', async () => {
  const { tracers } = start({ shutdownTimeoutMs: 100 });
  server.fail('503:1');
  const outcome = recordFeedback({ messageId: 'unknown', likes: 1 });
  await expect
    .poll(async () => (await fetch(`${server.url}/metrics`)).text())
    .toMatch(/injected_faults_total\{.*\} [1-9]/);
  await tracers.shutdown();
  expect(await outcome).toMatchObject({ status: 'refused', reason: 'failed' });
  expect(await recordFeedback({ messageId: 'unknown', likes: 1 })).toEqual({
    status: 'refused',
    reason: 'no_exporter',
  });
});

it.each(['queue', 'spool'])('of a record that is still in the %s comes too early, and is sent again', async (where) => {
  const spoolDirectory = await mkdtemp(join(tmpdir(), 'feedback-'));
  ended.push(() => rm(spoolDirectory, { recursive: true, force: true }));
  const backend = await startBackend();
  const { hp } = start({ baseUrl: backend.url, shutdownTimeoutMs: 50, ...(where === 'spool' && { spoolDirectory }) });
  const warnings: string[] = [];
  const note = ({ name }: Error) => void warnings.push(name);
  process.on('warning', note);
  const messageId = answered();
  await hp.forceFlush();
  const outcomes = Array.from({ length: 60 }, () => recordFeedback({ messageId, likes: 1 }));
  await expect.poll(() => backend.received.length).toBeGreaterThanOrEqual(60);
  Object.assign(backend, { takesRecords: true, feedback: 200 });
  expect(new Set((await Promise.all(outcomes)).map(({ status }) => status))).toEqual(new Set(['delivered']));
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

it('of a record that never arrives fails, and is no unknown message', async () => {
  const backend = await startBackend();
  const { hp, tracers } = start({ baseUrl: backend.url, shutdownTimeoutMs: 50 });
  const messageId = answered();
  await hp.forceFlush();
  const outcome = recordFeedback({ messageId, likes: 1 });
  await expect.poll(() => backend.received.length).toBeGreaterThan(1);
  await tracers.shutdown();
  expect(await outcome).toMatchObject({ status: 'refused', reason: 'failed' });
});

it('is given up after 30 seconds, however long the backend asks to wait', async () => {
  const backend = await startBackend();
  Object.assign(backend, { feedback: 503, headers: { 'retry-after': '3600' } });
  const clock = new ManualClock();
  const connection = new Connection({ apiKey: 'k', orgId: 'o', baseUrl: backend.url, feedbackPath: FEEDBACK_PATH }, true, clock); // prettier-ignore
  ended.push(() => connection.shutdown());
  connection.begin();
  let outcome: unknown;
  void recordFeedback({ messageId: 'm1', likes: 1 }).then((given) => (outcome = given));
  await expect.poll(() => backend.received.length).toBe(1);
  clock.advance(29_999);
  await new Promise(setImmediate);
  expect(outcome).toBeUndefined();
  clock.advance(1);
  await expect.poll(() => outcome).toMatchObject({ status: 'refused', reason: 'failed' });
  expect(backend.received).toHaveLength(1);
});

it.each([
  ['a field may have', { maxFieldChars: 100 }, 100],
  ['may wait a thousandfold', {}, 65_536],
])('says no more than %s: texts are cut', async (_, options, maxChars) => {
  const { hp } = start(options);
  const messageId = answered();
  await hp.forceFlush();
  expect(await recordFeedback({ messageId, comment: 'x'.repeat(100_000) })).toEqual({ status: 'delivered' });
  expect(await rows()).toMatchObject([{ metadata: { comment: `${'x'.repeat(maxChars - 1)}…` } }]);
});

it.each([true, false])('of a record of another process follows captureContent: %s', async (captureContent) => {
  const backend = await startBackend();
  backend.feedback = 200;
  start({ baseUrl: backend.url, captureContent });
  const said = { messageId: 'of another', likes: 1, evaluation: 'APPROVED', comment: 'good' } as const;
  expect(await recordFeedback(said)).toEqual({ status: 'delivered' });
  expect(await recordFeedback({ messageId: 'of another', comment: 'good' })).toMatchObject(
    captureContent ? { status: 'delivered' } : { status: 'refused', reason: 'empty' },
  );
  const first = {
    message_id: 'of another',
    likes: 1,
    evaluation: 'APPROVED',
    ...(captureContent && { comment: 'good' }),
  };
  expect(backend.received).toEqual([first, ...(captureContent ? [{ message_id: 'of another', comment: 'good' }] : [])]);
});

it('that is a comment alone, where no content is captured, is not said to be recorded', async () => {
  const { hp } = start({ captureContent: false });
  const interaction = startInteraction('answer', { messageId: 'my own id' });
  const call = interaction.run(() => trace.getTracer('llm').startSpan('chat', { attributes: { 'gen_ai.operation.name': 'chat' } })); // prettier-ignore
  interaction.end();
  expect(await recordFeedback({ messageId: 'my own id', comment: 'good' })).toMatchObject({ reason: 'empty' });
  call.end();
  await hp.forceFlush();
});

it('goes to the registration that knows its interaction, and to the others when one is shut down', async () => {
  const [first, second] = [await startBackend(), await startBackend()];
  for (const backend of [first, second]) Object.assign(backend, { takesRecords: true, feedback: 200 });
  const { hp } = start({ baseUrl: first.url });
  const messageId = answered();
  await hp.forceFlush();
  trace.disable();
  const { tracers } = start({ baseUrl: second.url });
  expect(await recordFeedback({ messageId, likes: 1 })).toEqual({ status: 'delivered' });
  expect(await recordFeedback({ messageId: 'of another', likes: 1 })).toEqual({ status: 'delivered' });
  await tracers.shutdown();
  expect(await recordFeedback({ messageId: 'of another', likes: 1 })).toEqual({ status: 'delivered' });
  const ids = ({ received }: { received: unknown[] }) =>
    received.map((said): unknown => Reflect.get(Object(said) as object, 'message_id'));
  expect([ids(first), ids(second)]).toEqual([[messageId, 'of another'], ['of another']]);
});
