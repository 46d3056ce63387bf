/** What each field of a payload says, and from where (record.md, section 3). */
import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { BOTH_WAYS, recordOf, startApplication } from '../testing/application.ts';
import {
  agent,
  assistant,
  by,
  chat,
  type ChatMessage,
  conversing,
  embedding,
  lasting,
  marked,
  named,
  type Part,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  system,
  tool,
  usage,
  user,
  wants,
  workflow,
} from '../testing/span-tree.ts';

const message = (role: string, ...parts: readonly Part[]): ChatMessage => ({ role, parts });
const text = (content: string): Part => ({ type: 'text', content });
const model = (requested: string, responded?: string): Attributes => ({
  'gen_ai.request.model': requested,
  ...(responded !== undefined && { 'gen_ai.response.model': responded }),
});

describe.each(BOTH_WAYS)('%s', (way) => {
  const field = async (name: string, tree: SpanTree): Promise<unknown> => (await recordOf(way, tree))[name];

  describe('user_prompt', () => {
    const own = (value: string, tree: SpanTree): SpanTree => saying({ 'huggingplace.user_prompt': value }, tree);

    it.each<[string, string, SpanTree]>([
      ["the user's attribute", 'mine', own('mine', conversing('root?', 'r', workflow('flow', chat('call?', 'c'))))],
      ['that attribute on any span of it', 'mine', request(chat('call?', 'c'), span('a', own('mine', span('b'))))],
      ["the root's own input", 'root?', conversing('root?', 'r', agent('helper', chat('call?', 'c')))],
      [
        "the root's last user message",
        'now?',
        conversing([user('before?'), assistant('so'), user('now?')], 'r', workflow('flow', chat('call?', 'c'))),
      ],
      [
        "the first call's where the root's input has no user message",
        'call?',
        conversing([system('Be brief.')], 'r', workflow('flow', chat('call?', 'c'))),
      ],
      ["the first call's where the root is ordinary", 'one?', request(chat('one?', '1'), chat('two?', '2'))],
      ['that of the first call that has one', 'two?', request(chat(undefined, '1'), chat('two?', '2'))],
      [
        "an agent's where no call has one",
        'run?',
        request(conversing('run?', 'r', agent('helper', chat(undefined, '1'))), retrieval()),
      ],
      ['empty when unknown', '', request(chat(undefined, '1'))],
      ['parts on lines of their own', 'look:\nat this', chat([message('user', text('look:'), text('at this'))], '1')],
      [
        'markers for images and other media, never their data',
        'what is it?\n[image image/png 3 B]\n[audio]',
        chat(
          [
            message(
              'user',
              text('what is it?'),
              { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
              { type: 'uri', modality: 'audio', uri: 'https://example.com/a' },
            ),
          ],
          '1',
        ),
      ],
    ])('is %s', async (_, expected, tree) => {
      expect(await field('user_prompt', tree)).toBe(expected);
    });
  });

  describe('ai_response', () => {
    const own = (value: string, tree: SpanTree): SpanTree => saying({ 'huggingplace.ai_response': value }, tree);

    it.each<[string, string, SpanTree]>([
      ["the user's attribute", 'mine', own('mine', conversing('r?', 'root', workflow('flow', chat('c?', 'call'))))],
      ['that attribute on any span of it', 'mine', request(chat('c?', 'call'), span('a', own('mine', span('b'))))],
      ["the root's own output", 'root', conversing('r?', 'root', workflow('flow', chat('c?', 'call')))],
      [
        "the last call's where the root has none",
        'two',
        request(chat('one?', 'one'), chat('two?', 'two'), tool('save')),
      ],
      [
        "the last call's where the root's output is empty",
        'call',
        conversing('r?', [], workflow('flow', chat('c?', 'call'))),
      ],
      ["an agent's where there is no call", 'run', request(conversing('r?', 'run', agent('helper')), retrieval())],
      ['empty when unknown', '', request(chat('one?', undefined))],
      [
        'empty where the answer is only a tool call',
        '',
        request(chat('one?', [wants('search', 'c1')]), tool('search', { id: 'c1' })),
      ],
      ['streamed pieces as they are', 'because', chat('why?', [message('assistant', text('be'), text('cause'))])],
      [
        'without what the model thought',
        'because',
        chat('why?', [message('assistant', { type: 'reasoning', content: 'Hm.' }, text('because'))]),
      ],
      [
        'parts of unknown types as markers',
        'so [hologram]',
        chat('why?', [message('assistant', text('so '), { type: 'hologram', data: 'x' })]),
      ],
    ])('is %s', async (_, expected, tree) => {
      expect(await field('ai_response', tree)).toBe(expected);
    });

    it('is of the call that ended last, not of the one that started last', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      const slow = await app.start(chat('slow?', 'slow', model('slow')), root);
      app.clock.pass(1);
      await app.playBelow(root, chat('quick?', 'quick', model('quick')));
      await app.end(slow);
      await app.end(root);
      expect(await app.record()).toMatchObject({ user_prompt: 'slow?', ai_response: 'slow', llm_model: 'slow' });
    });
  });

  describe('llm_model and llm_model2', () => {
    it.each<[string, object, SpanTree]>([
      ['the responded one', { llm_model: 'm-1' }, request(chat('?', '!', model('m', 'm-1')))],
      ['else the requested', { llm_model: 'm' }, request(chat('?', '!', model('m')))],
      [
        "the last call's, and a second distinct one",
        { llm_model: 'b', llm_model2: 'a' },
        request(chat('?', '!', model('a')), chat('?', '!', model('b')), chat('?', '!', model('b'))),
      ],
      [
        'the one that a wrapper around the call alone knows',
        { llm_model: 'm-1' },
        saying(model('m', 'm-1'), workflow('flow', chat('?', '!', model('m')))),
      ],
      [
        "the user's attributes",
        { llm_model: 'mine', llm_model2: 'also' },
        saying(
          { 'huggingplace.llm_model': 'mine', 'huggingplace.llm_model2': 'also' },
          request(chat('?', '!', model('m'))),
        ),
      ],
    ])('are %s', async (_, expected, tree) => {
      expect(await recordOf(way, tree)).toMatchObject(expected);
    });

    it.each<[string, SpanTree]>([
      ['where all are the same', request(chat('?', '!', model('m', 'm-1')), chat('?', '!', model('m', 'm-1')))],
      [
        'where a wrapper holds several calls',
        saying(model('m', 'other'), workflow('flow', chat('?', '!', model('m')), chat('?', '!', model('m')))),
      ],
    ])('have no second one %s', async (_, tree) => {
      expect(await recordOf(way, tree)).not.toHaveProperty('llm_model2');
    });

    it('are absent when unknown', async () => {
      const unknown = saying({ 'gen_ai.request.model': '' }, chat('?', '!'));
      expect(await recordOf(way, unknown)).not.toHaveProperty('llm_model');
    });
  });

  describe('token_count', () => {
    const bare = chat('?', '!');
    const wrapper = (tokens: Attributes, ...children: readonly SpanTree[]): SpanTree =>
      saying(tokens, workflow('flow', ...children));

    it.each<[string, number | undefined, SpanTree]>([
      ['input and output over all calls', 33, request(chat('?', '!', usage(1, 2)), chat('?', '!', usage(10, 20)))],
      [
        'each once: of generation spans in each other the innermost',
        3,
        { ...chat('?', '!', usage(1, 2)), children: [chat('?', '!', usage(1, 2))] },
      ],
      ["not a wrapper's where a call below it has any", 3, wrapper(usage(100, 200), chat('?', '!', usage(1, 2)), bare)],
      ["a wrapper's where no call below it has any", 300, wrapper(usage(100, 200), bare, bare)],
      ['that of an agent in the same way', 300, request(saying(usage(100, 200), agent('helper', bare)))],
      [
        'that of a marked interaction where nothing below it has any',
        300,
        marked('interaction', saying(usage(100, 200), span('answer', retrieval()))),
      ],
      [
        "not a marked interaction's where a call below it has any",
        3,
        marked('interaction', saying(usage(100, 200), span('answer', chat('?', '!', usage(1, 2))))),
      ],
      [
        'of mixed wrappers each as it is',
        303,
        request(wrapper(usage(100, 200), bare), wrapper(usage(1_000, 2_000), chat('?', '!', usage(1, 2)))),
      ],
      ['of wrappers in each other the innermost that has any', 3, wrapper(usage(100, 200), wrapper(usage(1, 2), bare))],
      ['without embeddings', 3, request(chat('?', '!', usage(1, 2)), embedding(50))],
      [
        'without adding cached and reasoning tokens, which are parts',
        30,
        chat('?', '!', {
          ...usage(10, 20),
          'gen_ai.usage.cache_read.input_tokens': 8,
          'gen_ai.usage.reasoning.output_tokens': 15,
        }),
      ],
      ['a total that is known without its parts', 42, chat('?', '!', { 'gen_ai.usage.total_tokens': 42 })],
      ['what is known of its parts', 5, chat('?', '!', { 'gen_ai.usage.output_tokens': 5 })],
      ['zero where it is zero', 0, chat('?', '!', usage(0, 0))],
      ['absent when unknown', undefined, bare],
      [
        'absent where it is no count',
        undefined,
        chat('?', '!', {
          'gen_ai.usage.input_tokens': NaN,
          'gen_ai.usage.output_tokens': -1,
          'gen_ai.usage.total_tokens': '',
        }),
      ],
    ])('is %s', async (_, expected, tree) => {
      expect(await field('token_count', tree)).toBe(expected);
    });
  });

  describe('response_time', () => {
    it.each<[string, number]>([
      ['0 min 0.00 sec', 0],
      ['0 min 2.50 sec', 2_500],
      ['1 min 0.00 sec', 59_999],
      ['61 min 1.01 sec', 3_661_007],
    ])('is %s after %i ms', async (expected, ms) => {
      expect(await field('response_time', lasting(ms, chat('?', '!')))).toBe(expected);
    });

    it("is from the root's start to its end", async () => {
      const tree = request(lasting(100, span('before')), lasting(200, chat('?', '!')), lasting(300, span('after')));
      expect(await recordOf(way, tree)).toMatchObject({
        response_time: '0 min 0.60 sec',
        metaData: { response_time_ms: 600 },
      });
    });

    it('is to the end of a member that outlived the root, in order of ends', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      const stream = await app.start(chat('?', '!'), root);
      app.clock.pass(100);
      await app.end(root);
      app.clock.pass(200);
      await app.end(stream);
      expect(await app.record()).toMatchObject({ metaData: { response_time_ms: 300 } });
    });
  });

  describe('message_id', () => {
    it("is the user's attribute", async () => {
      expect(await field('message_id', saying({ 'huggingplace.message_id': 'mine' }, request(chat('?', '!'))))).toBe(
        'mine',
      );
    });

    it('is of the marked root, else of the first model call, else of the first agent run', async () => {
      await using app = await startApplication(way);
      await app.play(
        marked('interaction', named('mark', request(named('call 1', chat('?', '!'))))),
        request(tool('first'), agent('second', named('call 2', chat('?', '!')), chat('?', '!'))),
        request(tool('first'), conversing('?', '!', agent('third')), conversing('?', '!', agent('fourth'))),
      );
      expect((await app.records()).map(({ message_id: id }) => id)).toEqual(
        ['mark', 'call 2', 'invoke_agent third'].map((name) => app.messageId(name)),
      );
    });
  });

  describe('mode', () => {
    it.each<[string, object, Record<string, string>]>([
      ['prod', {}, {}],
      ['prod', {}, { 'deployment.environment.name': 'production' }],
      ['prod', {}, { 'deployment.environment.name': 'Prod-EU' }],
      ['prod', {}, { 'deployment.environment.name': 'LIVE' }],
      ['dev', {}, { 'deployment.environment.name': 'staging' }],
      ['dev', {}, { 'deployment.environment': 'test' }],
      ['dev', {}, { 'deployment.environment': 'production', 'deployment.environment.name': 'preprod' }],
      ['dev', { mode: 'dev' }, { 'deployment.environment.name': 'production' }],
      ['prod', { mode: 'prod' }, { 'deployment.environment.name': 'test' }],
    ])('is %s with %o and %o', async (expected, options, resource) => {
      expect(await recordOf(way, chat('?', '!'), { ...options, resource })).toMatchObject({ mode: expected });
    });
  });

  it('roles are a list, whatever form they come in', async () => {
    const roles = (attributes: Attributes): Promise<unknown> =>
      field('user_roles', saying(attributes, request(chat('?', '!'))));
    expect(await roles({ 'user.roles': ['admin', 'beta'] })).toEqual(['admin', 'beta']);
    expect(await roles({ 'user.roles': 'admin' })).toEqual(['admin']);
    expect(await roles({ 'enduser.role': 'admin' })).toEqual(['admin']);
    expect(await roles({ 'user.roles': [] })).toBeUndefined();
    expect(await roles({ 'user.roles': 7 })).toBeUndefined();
  });

  it('user_meta_data holds every user.* but id and roles, and every huggingplace.user_metadata.<key>', async () => {
    const attributes = {
      'user.id': 'ann',
      'user.roles': ['admin'],
      'user.email': 'ann@example.com',
      'user.full_name': 'Ann',
      'huggingplace.user_metadata.plan': 'pro',
      'huggingplace.user_metadata.seats': 3,
      'huggingplace.user_metadata.': 'no key',
    };
    expect(await field('user_meta_data', saying(attributes, request(chat('?', '!'))))).toEqual({
      email: 'ann@example.com',
      full_name: 'Ann',
      plan: 'pro',
      seats: 3,
    });
  });

  it('org_uuid, file_name and mapping_table are the attributes of that name, and absent without', async () => {
    const attributes = {
      'huggingplace.org_uuid': 'acme',
      'huggingplace.file_name': 'handbook.pdf',
      'huggingplace.mapping_table': 'orders',
    };
    expect(await recordOf(way, request(chat('?', '!'), saying(attributes, span('rag'))))).toMatchObject({
      org_uuid: 'acme',
      file_name: 'handbook.pdf',
      mapping_table: 'orders',
    });
    expect(Object.keys(await recordOf(way, chat('?', '!'))).sort()).toEqual([
      'ai_response',
      'llm_model',
      'message_id',
      'metaData',
      'mode',
      'org_id',
      'response_time',
      'user_prompt',
    ]);
  });
});

it('log events hold what their span leaves out, the model that answered too', async () => {
  await using app = await startApplication('processor at once');
  const call = await app.start(by('official', chat(undefined, undefined)));
  app.log(call, 'gen_ai.user.message', { content: 'why?' });
  app.log(call, 'gen_ai.choice', { index: 0, finish_reason: 'stop', message: { content: 'because' } });
  await app.end(call);
  expect(await app.record()).toMatchObject({
    user_prompt: 'why?',
    ai_response: 'because',
    metaData: { finish_reasons: ['stop'] },
  });
});
