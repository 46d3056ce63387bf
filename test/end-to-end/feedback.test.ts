/** Feedback, from `recordFeedback` to the row: in time it is part of the record, later it goes through the contract's feedback call, and never makes a second interaction. */
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { huggingPlace, type HuggingPlaceOptions } from '@huggingplace/opentelemetry-exporter';
import { recordFeedback, startActiveInteraction, startInteraction } from '@huggingplace/tracing';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
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
