/** Whose an interaction is, and how identities that differ tell interactions apart below one root (record.md, "Words" and section 1, rule 2). */
import { type Attributes, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { ALL_WAYS, PROCESSOR, type Received, recordsOf, startApplication, type Way } from '../testing/application.ts';
import {
  agent,
  chat,
  marked,
  named,
  remote,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  tool,
} from '../testing/span-tree.ts';

const session = (id: string): Attributes => ({ 'session.id': id });
const conversation = (id: string): Attributes => ({ 'gen_ai.conversation.id': id });
const by = (id: string): Attributes => ({ 'user.id': id });
/** A call of which the answer is enough to tell it. */
const call = (answer: string, ...attributes: readonly Attributes[]): SpanTree =>
  chat(undefined, answer, Object.assign({}, ...attributes) as Attributes);

const play = (way: Way, ...trees: readonly SpanTree[]): Promise<readonly Received[]> => recordsOf(way, trees);

/** The answers of each interaction below one ordinary root. */
async function told(way: Way, ...trees: readonly SpanTree[]): Promise<readonly (readonly unknown[])[]> {
  const records = await play(way, request(...trees, span('last')));
  return records.map(({ step_data: steps, ai_response }) =>
    steps === undefined ? [ai_response] : steps.flatMap((step) => step['promptResponse'] ?? []),
  );
}

describe.each(ALL_WAYS)('%s', (way) => {
  describe('session and user', () => {
    const outer = { ...session('outer'), ...by('outer') };
    it.each<[string, SpanTree, object]>([
      ['are those of the root', saying(outer, request(call('1'))), { session_id: 'outer', user_uuid: 'outer' }],
      [
        'are the nearest: of the span before one above it',
        saying(outer, request(saying(session('middle'), span('handler', call('1', by('inner')))))),
        { session_id: 'middle', user_uuid: 'inner' },
      ],
      [
        'are those of an ordinary span below',
        request(span('auth', saying(outer, span('user'))), call('1')),
        { session_id: 'outer', user_uuid: 'outer' },
      ],
      [
        'are of a span above rather than of one below',
        saying(session('above'), request(call('1'), saying(session('below'), span('user')))),
        { session_id: 'above' },
      ],
      ['have the conversation for a session', request(call('1', conversation('talk'))), { session_id: 'talk' }],
      [
        'prefer a session, wherever it is, to a conversation',
        saying(session('s'), request(call('1', conversation('talk')))),
        { session_id: 's' },
      ],
      ['take enduser.id for a user', saying({ 'enduser.id': 'ann' }, request(call('1'))), { user_uuid: 'ann' }],
      ['prefer user.id', saying({ 'enduser.id': 'old', 'user.id': 'new' }, request(call('1'))), { user_uuid: 'new' }],
      [
        'take numbers for text',
        saying({ 'session.id': 7, 'user.id': 42 }, request(call('1'))),
        { session_id: '7', user_uuid: '42' },
      ],
      [
        "are a dialect's own where nothing else is known",
        request(
          call('1', {
            'traceloop.association.properties.session_id': 't',
            'traceloop.association.properties.user_id': 'u',
          }),
        ),
        { session_id: 't', user_uuid: 'u' },
      ],
      [
        "prefer the standard's to a dialect's own",
        saying(
          { ...session('s'), ...by('ann') },
          request(
            call('1', {
              'traceloop.association.properties.session_id': 't',
              'traceloop.association.properties.user_id': 'u',
            }),
          ),
        ),
        { session_id: 's', user_uuid: 'ann' },
      ],
    ])('%s', async (_, tree, expected) => {
      expect(await play(way, tree)).toMatchObject([expected]);
    });

    it.each<[string, Attributes]>([
      ['empty', { 'session.id': '', 'user.id': '' }],
      ['no text', { 'session.id': ['a'], 'user.id': true }],
    ])('are unknown where they are %s', async (_, attributes) => {
      const [record] = await play(way, saying(attributes, request(call('1'))));
      expect(record).not.toHaveProperty('session_id');
      expect(record).not.toHaveProperty('user_uuid');
    });

    it('end at a remote parent', async () => {
      const records = await play(way, saying(session('outer'), request(call('1'), remote(request(call('2'))))));
      expect(records.map(({ session_id: id }) => id)).toEqual(['outer', undefined]);
    });

    it('of a marked interaction are its own, then those of its first member that has any', async () => {
      const marks = (...members: readonly SpanTree[]): SpanTree => marked('interaction', span('answer', ...members));
      const calls = [call('1'), call('2', session('a')), call('3', session('b'), by('bob'))];
      expect(await play(way, marks(...calls))).toMatchObject([{ session_id: 'a', user_uuid: 'bob' }]);
      expect(await play(way, saying(session('own'), marks(...calls)))).toMatchObject([{ session_id: 'own' }]);
    });

    it('of an interaction inside another are its own', async () => {
      const inner = marked(
        'interaction',
        saying({ ...session('inner'), ...by('bob') }, named('inner', span('', call('2')))),
      );
      const [outer] = await play(way, marked('interaction', span('outer', call('1'), inner)));
      expect(outer).not.toHaveProperty('session_id');
      expect(outer).not.toHaveProperty('user_uuid');
    });
  });

  describe('below one ordinary root', () => {
    it('interleaved conversations are interactions of their own', async () => {
      const calls = [
        call('a1', session('a')),
        call('b1', session('b')),
        call('a2', session('a')),
        call('b2', session('b')),
      ];
      expect(await told(way, ...calls)).toEqual([
        ['a1', 'a2'],
        ['b1', 'b2'],
      ]);
    });

    it.each<[string, Attributes, Attributes, number]>([
      ['sessions', session('a'), session('b'), 2],
      ['conversations', conversation('a'), conversation('b'), 2],
      ['users', by('a'), by('b'), 2],
      ['users in one session', { ...session('s'), ...by('a') }, { ...session('s'), ...by('b') }, 2],
      ['kinds (a session and a conversation)', session('a'), conversation('b'), 1],
      ['kinds (a session and a user)', session('a'), by('b'), 1],
      [
        "kinds (a session and a dialect's own)",
        session('a'),
        { 'traceloop.association.properties.session_id': 'b' },
        1,
      ],
      ['nothing', session('a'), session('a'), 1],
    ])('two calls that differ in %s', async (_, first, second, interactions) => {
      expect(await told(way, call('1', first), call('2', second))).toHaveLength(interactions);
    });

    it('a member without identity joins the latest interaction', async () => {
      expect(await told(way, call('a', session('a')), call('b', session('b')), call('?'))).toEqual([['a'], ['b', '?']]);
    });

    it('an interaction takes over what a member knows and it did not, and is bound by it', async () => {
      const records = await play(
        way,
        request(call('?'), call('a', session('a')), call('u', by('ann')), call('b', by('bob')), span('last')),
      );
      expect(records).toMatchObject([
        { session_id: 'a', user_uuid: 'ann', ai_response: 'u' },
        { user_uuid: 'bob', ai_response: 'b' },
      ]);
    });

    it('tools and retrievals go with whom they are', async () => {
      const records = await play(
        way,
        request(
          call('a', session('a')),
          call('b', session('b')),
          saying(session('a'), tool('for a')),
          saying(session('b'), named('for b', retrieval())),
        ),
      );
      expect(records.map(({ step_data: steps }) => steps?.map((step) => step['step_name']))).toEqual([
        ['chat', 'for a'],
        ['chat', 'for b'],
      ]);
    });

    it('the same identity on every span (a baggage processor), or on a step, makes no more interactions', async () => {
      const ann = { ...session('s'), ...by('ann') };
      const everywhere = (tree: SpanTree): SpanTree =>
        saying(ann, { ...tree, children: tree.children.map(everywhere) });
      const tree = request(agent('planner', call('1'), tool('search', {}, span('http')), call('2')));
      expect(await play(way, everywhere(tree))).toMatchObject(
        [ann['session.id']].map((id) => ({ session_id: id, user_uuid: 'ann' })),
      );
      expect(await play(way, request(call('1'), marked('step', saying(ann, span('check', call('2'))))))).toMatchObject([
        { session_id: 's', user_uuid: 'ann' },
      ]);
    });

    it('mixed ones have no root, and what the shared span says is nobody’s', async () => {
      const mixed = {
        'huggingplace.user_prompt': 'whose?',
        'huggingplace.ai_response': 'mine',
        'huggingplace.message_id': 'id',
      };
      const records = await play(way, saying(mixed, request(call('a', session('a')), call('b', session('b')))));
      expect(records).toMatchObject([
        { user_prompt: '', ai_response: 'a' },
        { user_prompt: '', ai_response: 'b' },
      ]);
      expect(records.map(({ message_id: id }) => id)).not.toContain('id');
    });
  });

  describe('below an agent or a tool', () => {
    it.each<[string, (...children: readonly SpanTree[]) => SpanTree]>([
      ['agent', (...children) => agent('main', ...children)],
      ['tool', (...children) => tool('delegate', {}, ...children)],
    ])('another conversation id splits nothing (%s): it is a sub-agent’s thread', async (_, whole) => {
      const records = await play(
        way,
        request(
          saying(conversation('main'), whole(call('1'), saying(conversation('sub'), agent('sub', call('2'))))),
          call('3', conversation('main')),
        ),
      );
      expect(records).toMatchObject([{ session_id: 'main' }]);
    });

    it('threads that the whole does not name are one interaction all the same', async () => {
      const tree = request(agent('main', call('1', conversation('a')), call('2', conversation('b'))));
      expect(await play(way, tree)).toMatchObject([{ session_id: 'a' }]);
    });

    it('a session is no part of the whole around it', async () => {
      const calls = [call('1', conversation('a')), call('2', conversation('b'))];
      expect(await play(way, agent('main', marked('session', span('session', request(...calls)))))).toMatchObject([
        { session_id: 'a' },
        { session_id: 'b' },
      ]);
    });

    it('another user splits', async () => {
      const tree = request(saying(by('ann'), agent('main', call('1'), call('2', by('bob')))));
      expect(await play(way, tree)).toMatchObject([
        { user_uuid: 'ann', ai_response: '1' },
        { user_uuid: 'bob', ai_response: '2' },
      ]);
    });
  });
});

describe.each(PROCESSOR)('%s', (way) => {
  const IDENTITY = createContextKey('huggingplace.identity');

  it('takes identity from the context in which a span starts', async () => {
    await using app = await startApplication(way);
    const identity = Object.freeze({
      sessionId: 's',
      userId: 'ann',
      userRoles: ['admin'],
      userMetadata: { email: 'ann@example.com' },
      metadata: { plan: 'pro' },
    });
    await app.playBelow(ROOT_CONTEXT.setValue(IDENTITY, identity), chat('why?', 'because'));
    expect(await app.record()).toMatchObject({
      session_id: 's',
      user_uuid: 'ann',
      user_roles: ['admin'],
      user_meta_data: { email: 'ann@example.com' },
      metaData: { plan: 'pro' },
    });
  });

  it('prefers what the span itself says, and takes anything else under that key for nothing', async () => {
    await using app = await startApplication(way);
    await app.playBelow(ROOT_CONTEXT.setValue(IDENTITY, { sessionId: 'context' }), call('1', session('span')));
    for (const nonsense of ['s', 7, null, [], { sessionId: { toString: 'x' }, userRoles: 3, metadata: 'x' }])
      await app.playBelow(ROOT_CONTEXT.setValue(IDENTITY, nonsense), call('2'));
    const [first, ...others] = await app.records();
    expect(first).toMatchObject({ session_id: 'span' });
    expect(others).toHaveLength(5);
    for (const other of others) expect(other).not.toHaveProperty('session_id');
  });
});
