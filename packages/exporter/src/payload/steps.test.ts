/** The steps of an interaction (record.md, section 5). */
import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { BOTH_WAYS, type Received, recordOf, startApplication } from '../testing/application.ts';
import {
  agent,
  chat,
  conversing,
  embedding,
  failing,
  lasting,
  marked,
  named,
  request,
  retrieval,
  saying,
  span,
  type SpanTree,
  throwing,
  tool,
  usage,
  workflow,
} from '../testing/span-tree.ts';

const operation = (name: string, attributes: Attributes = {}): SpanTree => ({
  name,
  attributes: { 'gen_ai.operation.name': name, ...attributes },
  children: [],
});
const pick = (record: Received, ...keys: readonly string[]): unknown =>
  record.step_data?.map((step) => Object.fromEntries(keys.map((key) => [key, step[key]])));
const stepNames = (record: Received): unknown => record.step_data?.map((step) => step['step_name']);

describe.each(BOTH_WAYS)('%s', (way) => {
  it('are all kinds of work but wrappers and parts of a call or run, each by its name', async () => {
    const record = await recordOf(
      way,
      workflow(
        'flow',
        agent('helper', operation('agent_step'), chat('why?', 'because')),
        tool('search'),
        retrieval(),
        embedding(3),
        operation('rerank'),
        operation('run_guardrail'),
        operation('teleport'),
        marked('step', span('check')),
        span('ordinary'),
      ),
    );
    expect(pick(record, 'step_name', 'step_type')).toEqual([
      { step_name: 'helper', step_type: 'agent' },
      { step_name: 'chat', step_type: 'llm' },
      { step_name: 'search', step_type: 'tool' },
      { step_name: 'retrieval', step_type: 'retrieval' },
      { step_name: 'embeddings', step_type: 'embedding' },
      { step_name: 'rerank', step_type: 'reranker' },
      { step_name: 'run_guardrail', step_type: 'guardrail' },
      { step_name: 'teleport', step_type: 'step' },
      { step_name: 'check', step_type: 'step' },
    ]);
  });

  it('never hold the root, nor generation spans above another', async () => {
    const tree = agent('root', {
      ...named('outer', chat('why?', 'because')),
      children: [named('inner', chat('why?', 'because'))],
    });
    expect(stepNames(await recordOf(way, tree))).toEqual(['inner']);
  });

  it('are absent where a model call is itself the root, and one where it stands below an ordinary root', async () => {
    expect(await recordOf(way, chat('why?', 'because'))).not.toHaveProperty('step_data');
    expect(stepNames(await recordOf(way, request(chat('why?', 'because'))))).toEqual(['chat']);
  });

  it('say of each call its texts, model and tokens', async () => {
    const call = chat('why?', 'because', { ...usage(3, 4), 'gen_ai.response.model': 'gpt-5-2026' });
    const record = await recordOf(way, request(lasting(5, span('before')), lasting(2_500, call)));
    expect(record.step_data).toEqual([
      {
        step_name: 'chat',
        step_type: 'llm',
        status: 'completed',
        time_ms: 2_500,
        start_ms: 5,
        responseTime: '0 min 2.50 sec',
        span_id: expect.any(String) as string,
        parent_span_id: record.metaData['span_id'],
        userQuestion: 'why?',
        promptResponse: 'because',
        llmModel: 'gpt-5-2026',
        inputTokens: 3,
        outputTokens: 4,
        token: 7,
      },
    ]);
  });

  it.each<[string, SpanTree, object]>([
    [
      'a tool its arguments and result',
      tool('search', { args: '{"q":1}', result: 'found' }),
      { userQuestion: '{"q":1}', promptResponse: 'found' },
    ],
    [
      'a retrieval its query and documents',
      retrieval('orders', '["a","b"]'),
      { userQuestion: 'orders', promptResponse: expect.stringContaining('a') as string },
    ],
    [
      'a marked step its input and output',
      marked(
        'step',
        saying(
          { 'huggingplace.step.type': 'guardrail', 'huggingplace.step.input': 'in', 'huggingplace.step.output': 'out' },
          span('check'),
        ),
      ),
      { step_name: 'check', step_type: 'guardrail', userQuestion: 'in', promptResponse: 'out' },
    ],
    [
      'an agent its conversation',
      conversing('run?', 'ran', agent('sub')),
      { userQuestion: 'run?', promptResponse: 'ran' },
    ],
    ['an embedding its model and tokens', embedding(50), { llmModel: 'text-embedding-3', inputTokens: 50, token: 50 }],
    [
      'a call a total that is known without its parts',
      chat('?', '!', { 'gen_ai.usage.total_tokens': 42 }),
      { token: 42 },
    ],
  ])('say of %s', async (_, tree, expected) => {
    expect((await recordOf(way, request(chat('why?', 'because'), tree))).step_data?.[1]).toMatchObject(expected);
  });

  it.each<[string, SpanTree, readonly string[]]>([
    [
      'what is unknown',
      chat(undefined, undefined),
      ['userQuestion', 'promptResponse', 'inputTokens', 'outputTokens', 'token'],
    ],
    ['tokens of a tool', saying(usage(1, 2), tool('search')), ['inputTokens', 'outputTokens', 'token', 'llmModel']],
    ['an error of what ended well', tool('search'), ['error_message', 'incomplete']],
  ])('do not say %s', async (_, tree, absent) => {
    const step = (await recordOf(way, request(tree, chat('why?', 'because')))).step_data?.[0];
    for (const key of absent) expect(step).not.toHaveProperty(key);
  });

  it('stand below the nearest step or the root', async () => {
    await using app = await startApplication(way);
    await app.play(
      request(
        agent(
          'helper',
          workflow('inner', span('ordinary', tool('search', {}, named('sub call', chat('why?', 'because'))))),
        ),
      ),
    );
    const [, search, call] = ['invoke_agent helper', 'execute_tool search', 'sub call'].map((name) => app.spanId(name));
    const helper = app.spanId('invoke_agent helper');
    expect(pick(await app.record(), 'span_id', 'parent_span_id')).toEqual([
      { span_id: helper, parent_span_id: app.spanId('POST /ask') },
      { span_id: search, parent_span_id: helper },
      { span_id: call, parent_span_id: search },
    ]);
  });

  describe('that failed', () => {
    it.each<[string, string, SpanTree]>([
      ['its status message', 'busy', failing('busy', tool('search'))],
      ['its exception', 'broken', throwing('TypeError', 'broken', tool('search'))],
      ['its type', 'TypeError', saying({ 'error.type': 'TypeError' }, failing(undefined, tool('search')))],
      ['its HTTP status', 'HTTP 429', saying({ 'http.response.status_code': 429 }, failing(undefined, tool('search')))],
      ['that it did', 'Error', failing(undefined, tool('search'))],
    ])('say %s', async (_, message, tree) => {
      expect((await recordOf(way, request(tree, chat('why?', 'because')))).step_data?.[0]).toMatchObject({
        status: 'failed',
        error_message: message,
      });
    });
  });

  describe('are in order', () => {
    it('of their starts', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      const first = await app.start(tool('first'), root);
      app.clock.pass(1);
      await app.playBelow(root, tool('second'), chat('why?', 'because'));
      await app.end(first);
      await app.end(root);
      expect(stepNames(await app.record())).toEqual(['first', 'second', 'chat']);
    });

    it('and of those that start together: parents first, then by end, then by id', async () => {
      await using app = await startApplication(way);
      const root = await app.start(request());
      const outer = await app.start(agent('outer'), root);
      const slow = await app.start(tool('slow'), outer);
      const quick = await app.start(tool('quick'), outer);
      const inner = await app.start(chat('why?', 'because'), slow);
      for (const running of [quick, inner, slow, outer, root]) await app.end(running);
      expect(stepNames(await app.record())).toEqual(['outer', 'quick', 'slow', 'chat']);
    });
  });
});

it('that never ended are completed, and incomplete', async () => {
  await using app = await startApplication('processor at once');
  const root = await app.start(failing('gone', request()));
  await app.start(tool('search'), root);
  await app.playBelow(root, chat('why?', 'because'));
  await app.end(root);
  expect((await app.record()).step_data).toMatchObject([
    { step_name: 'chat' },
    { step_name: 'search', status: 'completed', incomplete: true, time_ms: 0 },
  ]);
});
