import { context, createContextKey, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startActiveInteraction, startActiveSession } from './index.ts';
import { registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

const identityInContext = () => context.active().getValue(createContextKey('huggingplace.identity'));
/** What an auto-instrumentation does. */
const modelCall = (name: string) => trace.getTracer('instrumentation').startSpan(name).end();

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

describe('startActiveSession', () => {
  it('hands identity down in the context, frozen, and writes it on its span', () => {
    const identity = startActiveSession(
      {
        sessionId: 's1',
        user: { id: 'u1', email: 'a@example.com', fullName: 'Ada L.', roles: ['admin'] },
        userMetadata: { plan: 'pro' },
        metadata: { tenant: 't1', beta: true },
      },
      identityInContext,
    );

    expect(identity).toEqual({
      sessionId: 's1',
      userId: 'u1',
      userRoles: ['admin'],
      userMetadata: { email: 'a@example.com', full_name: 'Ada L.', plan: 'pro' },
      metadata: { tenant: 't1', beta: true },
    });
    expect(Object.isFrozen(identity)).toBe(true);
    expect(sdk.span('session').attributes).toEqual({
      'huggingplace.span.kind': 'session',
      'session.id': 's1',
      'user.id': 'u1',
      'user.roles': ['admin'],
      'user.email': 'a@example.com',
      'user.full_name': 'Ada L.',
      'huggingplace.user_metadata.plan': 'pro',
      'huggingplace.metadata.tenant': 't1',
      'huggingplace.metadata.beta': true,
    });
  });

  it('is the parent of what starts in it, across await', async () => {
    await startActiveSession({ sessionId: 's1' }, async () => {
      await Promise.resolve();
      modelCall('chat');
    });
    expect(sdk.span('chat').parentSpanContext?.spanId).toBe(sdk.span('session').spanContext().spanId);
  });

  it('in another takes over what it does not say itself, but nothing of another user', () => {
    const outer = {
      sessionId: 's1',
      user: { id: 'u1', email: 'a@example.com', roles: ['admin'] },
      metadata: { tenant: 't1' },
    };
    const [same, other] = startActiveSession(outer, () => [
      startActiveSession({ sessionId: 's2' }, identityInContext),
      startActiveSession({ sessionId: 's3', user: { id: 'u2' } }, identityInContext),
    ]);
    expect(same).toEqual({
      sessionId: 's2',
      userId: 'u1',
      userRoles: ['admin'],
      userMetadata: { email: 'a@example.com' },
      metadata: { tenant: 't1' },
    });
    expect(other).toEqual({ sessionId: 's3', userId: 'u2', userMetadata: {}, metadata: { tenant: 't1' } });
  });

  it('keeps two interleaved conversations apart', async () => {
    const turn = (sessionId: string, first: Promise<void>) =>
      startActiveSession({ sessionId }, async () => {
        await first;
        await startActiveInteraction(`turn ${sessionId}`, async () => {
          await Promise.resolve();
          modelCall(`chat ${sessionId}`);
        });
      });
    let letFirstGoOn = () => {};
    const later = new Promise<void>((resolve) => (letFirstGoOn = resolve));
    await Promise.all([
      turn('a', later),
      turn(
        'b',
        Promise.resolve().then(() => letFirstGoOn()),
      ),
    ]);

    for (const id of ['a', 'b']) {
      const interaction = sdk.span(`turn ${id}`);
      expect(interaction.attributes['session.id']).toBe(id);
      expect(sdk.span(`chat ${id}`).parentSpanContext?.spanId).toBe(interaction.spanContext().spanId);
    }
  });
});
