import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { readSpan } from './index.ts';
import { langSmith } from './langsmith.ts';

const run = (
  type: string,
  inputs?: unknown,
  outputs?: unknown,
  attributes: Record<string, unknown> = {},
  name = 'run',
) =>
  endedSpan({
    name,
    scope: { name: 'langsmith', version: '0.12.0' },
    attributes: {
      'langsmith.traceable': 'true',
      'langsmith.span.kind': type,
      ...(inputs !== undefined && { 'gen_ai.prompt': JSON.stringify(inputs) }),
      ...(outputs !== undefined && { 'gen_ai.completion': JSON.stringify(outputs) }),
      ...attributes,
    },
  });
const user = (text: string) => ({ role: 'user', parts: [{ type: 'text', text }] });
const assistant = (text: string) => ({ role: 'assistant', parts: [{ type: 'text', text }] });
const langChain = (type: string, kwargs: object) => ({
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', 'messages', type],
  kwargs,
});

describe('kind', () => {
  it.each([
    ['llm', 'llm'],
    ['chain', 'chain'],
    ['prompt', 'chain'],
    ['parser', 'chain'],
    ['tool', 'tool'],
    ['retriever', 'retrieval'],
    ['embedding', 'embedding'],
    ['of a later version', 'step'],
  ])('%s is %s', (type, kind) => {
    expect(langSmith.kindOf(run(type))).toBe(kind);
  });

  it('is not known before the run says its type', () => {
    expect(langSmith.kindOf(endedSpan({ attributes: { 'langsmith.traceable': 'true' } }))).toBeUndefined();
  });
});

describe('reading', () => {
  it('of a call through wrapOpenAI', () => {
    const span = run(
      'llm',
      { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Capital of France?' }], temperature: 0.2 },
      {
        id: 'chatcmpl-1',
        model: 'gpt-4o-mini-2024-07-18',
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Paris.' } }],
      },
      {
        'langsmith.usage_metadata':
          '{"input_tokens":14,"output_tokens":8,"total_tokens":22,"input_token_details":{"priority_cache_read":4},"output_token_details":{"reasoning":3}}',
        'langsmith.metadata.LANGSMITH_TRACING': 'true',
        'langsmith.metadata.ls_provider': 'openai',
        'langsmith.metadata.usage_metadata': '{"input_tokens":14}',
        'langsmith.metadata.user_id': 'u-1',
        'langsmith.metadata.thread_id': 's-1',
        'langsmith.metadata.plan': 'pro',
        'langsmith.span.tags': 'prod, seq:step:1, beta',
        'langsmith.trace.session_name': 'the project, no session',
      },
    );
    expect(langSmith.read(span)).toEqual({
      input: [user('Capital of France?')],
      output: [assistant('Paris.')],
      responseModel: 'gpt-4o-mini-2024-07-18',
      provider: 'openai',
      usage: { input: 14, output: 8, total: 22, cachedInput: 4, reasoning: 3 },
      finishReasons: ['stop'],
      responseId: 'chatcmpl-1',
      sessionId: 's-1',
      userId: 'u-1',
      tags: ['prod', 'beta'],
      metadata: new Map([['plan', 'pro']]),
    });
  });

  it('of a call to the Responses API', () => {
    const span = run(
      'llm',
      { model: 'gpt-4o-mini', instructions: 'Be terse.', input: 'And of Italy?', previous_response_id: 'resp_0' },
      {
        id: 'resp_1',
        model: 'gpt-4o-mini-2024-07-18',
        output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Rome.' }] }],
      },
    );
    expect(langSmith.read(span)).toEqual({
      input: [user('And of Italy?')],
      output: [assistant('Rome.')],
      system: 'Be terse.',
      responseModel: 'gpt-4o-mini-2024-07-18',
      responseId: 'resp_1',
      previousResponseId: 'resp_0',
    });
  });

  it('of a call through wrapAnthropic, whose instructions stand beside the messages', () => {
    const inputs = {
      model: 'claude-sonnet-4-5',
      system: [{ type: 'text', text: 'Be terse.' }],
      messages: [{ role: 'user', content: 'And of Italy?' }],
    };
    const outputs = {
      role: 'assistant',
      content: [{ type: 'text', text: 'Rome.' }],
      stop_reason: 'end_turn',
      id: 'msg_1',
    };
    expect(langSmith.read(run('llm', inputs, outputs))).toEqual({
      input: [user('And of Italy?')],
      output: [assistant('Rome.')],
      system: 'Be terse.',
      finishReasons: ['end_turn'],
      responseId: 'msg_1',
    });
  });

  it('of a call by LangChain, whose result holds the response', () => {
    const message = {
      id: 'chatcmpl-2',
      content: '',
      tool_calls: [{ name: 'get_weather', args: { city: 'Paris' }, id: 'call_1', type: 'tool_call' }],
      response_metadata: { model_name: 'gpt-4o-mini-2024-07-18', finish_reason: 'tool_calls' },
      usage_metadata: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
    };
    const span = run(
      'llm',
      {
        messages: [
          [langChain('SystemMessage', { content: 'Be terse.' }), langChain('HumanMessage', { content: 'Weather?' })],
        ],
      },
      { generations: [[{ text: '', message: langChain('AIMessage', message), generationInfo: {} }]] },
      {
        'langsmith.metadata.ls_integration': 'langchain_chat_model',
        'langsmith.metadata.model': 'gpt-4o-mini',
        'langsmith.metadata.versions': '{}',
      },
    );
    expect(langSmith.read(span)).toEqual({
      input: [{ role: 'system', parts: [{ type: 'text', text: 'Be terse.' }] }, user('Weather?')],
      output: [
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }],
        },
      ],
      responseModel: 'gpt-4o-mini-2024-07-18',
      usage: { input: 9, output: 2, total: 11 },
      finishReasons: ['tool_calls'],
      responseId: 'chatcmpl-2',
    });
  });

  it.each([
    ['a text', { input: 'Refunds?' }, { outputs: '30 days.' }, 'Refunds?', '30 days.'],
    ['an object', { question: 'Refunds?' }, { days: 30, of: 'refund' }, 'Refunds?', '{"days":30,"of":"refund"}'],
    ['several arguments', { args: ['Refunds?', { verbose: true }] }, { outputs: '30 days.' }, 'Refunds?', '30 days.'],
    [
      'the state of a graph',
      { messages: [langChain('HumanMessage', { content: 'Refunds?' })] },
      {
        messages: [langChain('HumanMessage', { content: 'Refunds?' }), langChain('AIMessage', { content: '30 days.' })],
      },
      'Refunds?',
      '30 days.',
    ],
  ])('of a traceable() function that takes %s', (_what, inputs, outputs, question, answer) => {
    expect(langSmith.read(run('chain', inputs, outputs))).toEqual({
      input: [user(question)],
      output: [assistant(answer)],
    });
  });

  it.each([
    ['a function', { city: 'Paris' }, { temp_c: 18 }, undefined],
    ['a function of one text', { input: 'Paris' }, { outputs: '18' }, undefined],
    [
      'LangChain',
      { input: '{"city":"Paris"}' },
      { output: langChain('ToolMessage', { content: '{"temp_c":18}', tool_call_id: 'call_1' }) },
      'call_1',
    ],
  ])('of a tool run by %s', (_who, inputs, outputs, toolCallId) => {
    const { inputText, outputText, ...reading } = langSmith.read(run('tool', inputs, outputs, {}, 'get_weather'));
    expect(reading).toEqual({ name: 'get_weather', toolCallId });
    expect([inputText, outputText]).toEqual(
      'city' in inputs || toolCallId !== undefined ? ['{"city":"Paris"}', '{"temp_c":18}'] : ['Paris', '18'],
    );
  });

  it('of a streamed answer that nobody put together', () => {
    expect(langSmith.read(run('llm', { input: 'Refunds?' }, { outputs: ['30 ', 'days.'] })).output).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: '30 ' },
          { type: 'text', text: 'days.' },
        ],
      },
    ]);
  });

  it('of a retrieval', () => {
    const documents = [{ page_content: '30 days.', type: 'Document', metadata: {} }, { page_content: '5 days.' }];
    expect(langSmith.read(run('retriever', { input: 'refunds' }, { outputs: documents }))).toEqual({
      inputText: 'refunds',
      outputText: '30 days.\n5 days.',
    });
  });

  it('of an embedding shows no vector', () => {
    expect(langSmith.read(run('embedding', { input: 'refunds' }, { embedding: [0.1, 0.2] }))).toEqual({
      inputText: 'refunds',
    });
  });
});

it('leaves to OpenTelemetry’s names what is theirs', () => {
  const attributes = {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.request.model': 'text-embedding-3-small',
    'gen_ai.system': 'langchain',
  };
  expect(
    readSpan(run('embedding', { input: 'refunds' }, {}, { ...attributes, 'langsmith.metadata.ls_provider': 'openai' })),
  ).toEqual({
    kind: 'embedding',
    inputText: 'refunds',
    requestModel: 'text-embedding-3-small',
    provider: 'openai',
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, which is nobody’s text', () => {
    const cut = { 'gen_ai.prompt': '{"messages":[{"role":"user","content":"What is th' };
    expect(langSmith.read(run('llm', undefined, undefined, cut))).toEqual({ malformed: true });
  });

  it.each(
    [undefined, null, 7, true, '', '[', '{}', '[]', '[null]', [], ['a', 1], {}, { role: 7 }, Number.NaN].map(
      (value) => [value],
    ),
  )('%j in every attribute throws nowhere and invents nothing', (value) => {
    for (const type of ['llm', 'chain', 'tool', 'retriever', 'embedding', 'other']) {
      const keys = ['gen_ai.prompt', 'gen_ai.completion', 'langsmith.usage_metadata', 'langsmith.span.tags'];
      const span = run(type, undefined, undefined, Object.fromEntries(keys.map((key) => [key, value])));
      expect(langSmith.kindOf(span)).toBeDefined();
      const { usage, responseModel, responseId, finishReasons } = langSmith.read(span);
      expect([usage, responseModel, responseId, finishReasons]).toEqual([undefined, undefined, undefined, undefined]);
    }
  });
});
