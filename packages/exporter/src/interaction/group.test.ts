/** Which spans make one interaction: marks, the local root, exceptions (record.md, section 1, rules 1 to 3, 6 and 7). */
import { describe, expect, it } from 'vitest';
import type { Attributes } from '@opentelemetry/api';
import { ALL_WAYS, recordsOf, startApplication } from '../testing/application.ts';
import {
  agent,
  assistant,
  by,
  chat,
  conversing,
  embedding,
  marked,
  named,
  remote,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  tool,
  usage,
  user,
  workflow,
} from '../testing/span-tree.ts';

const names = (record: { readonly step_data?: readonly Readonly<Record<string, unknown>>[] }): unknown =>
  record.step_data?.map((step) => step['step_name']);

describe.each(ALL_WAYS)('%s', (way) => {
  describe('one request, one interaction', () => {
    it('takes all that is below one local root, through ordinary spans, and the ordinary root is its root', async () => {
      await using app = await startApplication(way);
      await app.play(
        request(span('handler', span('cache', chat('why?', 'because'))), span('db', retrieval()), tool('search')),
      );
      const record = await app.record();
      expect(names(record)).toEqual(['chat', 'retrieval', 'search']);
      expect(record).toMatchObject({
        user_prompt: 'why?',
        message_id: app.messageId('chat'),
        metaData: { span_id: app.spanId('POST /ask') },
      });
    });

    it('makes one of each local root', async () => {
      await using app = await startApplication(way);
      await app.play(request(chat('one?', '1')), request(chat('two?', '2')), chat('three?', '3'));
      expect(await app.records()).toMatchObject([{ ai_response: '1' }, { ai_response: '2' }, { ai_response: '3' }]);
    });

    it('begins at a remote parent, even one of this process', async () => {
      await using app = await startApplication(way);
      await app.play(request(chat('outer?', '1'), span('call to self', remote(request(chat('inner?', '2'))))));
      const [outer, inner] = await app.records();
      expect(inner).toMatchObject({ user_prompt: 'inner?' });
      expect(names(inner!)).toEqual(['chat']);
      expect(outer).toMatchObject({ user_prompt: 'outer?' });
      expect(names(outer!)).toEqual(['chat']);
    });

    it('is not joined with another by a link', async () => {
      await using app = await startApplication(way);
      const produced = await app.start(request());
      await app.playBelow(produced, chat('one?', '1'));
      await app.end(produced);
      await app.play({ ...request(chat('two?', '2')), links: [{ context: produced.span.spanContext() }] });
      expect(await app.records()).toMatchObject([{ user_prompt: 'one?' }, { user_prompt: 'two?' }]);
    });

    it('has as many calls as there are, however alike they are', async () => {
      await using app = await startApplication(way);
      await app.play(request(...Array.from({ length: 5 }, () => chat('why?', 'because'))));
      expect(names(await app.record())).toHaveLength(5);
    });
  });

  describe('marks', () => {
    it('makes a marked span the root, whatever surrounds it', async () => {
      await using app = await startApplication(way);
      await app.play(request(workflow('outer', marked('interaction', span('answer', chat('why?', 'because'))))));
      expect(await app.record()).toMatchObject({
        user_prompt: 'why?',
        message_id: app.messageId('answer'),
        metaData: { span_id: app.spanId('answer') },
        step_data: [{ step_name: 'chat', parent_span_id: app.spanId('answer') }],
      });
    });

    it('gives a member to its nearest mark; an interaction inside another is its own and no step of the outer', async () => {
      await using app = await startApplication(way);
      await app.play(
        marked(
          'interaction',
          span(
            'outer',
            chat('one?', '1'),
            marked('interaction', span('inner', chat('two?', '2'))),
            chat('three?', '3'),
          ),
        ),
      );
      const [outer, inner] = await app.records();
      expect(inner).toMatchObject({ message_id: app.messageId('inner'), user_prompt: 'two?' });
      expect(outer).toMatchObject({ message_id: app.messageId('outer'), user_prompt: 'one?', ai_response: '3' });
      expect(names(inner!)).toEqual(['chat']);
      expect(names(outer!)).toEqual(['chat', 'chat']);
    });

    it('keeps the rest of a request apart from what is marked in it', async () => {
      await using app = await startApplication(way);
      await app.play(request(chat('one?', '1'), marked('interaction', span('answer', chat('two?', '2')))));
      const records = await app.records();
      expect(records.map(({ user_prompt }) => user_prompt)).toEqual(['one?', 'two?']);
    });

    it('never splits a marked interaction, neither by turns nor by identities', async () => {
      await using app = await startApplication(way);
      await app.play(
        marked(
          'interaction',
          span(
            'answer',
            saying({ 'session.id': 'a', 'user.id': 'ann' }, chat('one?', '1')),
            saying({ 'session.id': 'b', 'user.id': 'bob' }, chat([user('one?'), assistant('1'), user('two?')], '2')),
          ),
        ),
      );
      expect(names(await app.record())).toEqual(['chat', 'chat']);
    });

    it('sends what is marked even if there is no model call in it', async () => {
      await using app = await startApplication(way);
      await app.play(
        marked(
          'interaction',
          saying({ 'huggingplace.user_prompt': 'why?', 'huggingplace.ai_response': 'so' }, span('answer')),
        ),
      );
      expect(await app.record()).toMatchObject({
        user_prompt: 'why?',
        ai_response: 'so',
        message_id: app.messageId('answer'),
      });
    });

    it('makes a member of a marked step, which groups nothing', async () => {
      await using app = await startApplication(way);
      await app.play(request(marked('step', span('plan', chat('why?', 'because'))), marked('step', span('check'))));
      expect(await app.record()).toMatchObject({
        step_data: [
          { step_name: 'plan', step_type: 'step', parent_span_id: app.spanId('POST /ask') },
          { step_name: 'chat', parent_span_id: app.spanId('plan') },
          { step_name: 'check' },
        ],
      });
    });

    it('makes no record of steps alone', async () => {
      await using app = await startApplication(way);
      await app.play(request(marked('step', span('plan'))));
      expect(await app.records()).toEqual([]);
      expect(app.stats).toMatchObject({ seen: 0, ignored: 1 });
    });

    it('treats what is below a session as if the parent were remote, and hands its identity down', async () => {
      await using app = await startApplication(way);
      await app.play(
        marked(
          'session',
          saying(
            { 'session.id': 's-1', 'user.id': 'ann' },
            span('session', request(chat('one?', '1')), named('chat 2', chat('two?', '2'))),
          ),
        ),
      );
      const records = await app.records();
      expect(records).toMatchObject([
        { user_prompt: 'one?', session_id: 's-1', user_uuid: 'ann' },
        { user_prompt: 'two?', session_id: 's-1', user_uuid: 'ann', metaData: { span_id: app.spanId('chat 2') } },
      ]);
    });

    it('never makes a session the root, even if it is GenAI work by its other attributes', async () => {
      await using app = await startApplication(way);
      await app.play(marked('session', conversing('all?', 'all', agent('talk', chat('one?', '1')))));
      expect(await app.record()).toMatchObject({ user_prompt: 'one?', message_id: app.messageId('chat') });
    });

    it('takes any other value for no mark', async () => {
      await using app = await startApplication(way);
      await app.play(request(saying({ 'huggingplace.span.kind': 'Interaction' }, span('answer', chat('why?', 'so')))));
      expect(await app.record()).toMatchObject({ message_id: app.messageId('chat') });
    });
  });

  describe('a tool that holds the turns after its own', () => {
    const [one, two, three] = [
      chat('one?', '1'),
      chat([user('one?'), assistant('1'), user('two?')], '2'),
      chat([user('two?'), assistant('2'), user('three?')], '3'),
    ];

    it('is a step of its own turn, even when one of those has left', async () => {
      await using app = await startApplication(way);
      await app.play(request(one, tool('delegate', {}, two, three)));
      expect((await app.records()).map(names)).toEqual([['chat', 'delegate'], undefined, undefined]);
    });

    it('leaves to them what stands around them', async () => {
      await using app = await startApplication(way);
      await app.play(request(one, tool('delegate', {}, saying({ 'huggingplace.metadata.of': 'two' }, span('x', two)))));
      expect((await app.records()).map(({ metaData }) => metaData['of'])).toEqual([undefined, 'two']);
    });

    it('takes no identity from them', async () => {
      await using app = await startApplication(way);
      await app.play(request(one, tool('delegate', {}, saying({ 'user.id': 'bob' }, two))));
      expect((await app.records()).map(({ user_uuid: id }) => id)).toEqual([undefined, 'bob']);
    });
  });

  describe('what makes none', () => {
    it.each([
      ['tools', [tool('search')], 1],
      ['retrievals', [retrieval()], 1],
      ['embeddings', [embedding(3)], 1],
      ['chains', [workflow('flow', workflow('inner'))], 2],
      [
        'model calls of which nothing is known',
        [saying({ 'gen_ai.request.model': '' }, chat(undefined, undefined))],
        1,
      ],
    ])('ignores and counts %s alone', async (_, members, ignored) => {
      await using app = await startApplication(way, { toolLoopWaitMs: 0 });
      await app.play(request(...members));
      expect(await app.records()).toEqual([]);
      await app.pass(1);
      expect(app.stats).toMatchObject({ seen: 0, ignored, late: 0 });
    });

    it('does not count ordinary spans', async () => {
      await using app = await startApplication(way);
      await app.play(request(span('db'), span('cache')));
      expect(await app.records()).toEqual([]);
      expect(app.stats).toMatchObject({ seen: 0, ignored: 0, late: 0 });
    });

    it('sends an agent run without a model call, by the id of the run', async () => {
      await using app = await startApplication(way);
      await app.play(request(tool('search'), conversing('why?', 'because', agent('planner'))));
      expect(await app.record()).toMatchObject({
        user_prompt: 'why?',
        ai_response: 'because',
        message_id: app.messageId('invoke_agent planner'),
      });
    });
  });

  describe('its root', () => {
    it('is the outermost span that holds all members', async () => {
      await using app = await startApplication(way);
      await app.play(conversing('outer?', 'outer', workflow('flow', span('inner', chat('why?', 'because')))));
      expect(await app.record()).toMatchObject({
        user_prompt: 'outer?',
        ai_response: 'outer',
        metaData: { span_id: app.spanId('flow') },
        step_data: [{ step_name: 'chat', parent_span_id: app.spanId('flow') }],
      });
    });

    it('is the model call itself where nothing surrounds it', async () => {
      await using app = await startApplication(way);
      await app.play(chat('why?', 'because'));
      const record = await app.record();
      expect(record).toMatchObject({ metaData: { span_id: app.spanId('chat') } });
      expect(record).not.toHaveProperty('step_data');
    });
  });

  it('keeps of a call alone what the spans around it know of its tokens: parts, and what it does not count itself', async () => {
    const around = (output: number, attributes: Attributes, inner: SpanTree): SpanTree => ({
      ...by('framework', chat('why?', 'because', { ...usage(10, output), ...attributes })),
      children: [named('inner', inner)],
    });
    const inner = chat('why?', 'because', usage(10, 4));
    const parts = { 'gen_ai.usage.cache_read.input_tokens': 8, 'gen_ai.usage.reasoning.output_tokens': 5 };
    expect(
      await recordsOf(way, [around(4, parts, inner), around(9, parts, inner), around(99, parts, inner)]),
    ).toMatchObject([
      { token_count: 14, metaData: { output_tokens: 4, cached_input_tokens: 8, reasoning_tokens: 5 } },
      { token_count: 19, metaData: { output_tokens: 9, reasoning_tokens: 5 } },
      { token_count: 14, metaData: { output_tokens: 4, reasoning_tokens: 5 } },
    ]);
  });

  it('takes of generation spans in each other only the innermost for a model call', async () => {
    await using app = await startApplication(way);
    const inner = chat('why?', 'because', usage(3, 4));
    const outer = { ...inner, name: 'outer chat', children: [named('inner chat', inner)] };
    await app.play(request(by('framework', outer)));
    expect(await app.record()).toMatchObject({ token_count: 7, message_id: app.messageId('inner chat') });
    expect(names(await app.record())).toEqual(['inner chat']);
  });
});
