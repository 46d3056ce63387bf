import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordFeedback, startActiveInteraction, startInteraction } from './index.ts';
import type { Feedback, FeedbackSink } from './index.ts';
import { registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

const SINK = Symbol.for('huggingplace.feedback');
const setSink = (sink: FeedbackSink | undefined) => Reflect.set(globalThis, SINK, sink);

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(() => {
  unregisterSdk();
  setSink(undefined);
});

describe('recordFeedback', () => {
  it('while the interaction is open is an event of its span, and no other', async () => {
    const outcome = await startActiveInteraction('answer', ({ messageId }) =>
      recordFeedback({ messageId, likes: 1, score: 0.5, comment: 'good', evaluation: 'APPROVED', dislikes: undefined }),
    );
    expect(outcome).toEqual({ status: 'recorded' });
    expect(sdk.span('answer').events).toMatchObject([
      { name: 'huggingplace.feedback', attributes: { likes: 1, score: 0.5, comment: 'good', evaluation: 'APPROVED' } },
    ]);
    expect(sdk.ended()).toHaveLength(1);
  });

  it('later goes to the exporter, which says what became of it', async () => {
    const taken: Feedback[] = [];
    setSink((feedback) => {
      taken.push(feedback);
      return Promise.resolve({ status: 'delivered' });
    });
    const messageId = startActiveInteraction('answer', (interaction) => interaction.messageId);
    expect(await recordFeedback({ messageId, dislikes: 1, comment: '', score: Number.NaN })).toEqual({
      status: 'delivered',
    });
    expect(taken).toEqual([{ messageId, dislikes: 1 }]);
    expect(sdk.ended()).toHaveLength(1);
  });

  it('without an exporter, with nothing to say, or where the exporter fails is refused, and never rejects', async () => {
    expect(await recordFeedback({ messageId: 'm1', likes: 1 })).toEqual({ status: 'refused', reason: 'no_exporter' });
    expect(await recordFeedback({ messageId: 'm1' })).toEqual({ status: 'refused', reason: 'empty' });
    setSink(() => {
      throw new Error('broken');
    });
    expect(await recordFeedback({ messageId: 'm1', likes: 1 })).toEqual({
      status: 'refused',
      reason: 'failed',
      message: 'Error: broken',
    });
  });

  it('finds the interaction by the id that it was given', async () => {
    const interaction = startInteraction('answer', { messageId: 'm1' });
    expect(await recordFeedback({ messageId: 'm1', likes: 1 })).toEqual({ status: 'recorded' });
    interaction.end();
    expect(await recordFeedback({ messageId: 'm1', likes: 1 })).toMatchObject({ status: 'refused' });
  });

  it('forgets the oldest of interactions that never end', async () => {
    const open = Array.from({ length: 10_001 }, (_, index) => startInteraction('open', { messageId: `m${index}` }));
    expect(await recordFeedback({ messageId: 'm0', likes: 1 })).toMatchObject({ status: 'refused' });
    expect(await recordFeedback({ messageId: 'm10000', likes: 1 })).toMatchObject({ status: 'recorded' });
    for (const interaction of open) interaction.end();
  });
});
