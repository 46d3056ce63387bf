import { describe, expect, it } from 'vitest';
import { applicationMetadata, identityIn } from './metadata.ts';

const metadata = (given: object) => applicationMetadata(Object.entries(given));
const identity = (given: object) => identityIn(Object.entries(given));

describe('identity', () => {
  it.each([{ userId: 'u' }, { user_id: 'u' }, { 'user.id': 'u' }, { 'user-id': 'u' }, { USER_UUID: 'u' }])(
    'of the user is found in %j, and is no metadata',
    (given) => {
      expect(identity(given)).toEqual({ userId: 'u' });
      expect(metadata(given)).toBeUndefined();
    },
  );

  it('of the session is named by its own word before a thread’s or a conversation’s', () => {
    const given = { conversation_id: 'c', threadId: 't', session_id: 's' };
    expect(identity(given)).toEqual({ sessionId: 's' });
    expect(identity({ ...given, session_id: '' })).toEqual({ sessionId: 't' });
    expect(identity({ conversation_uuid: 7 })).toEqual({ sessionId: '7' });
    expect(metadata(given)).toBeUndefined();
  });

  it('holds tags in any form, and nothing of a wrong type', () => {
    expect(identity({ tags: ['prod', 'beta'] })).toEqual({ tags: ['prod', 'beta'] });
    expect(identity({ tags: '["prod","beta"]' })).toEqual({ tags: ['prod', 'beta'] });
    expect(identity({ tags: [{}], userId: {}, sessionId: null })).toEqual({});
  });
});

describe('metadata', () => {
  it('is what the application gave, JSON opened', () => {
    expect(metadata({ plan: 'pro', seats: 3, cart: '{"items":2}', note: '[urgent] call', gone: null })).toEqual(
      new Map<string, unknown>([
        ['plan', 'pro'],
        ['seats', 3],
        ['cart', { items: 2 }],
        ['note', '[urgent] call'],
      ]),
    );
  });

  it('is not what a framework adds about itself', () => {
    const langChain = { ls_integration: 'langchain', ls_provider: 'openai', langgraph_node: 'agent', temperature: 0 };
    expect(metadata({ ...langChain, LANGSMITH_PROJECT: 'p', __pregel_task_id: 'x' })).toBeUndefined();
    expect(metadata({ temperature: 21 })).toEqual(new Map([['temperature', 21]]));
  });

  it('keeps a key that is a name of JavaScript’s', () => {
    expect(applicationMetadata([['constructor', 'x']])).toEqual(new Map([['constructor', 'x']]));
  });
});
