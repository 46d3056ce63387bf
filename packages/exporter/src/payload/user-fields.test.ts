/** Attributes and events that users set by hand (record.md, section 6). */
import { type Attributes, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { BOTH_WAYS, PROCESSOR, recordOf, recordsOf, startApplication } from '../testing/application.ts';
import {
  agent,
  chat,
  failing,
  marked,
  named,
  reporting,
  request,
  saying,
  span,
  type SpanTree,
  system,
  tool,
  usage,
  user,
} from '../testing/span-tree.ts';

const call = chat('why?', 'because');
const file = (name: string): Attributes => ({ 'huggingplace.file_name': name });

describe.each(BOTH_WAYS)('%s', (way) => {
  describe('attributes are read from the root, its ancestors and any span below it', () => {
    it.each<[string, string, SpanTree]>([
      ['of the root', 'a', saying(file('a'), request(call))],
      ['of the call', 'a', request(saying(file('a'), call))],
      ['of an ordinary span somewhere below', 'a', request(call, span('x', span('y', saying(file('a'), span('z')))))],
      [
        'of an ancestor of a marked root',
        'a',
        saying(file('a'), request(span('x', marked('interaction', span('answer', call))))),
      ],
      ['of a session', 'a', marked('session', saying(file('a'), span('session', request(call))))],
      ['the outermost first', 'outer', saying(file('outer'), request(saying(file('inner'), call)))],
      [
        'the outermost first, even if one further down is earlier',
        'outer',
        request(span('x', saying(file('deep'), span('y'))), saying(file('outer'), call)),
      ],
      ['then the earliest', 'early', request(saying(file('early'), span('x')), saying(file('late'), call))],
    ])('%s', async (_, expected, tree) => {
      expect((await recordsOf(way, [tree]))[0]).toMatchObject({ file_name: expected });
    });

    it('of the user it is, not of another around it', async () => {
      const of = (id: string, attributes: Attributes, tree: SpanTree): SpanTree =>
        saying({ 'user.id': id, ...attributes }, tree);
      const admin = {
        'user.email': 'ann@example.com',
        'user.roles': ['admin'],
        'huggingplace.user_metadata.plan': 'pro',
      };
      const [record] = await recordsOf(way, [of('ann', admin, request(of('bob', { 'user.name': 'Bob' }, call)))]);
      expect(record).toMatchObject({ user_uuid: 'bob', user_meta_data: { name: 'Bob' } });
      expect(record).not.toHaveProperty('user_roles');
      expect(record?.['user_meta_data']).not.toHaveProperty('email');
      expect(record?.['user_meta_data']).not.toHaveProperty('plan');
    });

    it('but not from what another interaction has of its own', async () => {
      const inner = marked('interaction', saying(file('inner'), named('inner', span('', chat('how?', 'so')))));
      const [outer] = await recordsOf(way, [marked('interaction', span('outer', call, inner))]);
      expect(outer).toMatchObject({ user_prompt: 'why?' });
      expect(outer).not.toHaveProperty('file_name');
    });

    it('prompt, answer and message id never from a span that another interaction shares, the rest from there too', async () => {
      const shared = {
        ...file('shared'),
        'huggingplace.user_prompt': 'shared',
        'huggingplace.ai_response': 'shared',
        'huggingplace.message_id': 'shared',
      };
      const records = await recordsOf(way, [
        saying(shared, request(saying({ 'session.id': 'a' }, call), saying({ 'session.id': 'b' }, call))),
      ]);
      expect(records).toHaveLength(2);
      for (const record of records) {
        expect(record).toMatchObject({ user_prompt: 'why?', ai_response: 'because', file_name: 'shared' });
        expect(record.message_id).not.toBe('shared');
      }
    });

    it.each<[string, Attributes]>([
      ['empty', file('')],
      [
        'of a wrong type',
        { 'huggingplace.file_name': ['a'], 'huggingplace.user_prompt': true, 'huggingplace.llm_model': [1] },
      ],
    ])('and not where they are %s', async (_, attributes) => {
      const record = await recordOf(way, saying(attributes, request(call)));
      expect(record).toMatchObject({ user_prompt: 'why?', llm_model: 'gpt-5' });
      expect(record).not.toHaveProperty('file_name');
    });
  });

  describe('huggingplace.export', () => {
    it.each<[string, SpanTree]>([
      ['of the root', saying({ 'huggingplace.export': false }, request(call))],
      ['of any span of it', request(call, saying({ 'huggingplace.export': false }, span('x')))],
      [
        'of the outermost, whatever is said below',
        saying({ 'huggingplace.export': false }, request(saying({ 'huggingplace.export': true }, call))),
      ],
    ])('false %s: it is not sent, and counted', async (_, tree) => {
      await using app = await startApplication(way);
      await app.play(tree);
      expect(await app.records()).toEqual([]);
      expect(app.stats).toMatchObject({ seen: 1, dropped: { opted_out: 1 } });
    });

    it.each([true, 'false', 0])('%j does not stop it', async (value) => {
      expect(await recordsOf(way, [saying({ 'huggingplace.export': value }, request(call))])).toHaveLength(1);
    });
  });

  describe('without content', () => {
    const secret = 'SECRET';
    const tree = failing(
      secret,
      request(
        reporting(
          'gen_ai.evaluation.result',
          {
            'gen_ai.evaluation.name': 'tone',
            'gen_ai.evaluation.score.value': 0.5,
            'gen_ai.evaluation.explanation': secret,
          },
          reporting(
            'huggingplace.feedback',
            { likes: 1, comment: secret },
            chat([system(secret), user(secret)], secret, {
              ...usage(3, 4),
              'gen_ai.response.finish_reasons': ['stop'],
            }),
          ),
        ),
        failing(secret, tool('search', { args: secret, result: secret })),
      ),
    );
    const kept = {
      'huggingplace.metadata.ticket': 'T-7',
      'huggingplace.metadata.comment': 'my own',
      'user.email': 'ann@example.com',
    };

    it.each<[string, Attributes, boolean | undefined]>([
      ['the attribute', { 'huggingplace.capture_content': false }, undefined],
      ['the option', {}, false],
    ])('by %s: no text of a person or a model leaves, all else does', async (_, attributes, captureContent) => {
      const record = await recordOf(way, saying({ ...kept, ...attributes }, tree), { captureContent });
      expect(JSON.stringify(record)).not.toContain(secret);
      expect(record).toMatchObject({
        user_prompt: '',
        ai_response: '',
        llm_model: 'gpt-5',
        token_count: 7,
        user_meta_data: { email: 'ann@example.com' },
        metaData: {
          content_missing: true,
          error: true,
          ticket: 'T-7',
          comment: 'my own',
          likes: 1,
          finish_reasons: ['stop'],
          tools: ['search'],
          evaluations: [{ name: 'tone', score: 0.5 }],
        },
        step_data: [
          { step_name: 'chat', token: 7 },
          { step_name: 'search', status: 'failed' },
        ],
      });
    });

    it.each([true, undefined])('but with it where the attribute is %j', async (value) => {
      const attributes = value === undefined ? {} : { 'huggingplace.capture_content': value };
      expect(await recordOf(way, saying(attributes, request(call)))).toMatchObject({ user_prompt: 'why?' });
    });

    it('the option is stronger than the attribute', async () => {
      const record = await recordOf(way, saying({ 'huggingplace.capture_content': true }, request(call)), {
        captureContent: false,
      });
      expect(record).toMatchObject({ user_prompt: '' });
    });
  });

  describe('huggingplace.feedback', () => {
    const feedback = (attributes: Attributes, tree: SpanTree): SpanTree =>
      reporting('huggingplace.feedback', attributes, tree);

    it('goes into metaData', async () => {
      const all = { likes: 1, dislikes: 0, score: 0.9, comment: 'thanks', evaluation: 'APPROVED' };
      expect((await recordOf(way, feedback(all, request(call)))).metaData).toMatchObject(all);
    });

    it('is taken from any span of it, the last one where people change their minds', async () => {
      const tree = request(
        feedback({ likes: 1, score: 1 }, agent('helper', call)),
        feedback({ likes: 0, dislikes: 1 }, span('x')),
      );
      expect((await recordOf(way, tree)).metaData).toMatchObject({ likes: 0, dislikes: 1, score: 1 });
    });

    it('is not taken where it is of a wrong type, or stands on a span that another interaction shares', async () => {
      const { metaData } = await recordOf(
        way,
        feedback({ likes: 'one', score: NaN, comment: '', evaluation: true }, request(call)),
      );
      for (const key of ['likes', 'score', 'comment', 'evaluation']) expect(metaData).not.toHaveProperty(key);
      const shared = feedback(
        { likes: 1 },
        request(saying({ 'user.id': 'ann' }, call), saying({ 'user.id': 'bob' }, call)),
      );
      for (const record of await recordsOf(way, [shared])) expect(record.metaData).not.toHaveProperty('likes');
    });
  });

  it('gen_ai.evaluation.result goes into metaData, however many there are', async () => {
    const evaluation = (name: string, more: Attributes, tree: SpanTree): SpanTree =>
      reporting('gen_ai.evaluation.result', { 'gen_ai.evaluation.name': name, ...more }, tree);
    const tree = evaluation(
      'tone',
      {
        'gen_ai.evaluation.score.value': 0.5,
        'gen_ai.evaluation.score.label': 'fair',
        'gen_ai.evaluation.explanation': 'Hm.',
      },
      evaluation('length', { 'gen_ai.evaluation.score.value': 'long' }, request(call)),
    );
    expect((await recordOf(way, tree)).metaData).toMatchObject({
      evaluations: [{ name: 'length' }, { name: 'tone', score: 0.5, label: 'fair', comment: 'Hm.' }],
    });
  });
});

it.each(PROCESSOR)('%s: what the context hands down stands around the span that starts in it', async (way) => {
  await using app = await startApplication(way);
  const identity = { userId: 'ann', userMetadata: { plan: 'pro' }, metadata: { tenant: 'outer' } };
  const tree = saying(
    {
      'huggingplace.metadata.tenant': 'inner',
      'huggingplace.metadata.own': 1,
      'huggingplace.user_metadata.plan': 'free',
    },
    request(call),
  );
  await app.playBelow(ROOT_CONTEXT.setValue(createContextKey('huggingplace.identity'), identity), tree);
  expect(await app.record()).toMatchObject({
    user_meta_data: { plan: 'pro' },
    metaData: { tenant: 'outer', own: 1 },
  });
});

it.each(PROCESSOR)('%s: of the context what it says of another user is left out', async (way) => {
  await using app = await startApplication(way);
  const ann = { userId: 'ann', userRoles: ['admin'], userMetadata: { plan: 'pro' }, metadata: { tenant: 't' } };
  await app.playBelow(
    ROOT_CONTEXT.setValue(createContextKey('huggingplace.identity'), ann),
    saying({ 'user.id': 'bob' }, call),
  );
  const record = await app.record();
  expect(record).toMatchObject({ user_uuid: 'bob', metaData: { tenant: 't' } });
  expect(record).not.toHaveProperty('user_roles');
  expect(record).not.toHaveProperty('user_meta_data.plan');
});

it.each(PROCESSOR)('%s: feedback and evaluations come as log events too', async (way) => {
  await using app = await startApplication(way);
  const root = await app.start(request());
  app.log(root, 'huggingplace.feedback', null, { likes: 1 });
  app.log(root, 'gen_ai.evaluation.result', null, { 'gen_ai.evaluation.name': 'tone' });
  await app.playBelow(root, call);
  await app.end(root);
  expect((await app.record()).metaData).toMatchObject({ likes: 1, evaluations: [{ name: 'tone' }] });
});
