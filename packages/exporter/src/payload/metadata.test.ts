/** `metaData`: its keys, and what applications may add to them (record.md, section 4). */
import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { type ApplicationOptions, BOTH_WAYS, recordOf, startApplication } from '../testing/application.ts';
import {
  agent,
  assistant,
  chat,
  conversing,
  embedding,
  failing,
  gave,
  named,
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
} from '../testing/span-tree.ts';

/** Every key of ours. An application's value never takes their place, not even where there is none of ours. */
const RESERVED = [
  'trace_id',
  'span_id',
  'response_time_ms',
  'service',
  'environment',
  'provider',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'reasoning_tokens',
  'embedding_tokens',
  'finish_reasons',
  'response_ids',
  'tools',
  'tags',
  'system_prompt',
  'time_to_first_token_ms',
  'error',
  'errorMessage',
  'errorType',
  'incomplete',
  'truncated',
  'content_missing',
];

describe.each(BOTH_WAYS)('%s', (way) => {
  const metadata = async (tree: SpanTree, options?: ApplicationOptions): Promise<Readonly<Record<string, unknown>>> =>
    (await recordOf(way, tree, options)).metaData;

  it('names tools that only a later call of the same turn shows, and none of earlier turns', async () => {
    const before = [user('hi'), wants('look_up', 'c0'), gave('x', 'c0'), assistant('hello')];
    const { tools } = await metadata(
      request(
        chat([...before, user('why?')], undefined),
        chat([...before, user('why?'), wants('search', 'c1'), gave('found', 'c1')], 'because'),
      ),
    );
    expect(tools).toEqual(['search']);
  });

  it('holds all that is known', async () => {
    await using app = await startApplication(way, {
      resource: { 'service.name': 'shop', 'deployment.environment.name': 'staging' },
    });
    const said = (id: string, reason: string, tokens: number, more: Attributes): Attributes => ({
      ...usage(tokens, tokens),
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.id': id,
      'gen_ai.response.finish_reasons': [reason],
      'gen_ai.usage.cache_read.input_tokens': tokens / 2,
      'gen_ai.usage.reasoning.output_tokens': tokens / 5,
      ...more,
    });
    await app.play(
      request(
        chat(
          [system('Be brief.'), user('why?')],
          [wants('search', 'c1'), wants('search', 'c2')],
          said('r-1', 'tool_calls', 10, { 'gen_ai.response.time_to_first_chunk': 9 }),
        ),
        tool('search', { id: 'c1' }),
        tool('look_up', { id: 'c2' }),
        embedding(50),
        chat(
          [system('Other.'), user('why?')],
          'because',
          said('r-2', 'stop', 100, { 'gen_ai.response.time_to_first_chunk': 0.25, 'gen_ai.provider.name': 'azure' }),
        ),
      ),
    );
    expect((await app.record()).metaData).toEqual({
      trace_id: app.messageId('POST /ask').split('-')[0],
      span_id: app.spanId('POST /ask'),
      response_time_ms: 50,
      service: 'shop',
      environment: 'staging',
      provider: 'azure',
      input_tokens: 110,
      output_tokens: 110,
      cached_input_tokens: 55,
      reasoning_tokens: 22,
      embedding_tokens: 50,
      finish_reasons: ['tool_calls', 'stop'],
      response_ids: ['r-1', 'r-2'],
      tools: ['search', 'look_up'],
      system_prompt: 'Be brief.',
      time_to_first_token_ms: 250,
    });
  });

  it('leaves out what is unknown', async () => {
    expect(Object.keys(await metadata(chat('why?', 'because'))).sort()).toEqual([
      'response_time_ms',
      'span_id',
      'trace_id',
    ]);
  });

  it('has the ids of the first model call where there is no root', async () => {
    await using app = await startApplication(way);
    await app.play(
      request(
        saying({ 'user.id': 'ann' }, retrieval()),
        saying({ 'user.id': 'ann' }, named('call', chat('why?', 'because'))),
        saying({ 'user.id': 'bob' }, chat('how?', 'so')),
      ),
    );
    expect((await app.records())[0]?.metaData).toMatchObject({ span_id: app.spanId('call') });
  });

  describe('content_missing', () => {
    it.each<[string, boolean, SpanTree]>([
      ['neither is unknown', false, chat('why?', 'because')],
      ['the prompt is unknown', true, chat(undefined, 'because')],
      ['the answer is unknown', true, chat('why?', undefined)],
      ['the answer is empty', true, chat('why?', '', { 'gen_ai.response.finish_reasons': ['stop'] })],
      ['the answer is only a tool call', false, request(chat('why?', [wants('search')]), tool('search'))],
      ['the prompt of a failed one is unknown', true, failing('no', chat(undefined, undefined))],
      ['the answer of a failed one is unknown', false, failing('no', chat('why?', undefined))],
      [
        'the user says both',
        false,
        saying(
          { 'huggingplace.user_prompt': 'why?', 'huggingplace.ai_response': 'because' },
          request(chat(undefined, undefined)),
        ),
      ],
    ])('where %s: %s', async (_, isMissing, tree) => {
      expect((await metadata(tree))['content_missing']).toBe(isMissing || undefined);
    });
  });

  describe('truncated', () => {
    const limits = { attributeCountLimit: 6 };
    const many = saying(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`app.${i}`, i])), span('many'));

    it('where the SDK dropped attributes of a member', async () => {
      expect(await metadata(saying(many.attributes, chat('why?', 'because')), { spanLimits: limits })).toMatchObject({
        truncated: true,
      });
    });

    it('where the SDK cut what a member said', async () => {
      expect(
        await metadata(chat('why? '.repeat(100), 'because'), { spanLimits: { attributeValueLengthLimit: 200 } }),
      ).toMatchObject({ truncated: true });
    });

    it('not where it dropped some of an ordinary span', async () => {
      expect(await metadata(request(many, chat('why?', 'because')), { spanLimits: limits })).not.toHaveProperty(
        'truncated',
      );
    });
  });

  describe('what applications add', () => {
    it('is every huggingplace.metadata.<key>, of any type', async () => {
      const attributes = {
        'huggingplace.metadata.ticket': 'T-7',
        'huggingplace.metadata.attempt': 2,
        'huggingplace.metadata.beta': true,
        'huggingplace.metadata.labels': ['a', 'b'],
        'huggingplace.metadata.a.b': 'dotted',
        'huggingplace.metadata.': 'no key',
      };
      expect(await metadata(saying(attributes, request(chat('why?', 'because'))))).toMatchObject({
        ticket: 'T-7',
        attempt: 2,
        beta: true,
        labels: ['a', 'b'],
        'a.b': 'dotted',
      });
    });

    it.each<[string, Attributes]>([
      ['Vercel AI SDK', { 'ai.telemetry.metadata.ticket': 'T-7', 'ai.operationId': 'ai.generateText.doGenerate' }],
      ['OpenInference', { metadata: '{"ticket":"T-7","user_id":"ann"}', 'openinference.span.kind': 'LLM' }],
      ['OpenLLMetry', { 'traceloop.association.properties.ticket': 'T-7' }],
      ['Langfuse', { 'langfuse.trace.metadata.ticket': 'T-7', 'langfuse.observation.type': 'generation' }],
    ])('is what it handed to its instrumentation (%s), but identity', async (_, attributes) => {
      const all = await metadata(request(chat('why?', 'because', attributes)));
      expect(all).toMatchObject({ ticket: 'T-7' });
      expect(all).not.toHaveProperty('user_id');
    });

    it('is the option metadata, which what the application says at work overrides', async () => {
      const tree = saying({ 'huggingplace.metadata.region': 'eu' }, request(chat('why?', 'because')));
      expect(await metadata(tree, { metadata: { region: 'us', build: 7 } })).toMatchObject({ region: 'eu', build: 7 });
    });

    it.each(RESERVED)('never takes the place of %s', async (key) => {
      const mine = 'mine';
      const tree = saying(
        { [`huggingplace.metadata.${key}`]: mine },
        request(
          chat('why?', 'because', {
            [`ai.telemetry.metadata.${key}`]: mine,
            'ai.operationId': 'ai.generateText.doGenerate',
          }),
        ),
      );
      expect(Object.values(await metadata(tree, { metadata: { [key]: mine } }))).not.toContain(mine);
    });

    it('may be called as it likes, and pollutes nothing', async () => {
      const attributes = { 'huggingplace.metadata.__proto__': 'x', 'huggingplace.metadata.constructor': 'y' };
      const all = await metadata(saying(attributes, request(chat('why?', 'because'))));
      expect(Object.entries(all)).toContainEqual(['__proto__', 'x']);
      expect(Object.entries(all)).toContainEqual(['constructor', 'y']);
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    });
  });

  it('has the tags of all members, each once', async () => {
    const tagged = (...tags: readonly string[]): Attributes => ({
      'langfuse.trace.tags': [...tags],
      'langfuse.observation.type': 'generation',
    });
    expect(await metadata(request(chat('?', '!', tagged('a', 'b')), chat('?', '!', tagged('b', 'c'))))).toMatchObject({
      tags: ['a', 'b', 'c'],
    });
  });

  it('has the time to the first token of the call whose text is the answer', async () => {
    const call = (answer: string, seconds: number): SpanTree =>
      chat('?', answer, { 'gen_ai.response.time_to_first_chunk': seconds });
    const tree = conversing('?', 'one', agent('helper', call('one', 1), call('two', 2)));
    expect(await metadata(tree)).toMatchObject({ time_to_first_token_ms: 1_000 });
  });
});
