/** Checked by the type checker; that it runs is only to be listed among the tests. */
import { describe, expectTypeOf, it } from 'vitest';
import {
  getActiveInteraction,
  recordFeedback,
  startActiveInteraction,
  startActiveSession,
  startActiveStep,
  startStep,
  withStep,
} from './index.ts';
import type {
  FeedbackOutcome,
  Interaction,
  InteractionOptions,
  Scope,
  Session,
  SessionOptions,
  Step,
  StepOptions,
} from './index.ts';

describe('types', () => {
  it('results are passed through', () => {
    expectTypeOf(startActiveStep('s', () => 1)).toEqualTypeOf<number>();
    expectTypeOf(startActiveStep('s', {}, async () => Promise.resolve('a'))).toEqualTypeOf<Promise<string>>();
    expectTypeOf(
      startActiveInteraction('i', async function* () {
        yield await Promise.resolve(1);
      }),
    ).toExtend<AsyncGenerator<number>>();
    expectTypeOf(startActiveSession({ sessionId: 's' }, () => new Response())).toEqualTypeOf<Response>();
    const generic: <Value>(value: Value) => Value = withStep(<Value>(value: Value) => value);
    expectTypeOf(generic('a' as const)).toEqualTypeOf<'a'>();
  });

  it('callbacks get handles', () => {
    startActiveSession({ sessionId: 's' }, (session) => expectTypeOf(session).toEqualTypeOf<Session>());
    startActiveInteraction('i', (interaction) => expectTypeOf(interaction).toEqualTypeOf<Interaction>());
    startActiveStep('s', (step) => expectTypeOf(step).toEqualTypeOf<Step>());
    expectTypeOf(startStep('s')).toExtend<Step & Scope & Disposable>();
    expectTypeOf(getActiveInteraction()).toEqualTypeOf<Interaction | undefined>();
    expectTypeOf<Interaction['messageId']>().toEqualTypeOf<string>();
    expectTypeOf<Step['messageId']>().toEqualTypeOf<string | undefined>();
    expectTypeOf(recordFeedback).returns.resolves.toEqualTypeOf<FeedbackOutcome>();
  });

  it('there is no `any`', () => {
    expectTypeOf(startActiveStep).parameters.not.toBeAny();
    expectTypeOf<StepOptions[keyof StepOptions]>().not.toBeAny();
    expectTypeOf<InteractionOptions[keyof InteractionOptions]>().not.toBeAny();
    expectTypeOf<Step[keyof Step]>().not.toBeAny();
  });

  it('absent and undefined are the same to give, for values come from elsewhere', () => {
    expectTypeOf<{ userPrompt: string | undefined; sessionId: undefined }>().toExtend<InteractionOptions>();
    expectTypeOf<{ sessionId: string; user: { id: string | undefined } }>().toExtend<SessionOptions>();
    expectTypeOf<{ baggage: true }>().toExtend<SessionOptions>();
  });

  it('wrong keys and values do not compile', () => {
    const never = (_: () => unknown) => undefined;
    // @ts-expect-error a session has an id, or takes it from baggage
    never(() => startActiveSession({}, () => 1));
    // @ts-expect-error the key is sessionId
    never(() => startActiveSession({ sessionID: 's' }, () => 1));
    // @ts-expect-error a user has an id, not a userId
    never(() => startActiveSession({ sessionId: 's', user: { userId: 'u' } }, () => 1));
    // @ts-expect-error the key is userPrompt
    never(() => startActiveInteraction('i', { prompt: 'p' }, () => 1));
    // @ts-expect-error a prompt is a text
    never(() => startActiveInteraction('i', { userPrompt: 1 }, () => 1));
    // @ts-expect-error metadata is flat
    never(() => startActiveInteraction('i', { metadata: { nested: { a: 1 } } }, () => 1));
    // @ts-expect-error no such type of step
    never(() => startActiveStep('s', { type: 'search' }, () => 1));
    // @ts-expect-error a step has an input
    never(() => startActiveStep('s', { userPrompt: 'p' }, () => 1));
    expectTypeOf<Session>().not.toHaveProperty('setResponse');
    // @ts-expect-error the key is inputTokens
    never(() => startActiveStep('s', (step: Step) => void step.setUsage({ input_tokens: 1 })));
    // @ts-expect-error feedback names its interaction
    never(() => recordFeedback({ likes: 1 }));
    // @ts-expect-error no such evaluation
    never(() => recordFeedback({ messageId: 'm', evaluation: 'GOOD' }));
    // @ts-expect-error it wraps a function
    never(() => withStep('name'));
  });
});
