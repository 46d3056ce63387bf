import { context, trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import {
  recordFeedback,
  startActiveInteraction,
  startActiveSession,
  startActiveStep,
  startStep,
  withStep,
} from './index.ts';
import { drain, registerSdk, unregisterSdk } from './sdk.test-support.ts';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';

afterEach(unregisterSdk);

it('everything runs, nothing is touched, and what is returned is the very thing', async () => {
  const promise = Promise.resolve('value');
  const stream = new ReadableStream();
  const generator = (async function* () {
    await Promise.resolve();
    yield 1;
  })();
  let isSerialised = false;
  const input = { toJSON: () => (isSerialised = true) };

  startActiveSession({ sessionId: 's1', baggage: true }, (session) => {
    session.setMetadata({ a: 1 }).setUserMetadata({ b: 2 }).recordError(new Error('seen'));
    startActiveInteraction('answer', { userPrompt: 'hi' }, (interaction) => {
      interaction.setInput(input).setResponse(input).setModel('m').setUsage({ inputTokens: 1 });
      expect(startActiveStep('step', { input }, () => promise)).toBe(promise);
      expect(startActiveStep('step', () => stream)).toBe(stream);
      expect(startActiveStep('step', () => generator)).toBe(generator);
    });
  });
  startStep('step').end();
  expect(withStep((word: string) => word)('word')).toBe('word');
  expect(isSerialised).toBe(false);
  expect(Object.getOwnPropertyNames(stream)).toEqual([]);
  expect(Object.getOwnPropertyNames(generator)).toEqual([]);
  expect(await recordFeedback({ messageId: 'm1', likes: 1 })).toEqual({ status: 'refused', reason: 'no_exporter' });
});

it('a message id names no other interaction', () => {
  const id = () => startActiveInteraction('answer', ({ messageId }) => messageId);
  expect(id()).not.toBe(id());
  expect(startActiveInteraction('answer', { messageId: 'm1' }, ({ messageId }) => messageId)).toBe('m1');
});

it('errors are thrown on', async () => {
  const failure = new Error('broken');
  expect(() =>
    startActiveStep('step', () => {
      throw failure;
    }),
  ).toThrow(failure);
  await expect(startActiveStep('step', () => Promise.reject(failure))).rejects.toBe(failure);
});

it('an SDK that is registered later, or in place of another, is the one that is used', () => {
  startActiveStep('before', () => undefined);
  const first = registerSdk();
  startActiveStep('first', () => undefined);
  unregisterSdk();
  const second = registerSdk();
  startActiveStep('second', () => undefined);
  expect(first.ended().map((span) => span.name)).toEqual(['first']);
  expect(second.ended().map((span) => span.name)).toEqual(['second']);
});

it('spans that a sampler leaves out keep their context, so that no part of their trace is recorded alone', async () => {
  const sdk = registerSdk({
    sampler: {
      shouldSample: (parent) => ({
        decision: trace.getSpan(parent) ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
      }),
      toString: () => 'roots are left out',
    },
  });
  const parents: (string | undefined)[] = [];
  const stream = startActiveInteraction('answer', async function* () {
    await Promise.resolve();
    parents.push(trace.getSpan(context.active())?.spanContext().traceId);
    yield 'piece';
  });
  await drain(stream);
  expect(parents).toEqual([expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/)]);
  expect(sdk.ended()).toEqual([]);
});
