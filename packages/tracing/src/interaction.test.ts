import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getActiveInteraction, startActiveInteraction, startActiveSession, startActiveStep } from './index.ts';
import { registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

describe('startActiveInteraction', () => {
  it('marks its span and carries the identity around it, for an exporter that sees it before the session', () => {
    startActiveSession({ sessionId: 's1', user: { id: 'u1' } }, () =>
      startActiveInteraction(
        'answer',
        { userPrompt: 'hi', fileName: 'a.pdf', model: 'm', model2: 'n' },
        (interaction) => {
          interaction.setResponse('hello').setUsage({ inputTokens: 3, outputTokens: Number.NaN }).setMetadata({ k: 1 });
          interaction.setUserMetadata({ plan: 'pro' });
        },
      ),
    );
    expect(sdk.span('answer').attributes).toEqual({
      'huggingplace.span.kind': 'interaction',
      'session.id': 's1',
      'user.id': 'u1',
      'huggingplace.user_prompt': 'hi',
      'huggingplace.ai_response': 'hello',
      'huggingplace.file_name': 'a.pdf',
      'huggingplace.llm_model': 'm',
      'huggingplace.llm_model2': 'n',
      'gen_ai.usage.input_tokens': 3,
      'huggingplace.metadata.k': 1,
      'huggingplace.user_metadata.plan': 'pro',
    });
  });

  it('knows its message id at once, and so do the steps in it', () => {
    const [own, inStep] = startActiveInteraction('answer', (interaction) => [
      interaction.messageId,
      startActiveStep('search', (step) => step.messageId),
    ]);
    const { traceId, spanId } = sdk.span('answer').spanContext();
    expect(own).toBe(`${traceId}-${spanId}`);
    expect(inStep).toBe(own);
    expect(startActiveInteraction('other', { messageId: 'm1' }, ({ messageId }) => messageId)).toBe('m1');
    expect(sdk.span('other').attributes['huggingplace.message_id']).toBe('m1');
  });

  it('is the active one in what runs in it, and stays its kind', async () => {
    await startActiveInteraction(
      'answer',
      { attributes: { 'huggingplace.span.kind': 'step', own: 1 } },
      async (interaction) => {
        await Promise.resolve();
        expect(getActiveInteraction()).toBe(interaction);
      },
    );
    expect(getActiveInteraction()).toBeUndefined();
    expect(sdk.span('answer').attributes).toEqual({ 'huggingplace.span.kind': 'interaction', own: 1 });
  });

  it('inside another has an id of its own', () => {
    const [outer, inner] = startActiveInteraction('outer', ({ messageId }) => [
      messageId,
      startActiveInteraction('inner', (interaction) => interaction.messageId),
    ]);
    expect(inner).not.toBe(outer);
  });

  it('without content records neither prompt nor answer nor texts of steps', () => {
    startActiveInteraction('answer', { userPrompt: 'secret', captureContent: false }, (interaction) => {
      startActiveStep('search', { input: 'secret' }, () => 'secret');
      interaction.setResponse('secret');
    });
    expect(sdk.span('answer').attributes['huggingplace.capture_content']).toBe(false);
    expect(JSON.stringify(sdk.ended().map((span) => span.attributes))).not.toContain('secret');
  });
});
