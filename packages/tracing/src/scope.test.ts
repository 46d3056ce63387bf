/** Handles that are started without a callback, for `using`. */
import { diag, DiagLogLevel, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { getActiveInteraction, startActiveStep, startInteraction, startSession, startStep } from './index.ts';
import { drain, registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

const parentOf = (name: string) => sdk.span(name).parentSpanContext?.spanId;

it('end where the block is left, in the order that `using` has, and once', async () => {
  {
    using session = startSession({ sessionId: 's1' });
    using interaction = session.run(() => startInteraction('answer', { userPrompt: 'hi' }));
    using step = interaction.run(() => startStep('search', { type: 'retrieval' }));
    await step.run(async () => {
      await Promise.resolve();
      startActiveStep('inner', () => undefined);
      expect(getActiveInteraction()).toBe(interaction);
    });
    step.setResponse('documents').end();
    interaction.setResponse('hello');
    expect(trace.getActiveSpan()).toBeUndefined();
  }
  expect(sdk.ended().map((span) => span.name)).toEqual(['inner', 'search', 'answer', 'session']);
  expect(parentOf('inner')).toBe(sdk.span('search').spanContext().spanId);
  expect(sdk.span('search').attributes['huggingplace.step.output']).toBe('documents');
  expect(sdk.span('answer').attributes).toMatchObject({ 'session.id': 's1', 'huggingplace.ai_response': 'hello' });
});

it('record what `run` throws, and throw it on', async () => {
  const failure = new Error('broken');
  using thrown = startStep('thrown');
  using rejected = startStep('rejected');
  expect(() =>
    thrown.run(() => {
      throw failure;
    }),
  ).toThrow(failure);
  await expect(rejected.run(() => Promise.reject(failure))).rejects.toBe(failure);
  thrown.end();
  rejected.end();
  expect(sdk.ended().map((span) => span.status)).toEqual(
    Array(2).fill({ code: SpanStatusCode.ERROR, message: 'broken' }),
  );
});

it('take no result of `run` as the response, and do not end with it', async () => {
  const step = startStep('step');
  step.run(() => 'one of several');
  await drain(
    step.run(async function* () {
      await Promise.resolve();
      yield 'piece';
    }),
  );
  expect(sdk.ended()).toEqual([]);
  step.end();
  expect(sdk.span('step').attributes).not.toHaveProperty('huggingplace.step.output');
});

it('say nothing more after their end, and the SDK has nothing to complain of', () => {
  const complaints: string[] = [];
  const log = (message: string) => void complaints.push(message);
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN);
  const step = startStep('step');
  step.end();
  step.end();
  step
    .setInput('late')
    .setMetadata({ late: true })
    .setUsage({ inputTokens: 1 })
    .setModel('late')
    .recordError(new Error('late'));
  expect(sdk.span('step').attributes).toEqual({ 'huggingplace.span.kind': 'step' });
  diag.disable();
  expect(complaints).toEqual([]);
});
