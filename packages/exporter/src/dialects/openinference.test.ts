import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Part, Role } from '../interaction/reading.ts';
import { endedSpan } from '../span.fixture.ts';
import type { EndedSpan } from '../span.ts';
import { readSpan } from './index.ts';
import { openInference } from './openinference.ts';

const spanOf = (kind: string, attributes: Record<string, unknown> = {}, fields: Partial<EndedSpan> = {}) =>
  endedSpan({ ...fields, attributes: { 'openinference.span.kind': kind, ...attributes } });
const read = (kind: string, attributes: Record<string, unknown> = {}) => openInference.read(spanOf(kind, attributes));

const json = (side: 'input' | 'output', value: unknown) => ({
  [`${side}.value`]: JSON.stringify(value),
  [`${side}.mime_type`]: 'application/json',
});
const plain = (side: 'input' | 'output', text: string) => ({
  [`${side}.value`]: text,
  [`${side}.mime_type`]: 'text/plain',
});
/** `llm.input_messages.0.message.role`, …: one list of fields a message. */
const flattened = (list: 'input' | 'output', ...messages: readonly Record<string, unknown>[]) =>
  Object.fromEntries(
    messages.flatMap((message, index) =>
      Object.entries(message).map(([key, value]) => [`llm.${list}_messages.${index}.message.${key}`, value]),
    ),
  );
const langChain = (type: string, kwargs: object) => ({
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', 'messages', type],
  kwargs,
});
const text = (value: string): Part => ({ type: 'text', text: value });
const says = (role: Role, value: string) => ({ role, parts: [text(value)] });

describe('kind', () => {
  it.each([
    ['LLM', 'llm'],
    ['AGENT', 'agent'],
    ['CHAIN', 'chain'],
    ['PROMPT', 'chain'],
    ['TOOL', 'tool'],
    ['RETRIEVER', 'retrieval'],
    ['EMBEDDING', 'embedding'],
    ['RERANKER', 'reranker'],
    ['GUARDRAIL', 'guardrail'],
    ['EVALUATOR', 'step'],
    ['UNKNOWN', 'step'],
    ['of a later version', 'step'],
    ['llm', 'llm'],
  ])('%s is %s', (word, kind) => {
    expect(openInference.kindOf(spanOf(word))).toBe(kind);
  });

  it('is an embedding where a call that is marked LLM runs an embedding model', () => {
    expect(openInference.kindOf(spanOf('LLM', { 'llm.model_name': 'titan-embed-text-v2:0' }))).toBe('embedding');
  });

  it.each([[undefined], [''], [{}], [['LLM']], [null]])('is none of ours where it says %o', (word) => {
    expect(
      openInference.kindOf(endedSpan({ attributes: { 'openinference.span.kind': word, 'session.id': 's' } })),
    ).toBeUndefined();
  });
});

describe('model call', () => {
  it('of OpenAI chat', () => {
    const attributes = {
      'llm.system': 'openai',
      'llm.provider': 'azure',
      'llm.model_name': 'gpt-4o-mini-2024-07-18',
      ...json('input', {
        model: 'gpt-4o-mini',
        messages: [
          { role: 'system', content: 'You are terse.' },
          { role: 'user', content: 'Weather in Paris?' },
        ],
      }),
      ...flattened(
        'input',
        { role: 'system', content: 'You are terse.' },
        { role: 'user', content: 'Weather in Paris?' },
      ),
      ...json('output', {
        id: 'chatcmpl-1',
        model: 'gpt-4o-mini-2024-07-18',
        choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null } }],
        usage: { prompt_tokens: 82, completion_tokens: 19, total_tokens: 101 },
      }),
      ...flattened('output', {
        role: 'assistant',
        'tool_calls.0.tool_call.id': 'call_1',
        'tool_calls.0.tool_call.function.name': 'get_weather',
        'tool_calls.0.tool_call.function.arguments': '{"city":"Paris"}',
      }),
      'llm.finish_reason': 'tool_calls',
      'llm.token_count.prompt': 82,
      'llm.token_count.completion': 19,
      'llm.token_count.total': 101,
      'llm.token_count.prompt_details.cache_read': 64,
      'llm.token_count.completion_details.reasoning': 0,
      metadata: '{"tier":"gold","cart":{"items":2}}',
      'tag.tags': ['beta', 'demo'],
      'session.id': 's-1',
      'user.id': 'u-1',
    };
    expect(read('LLM', attributes)).toEqual({
      input: [says('system', 'You are terse.'), says('user', 'Weather in Paris?')],
      output: [
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }],
        },
      ],
      requestModel: 'gpt-4o-mini',
      responseModel: 'gpt-4o-mini-2024-07-18',
      provider: 'azure',
      usage: { input: 82, output: 19, total: 101, cachedInput: 64, reasoning: 0 },
      finishReasons: ['tool_calls'],
      responseId: 'chatcmpl-1',
      tags: ['beta', 'demo'],
      metadata: new Map<string, unknown>([
        ['tier', 'gold'],
        ['cart', { items: 2 }],
      ]),
    });
  });

  it('of OpenAI Responses, with the conversation and the response that it goes on from', () => {
    const attributes = {
      'llm.model_name': 'o4-mini-2025-04-16',
      ...json('input', {
        model: 'o4-mini',
        instructions: 'Be brief.',
        input: 'And now?',
        previous_response_id: 'resp_0',
        conversation: { id: 'conv_1' },
      }),
      ...json('output', {
        id: 'resp_1',
        model: 'o4-mini-2025-04-16',
        error: null,
        output: [
          { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
          { id: 'ws_1', type: 'web_search_call', status: 'completed' },
          { id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Later.' }] },
        ],
      }),
    };
    expect(read('LLM', attributes)).toEqual({
      input: [says('user', 'And now?')],
      output: [{ role: 'assistant', parts: [{ type: 'reasoning', text: 'Hm.' }] }, says('assistant', 'Later.')],
      system: 'Be brief.',
      requestModel: 'o4-mini',
      responseModel: 'o4-mini-2025-04-16',
      responseId: 'resp_1',
      previousResponseId: 'resp_0',
      sessionId: 'conv_1',
    });
  });

  it('of a stream: the answer is text, and the model is the requested one', () => {
    const attributes = {
      'llm.model_name': 'gpt-4o-mini',
      'llm.invocation_parameters': '{"model":"gpt-4o-mini","stream":true}',
      ...plain('output', '{"name":"Ada"}'),
    };
    const events = [{ name: 'First Token Stream Event', time: [1_790_000_000, 250_000_000] as const, attributes: {} }];
    expect(openInference.read(spanOf('LLM', attributes, { events }))).toEqual({
      output: [says('assistant', '{"name":"Ada"}')],
      requestModel: 'gpt-4o-mini',
      timeToFirstTokenMs: 250,
    });
  });

  it('of the completions API', () => {
    const attributes = {
      'llm.prompts.0.prompt.text': 'Once',
      'llm.choices.0.completion.text': ' upon a time',
    };
    expect(read('LLM', attributes)).toEqual({
      input: [says('user', 'Once')],
      output: [says('assistant', ' upon a time')],
    });
  });

  it('of LangChain: ids and parts are only in the serialised messages, and what the framework adds to the metadata is left out', () => {
    const attributes = {
      'llm.model_name': 'claude-sonnet-4-5',
      'llm.invocation_parameters': '{"model":"claude-sonnet-4-5"}',
      ...json('input', {
        messages: [
          [
            langChain('SystemMessage', { content: [{ type: 'text', text: 'Be brief.' }] }),
            langChain('HumanMessage', { content: 'Weather in Paris?' }),
            langChain('AIMessage', { content: '', tool_calls: [{ id: 'call_1', name: 'weather', args: { q: 1 } }] }),
            langChain('ToolMessage', { content: 'sunny', tool_call_id: 'call_1' }),
          ],
        ],
      }),
      ...flattened(
        'input',
        { role: 'system' },
        { role: 'user', content: 'Weather in Paris?' },
        {
          role: 'assistant',
          content: '',
          'tool_calls.0.tool_call.function.name': 'weather',
          'tool_calls.0.tool_call.function.arguments': '{"q":1}',
        },
        { role: 'tool', content: 'sunny' },
      ),
      ...json('output', {
        generations: [
          [
            {
              text: 'Sunny.',
              message: langChain('AIMessage', {
                id: 'msg_1',
                content: 'Sunny.',
                response_metadata: { model: 'claude-sonnet-4-5-20250929', stop_reason: 'end_turn' },
                usage_metadata: { input_tokens: 118, output_tokens: 11, total_tokens: 129 },
              }),
            },
          ],
        ],
        llmOutput: {},
      }),
      metadata: JSON.stringify({
        ls_provider: 'anthropic',
        ls_model_name: 'claude-sonnet-4-5',
        langgraph_step: 1,
        checkpoint_ns: 'a:b',
        versions: { '@langchain/core': '1.4.0' },
        thread_id: 't-1',
        user_id: 'u-1',
        plan: 'pro',
      }),
    };
    expect(read('LLM', attributes)).toEqual({
      input: [
        says('system', 'Be brief.'),
        says('user', 'Weather in Paris?'),
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"q":1}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'call_1', result: 'sunny' }] },
      ],
      output: [says('assistant', 'Sunny.')],
      requestModel: 'claude-sonnet-4-5',
      responseModel: 'claude-sonnet-4-5-20250929',
      provider: 'anthropic',
      usage: { input: 118, output: 11, total: 129 },
      finishReasons: ['end_turn'],
      responseId: 'msg_1',
      sessionId: 't-1',
      userId: 'u-1',
      metadata: new Map([['plan', 'pro']]),
    });
  });

  it.each<[string, object, object]>([
    ['OpenAI', { finish_reason: 'stop', model_name: 'gpt-5-2026-01-01' }, {}],
    ['Anthropic', {}, { model: 'gpt-5-2026-01-01', stop_reason: 'stop' }],
  ])('of LangChain, streamed from %s: the responded model stands beside the message', (_, generationInfo, kwargs) => {
    const message = langChain('AIMessageChunk', {
      content: 'Sunny.',
      additional_kwargs: kwargs,
      response_metadata: {},
    });
    expect(
      read('LLM', { ...json('output', { generations: [[{ generationInfo, message }]] }), 'llm.model_name': 'gpt-5' }),
    ).toMatchObject({ requestModel: 'gpt-5', responseModel: 'gpt-5-2026-01-01', finishReasons: ['stop'] });
  });

  it('of LangChain with a content list: only the serialised message holds the instructions', () => {
    const content = [{ type: 'text', text: 'Be brief.' }];
    const attributes = {
      ...json('input', {
        messages: [[langChain('SystemMessage', { content }), langChain('HumanMessage', { content: 'Hi.' })]],
      }),
      ...flattened('input', { role: 'system' }, { role: 'user', content: 'Hi.' }),
    };
    expect(read('LLM', attributes).system).toBe('Be brief.');
  });

  it('of Anthropic: all parallel results are in the request, and so are the instructions', () => {
    const results = [
      { type: 'tool_result', tool_use_id: 'call_1', content: '21' },
      { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: '9' }] },
    ];
    const attributes = {
      ...json('input', {
        model: 'claude-sonnet-4-5',
        system: [{ type: 'text', text: 'Be brief.' }],
        messages: [{ role: 'user', content: results }],
      }),
      ...flattened('input', { role: 'user', tool_call_id: 'call_2', content: '9' }),
    };
    expect(read('LLM', attributes)).toEqual({
      input: [
        {
          role: 'tool',
          parts: [
            { type: 'tool_result', id: 'call_1', result: '21' },
            { type: 'tool_result', id: 'call_2', result: '9' },
          ],
        },
      ],
      system: 'Be brief.',
      requestModel: 'claude-sonnet-4-5',
    });
  });

  it('of Bedrock: only the request holds the result of the tool', () => {
    const content = [{ toolResult: { toolUseId: 'call_1', content: [{ json: { sky: 'clear' } }] } }];
    const attributes = {
      ...json('input', {
        modelId: 'amazon.nova-lite-v1:0',
        system: [{ text: 'Be brief.' }],
        messages: [{ role: 'user', content }],
      }),
      ...flattened('input', { role: 'system', content: 'Be brief.' }, { role: 'user', tool_call_id: 'call_1' }),
      'llm.stop_reason': 'end_turn',
    };
    const answered = (value: object) => ({ role: 'tool', parts: [{ type: 'tool_result', id: 'call_1', ...value }] });
    expect(read('LLM', attributes)).toEqual({
      input: [answered({ result: '{"sky":"clear"}' })],
      system: 'Be brief.',
      requestModel: 'amazon.nova-lite-v1:0',
      finishReasons: ['end_turn'],
    });
    expect(read('LLM', { ...attributes, 'input.value': undefined }).input).toEqual([
      says('system', 'Be brief.'),
      answered({}),
    ]);
  });

  it('of OpenAI Agents: a list of responses, and instructions only among the flattened messages', () => {
    const attributes = {
      ...json('input', [
        { role: 'user', content: [{ type: 'input_text', text: 'Hand me over.' }] },
        { type: 'function_call', id: 'fc_1', callId: 'call_1', name: 'transfer', arguments: '{}' },
        { type: 'function_call_result', callId: 'call_1', output: { type: 'text', text: 'done' } },
      ]),
      ...flattened('input', { role: 'system', content: 'Route.' }, { role: 'user' }),
      ...json('output', [
        { id: 'chatcmpl-1', choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }] },
      ]),
    };
    expect(read('LLM', attributes)).toEqual({
      input: [
        says('user', 'Hand me over.'),
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'call_1', name: 'transfer', arguments: '{}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'call_1', result: 'done' }] },
      ],
      output: [says('assistant', 'Hello.')],
      system: 'Route.',
      finishReasons: ['stop'],
      responseId: 'chatcmpl-1',
    });
  });

  it('keeps the whole history where the flattened one ends at the limit of attributes', () => {
    const messages = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }));
    const attributes = { ...json('input', { messages }), ...flattened('input', ...messages.slice(0, 2)) };
    expect(read('LLM', attributes).input).toEqual(messages.map(({ content }) => says('user', content)));
  });

  it('reads flattened messages alone: parts, media, legacy function calls, results, in the order of their indices', () => {
    const part = (index: number, fields: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [`contents.${index}.message_content.${key}`, value]),
      );
    const attributes = {
      'llm.input_messages.10.message.role': 'user',
      'llm.input_messages.10.message.content': 'last',
      ...flattened(
        'input',
        {
          role: 'user',
          ...part(0, { type: 'text', text: 'What is this?' }),
          ...part(1, { type: 'image', 'image.image.url': 'data:image/png;base64,iVBORw0K' }),
          ...part(2, { type: 'image', 'image.image.url': '__REDACTED__' }),
          ...part(3, {
            type: 'audio',
            'audio.audio.url': 'https://example.com/a',
            'audio.audio.mime_type': 'audio/wav',
          }),
        },
        {
          role: 'assistant',
          ...part(0, { type: 'reasoning', text: 'Hm.' }),
          ...part(1, { type: 'text', text: 'Let me look.' }),
          ...part(2, { type: 'tool_use' }),
          'contents.2.tool_call.id': 'call_1',
          'contents.2.tool_call.function.name': 'look',
          'contents.2.tool_call.function.arguments': '{}',
        },
        { role: 'user', tool_call_id: 'call_1', content: 'a cat', ...part(0, { type: 'text', text: 'And now?' }) },
        { role: 'assistant', function_call_name: 'old', function_call_arguments_json: '{"x":1}' },
        { role: 'function', function_call_name: 'old', content: '2' },
      ),
    };
    expect(read('LLM', attributes).input).toEqual([
      {
        role: 'user',
        parts: [
          text('What is this?'),
          { type: 'media', media: 'image', mimeType: 'image/png', bytes: 6 },
          { type: 'media', media: 'image' },
          { type: 'media', media: 'audio', mimeType: 'audio/wav' },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Hm.' },
          text('Let me look.'),
          { type: 'tool_call', id: 'call_1', name: 'look', arguments: '{}' },
        ],
      },
      { role: 'user', parts: [{ type: 'tool_result', id: 'call_1', result: 'a cat' }, text('And now?')] },
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'old', arguments: '{"x":1}' }] },
      { role: 'tool', parts: [{ type: 'tool_result', result: '2' }] },
      says('user', 'last'),
    ]);
  });

  it('takes a text that stands both in the message and in its parts once', () => {
    const attributes = flattened('output', {
      role: 'assistant',
      content: 'Hello.',
      'contents.0.message_content.type': 'text',
      'contents.0.message_content.text': 'Hello.',
      'tool_calls.0.tool_call.function.name': 'look',
      'contents.1.message_content.type': 'tool_use',
      'contents.1.tool_call.function.name': 'look',
    });
    expect(read('LLM', attributes).output).toEqual([
      { role: 'assistant', parts: [text('Hello.'), { type: 'tool_call', name: 'look' }] },
    ]);
  });

  it('knows a recorded empty answer from one that was not recorded', () => {
    expect(read('LLM', flattened('output', { role: 'assistant', content: '' })).output).toEqual([
      { role: 'assistant', parts: [] },
    ]);
    expect(read('LLM').output).toBeUndefined();
  });

  it('has failed where its response is an error', () => {
    const response = { id: 'resp_1', status: 'failed', error: { code: 'server_error', message: 'It broke.' } };
    expect(read('LLM', json('output', response)).error).toEqual({ type: 'server_error', message: 'It broke.' });
  });
});

describe('model', () => {
  const modelsOf = (attributes: Record<string, unknown>) => {
    const { requestModel, responseModel } = read('LLM', attributes);
    return { requestModel, responseModel };
  };

  it('has names of its own in later versions', () => {
    const attributes = { 'llm.request.model_name': 'a', 'llm.response.model_name': 'b', 'llm.model_name': 'b' };
    expect(modelsOf(attributes)).toEqual({ requestModel: 'a', responseModel: 'b' });
  });

  it('is the responded one where it is no part of the requested one', () => {
    const requested = (model: string) => ({ 'llm.invocation_parameters': JSON.stringify({ model }) });
    expect(modelsOf({ ...requested('gpt-4o'), 'llm.model_name': 'gpt-4o-2024-08-06' })).toEqual({
      requestModel: 'gpt-4o',
      responseModel: 'gpt-4o-2024-08-06',
    });
    const modelId = 'anthropic.claude-3-5-sonnet-20240620-v1:0';
    expect(modelsOf({ ...json('input', { modelId }), 'llm.model_name': 'claude-3-5-sonnet-20240620' })).toEqual({
      requestModel: modelId,
    });
    expect(modelsOf({ 'llm.model_name': 'gpt-4o' })).toEqual({ requestModel: 'gpt-4o' });
  });
});

describe('usage', () => {
  const counts = (input: number, output: number) => ({
    'llm.token_count.prompt': input,
    'llm.token_count.completion': output,
    'llm.token_count.total': input + output,
  });
  const anthropic = { usage: { input_tokens: 140, cache_read_input_tokens: 100, output_tokens: 8 } };

  it('adds cached tokens in where the instrumentation handed on the number of a provider that counts them apart', () => {
    expect(read('LLM', { ...counts(140, 8), ...json('output', anthropic) }).usage).toMatchObject({
      input: 240,
      cachedInput: 100,
    });
    expect(read('LLM', { ...counts(140, 8), ...json('output', { llmOutput: anthropic }) }).usage?.input).toBe(240);
  });

  it('takes it as it is where the instrumentation added them', () => {
    const attributes = { ...counts(240, 8), 'llm.token_count.prompt_details.cache_read': 100 };
    expect(read('LLM', { ...attributes, ...json('output', anthropic) }).usage).toEqual({
      input: 240,
      output: 8,
      total: 248,
      cachedInput: 100,
    });
  });

  it('takes it as it is where a proxy added them', () => {
    const proxied = { usage: { prompt_tokens: 114, cache_read_input_tokens: 100, completion_tokens: 8 } };
    expect(read('LLM', { ...counts(114, 8), ...json('output', proxied) }).usage?.input).toBe(114);
  });

  it('is found in the response where the attributes do not say it', () => {
    const response = {
      usage: { prompt_tokens: 14, completion_tokens: 8, prompt_tokens_details: { cached_tokens: 4 } },
    };
    expect(read('LLM', json('output', response)).usage).toEqual({ input: 14, output: 8, cachedInput: 4 });
    const titan = { 'llm.model_name': 'titan-embed-text-v2:0', ...json('output', { inputTextTokenCount: 6 }) };
    expect(read('LLM', titan)).toEqual({ requestModel: 'titan-embed-text-v2:0', usage: { input: 6 } });
  });

  it('is unknown where it is no count', () => {
    expect(read('LLM', { 'llm.token_count.prompt': NaN, 'llm.token_count.completion': -1 }).usage).toBeUndefined();
  });
});

describe('hidden content', () => {
  it('is absent', () => {
    const attributes = {
      'input.value': '__REDACTED__',
      'output.value': '__REDACTED__',
      'llm.model_name': 'gpt-4o-mini',
      'llm.invocation_parameters': '{"model":"gpt-4o-mini","instructions":"Secret."}',
    };
    expect(read('LLM', attributes)).toEqual({ requestModel: 'gpt-4o-mini' });
    expect(read('TOOL', { ...attributes, 'tool.name': 'look' })).toEqual({
      name: 'look',
      requestModel: 'gpt-4o-mini',
    });
  });

  it('is not brought back from the request where only the texts were hidden', () => {
    const attributes = {
      ...flattened(
        'input',
        { role: 'user', content: '__REDACTED__' },
        { role: 'user', 'contents.0.message_content.text': '__REDACTED__' },
      ),
      ...json('input', { messages: [{ role: 'user', content: 'Secret.' }] }),
      ...flattened('output', {
        role: 'assistant',
        content: '__REDACTED__',
        'tool_calls.0.tool_call.function.name': 'look',
      }),
      ...plain('output', 'Secret.'),
    };
    expect(read('LLM', attributes)).toEqual({
      output: [{ role: 'assistant', parts: [{ type: 'tool_call', name: 'look' }] }],
    });
    const answer = {
      ...flattened('output', { role: 'assistant', content: '__REDACTED__' }),
      ...plain('output', 'Secret.'),
    };
    expect(read('LLM', answer)).toEqual({});
  });
});

it('takes an image that was too long to be kept for no hidden text', () => {
  const attributes = {
    ...flattened('input', { role: 'user', 'contents.0.message_content.image.image.url': '__REDACTED__' }),
    ...json('input', {
      messages: [
        { role: 'user', content: 'What is it?' },
        { role: 'user', content: 'Well?' },
      ],
    }),
  };
  expect(read('LLM', attributes).input).toEqual([says('user', 'What is it?'), says('user', 'Well?')]);
});

describe('other work', () => {
  it('of a chain that was asked a text: it is one, whatever it looks like', () => {
    const asked = '[{"role":"system","content":"a"}]';
    expect(read('CHAIN', plain('input', asked)).input).toEqual([says('user', asked)]);
    expect(read('CHAIN', { 'input.value': asked }).input).toEqual([says('system', 'a')]);
  });

  it('of a chain and of an agent: their own input and output', () => {
    const chain = {
      ...json('input', { messages: [langChain('HumanMessage', { content: 'Hi.' })] }),
      ...json('output', {
        messages: [langChain('HumanMessage', { content: 'Hi.' }), langChain('AIMessage', { content: 'Hello.' })],
      }),
    };
    expect(read('CHAIN', chain)).toEqual({ input: [says('user', 'Hi.')], output: [says('assistant', 'Hello.')] });
    const agent = { ...plain('input', 'Hi.'), 'output.value': 'Hello.', 'agent.name': 'Geo', 'llm.system': 'openai' };
    expect(read('AGENT', agent)).toEqual({
      name: 'Geo',
      input: [says('user', 'Hi.')],
      output: [says('assistant', 'Hello.')],
      provider: 'openai',
    });
  });

  it('of an agent that makes its model calls out of sight: their usage and model', () => {
    const attributes = {
      'llm.model_name': 'claude-sonnet-4-5',
      'llm.token_count.prompt': 9,
      ...plain('output', 'Ok.'),
    };
    expect(read('AGENT', attributes)).toEqual({
      output: [says('assistant', 'Ok.')],
      requestModel: 'claude-sonnet-4-5',
      usage: { input: 9 },
    });
  });

  it('of a tool', () => {
    const attributes = {
      'tool.name': 'weather',
      'tool.id': 'call_1',
      ...json('input', { city: 'Paris' }),
      ...plain('output', '{"sky":"clear"}'),
    };
    expect(read('TOOL', attributes)).toEqual({
      name: 'weather',
      toolCallId: 'call_1',
      inputText: '{"city":"Paris"}',
      outputText: '{"sky":"clear"}',
    });
    expect(read('TOOL', { 'tool_call.id': 'call_2', 'tool.parameters': '{"city":"Oslo"}' })).toEqual({
      toolCallId: 'call_2',
      inputText: '{"city":"Oslo"}',
    });
  });

  it("of LangChain's tool: the message in which it answers", () => {
    const output = langChain('ToolMessage', { content: 'clear', tool_call_id: 'call_1', status: 'success' });
    expect(read('TOOL', json('output', { output }))).toEqual({ toolCallId: 'call_1', outputText: 'clear' });
  });

  it('of a tool whose answer looks like the response of a provider', () => {
    const answer = { id: '7', model: 'T', usage: { input_tokens: 5 }, error: { message: 'none' }, conversation: 'x' };
    expect(read('TOOL', { ...json('input', answer), ...json('output', answer) })).toEqual({
      inputText: JSON.stringify(answer),
      outputText: JSON.stringify(answer),
    });
  });

  it('of a retrieval and of a reranker: query and documents', () => {
    const documents = (list: string) => ({
      [`${list}.1.document.content`]: 'Second.',
      [`${list}.0.document.content`]: 'First.',
      [`${list}.0.document.score`]: 0.9,
    });
    const expected = { inputText: 'How long?', outputText: 'First.\nSecond.' };
    expect(read('RETRIEVER', { ...plain('input', 'How long?'), ...documents('retrieval.documents') })).toEqual(
      expected,
    );
    const reranker = {
      'reranker.query': 'How long?',
      'reranker.model_name': 'cross',
      ...documents('reranker.output_documents'),
    };
    expect(read('RERANKER', reranker)).toEqual({ ...expected, requestModel: 'cross' });
    const documentsOfLangChain = { documents: [{ pageContent: 'First.' }, { pageContent: 'Second.' }] };
    expect(read('RETRIEVER', json('output', documentsOfLangChain))).toEqual({ outputText: 'First.\nSecond.' });
  });

  it('of an embedding', () => {
    const attributes = {
      'embedding.model_name': 'text-embedding-3-small',
      'embedding.embeddings.0.embedding.text': 'How long?',
      'embedding.embeddings.0.embedding.vector': [0.1, 0.2],
      'llm.token_count.prompt': 6,
    };
    expect(read('EMBEDDING', attributes)).toEqual({
      inputText: 'How long?',
      requestModel: 'text-embedding-3-small',
      usage: { input: 6 },
    });
  });

  it.each(['GUARDRAIL', 'EVALUATOR'])('of %s: what it was given and what it said', (kind) => {
    expect(read(kind, { ...plain('input', 'a'), ...json('output', { pass: true }) })).toEqual({
      inputText: 'a',
      outputText: '{"pass":true}',
    });
  });
});

it('reads metadata and tags as the span processors write them', () => {
  const attributes = {
    'metadata.plan': 'pro',
    'metadata.userId': 'u-1',
    'metadata.sessionId': 's-1',
    'metadata.ai.response.msToFirstChunk': 12,
    'tag.tags': '["a","b"]',
  };
  expect(read('CHAIN', attributes)).toEqual({
    sessionId: 's-1',
    userId: 'u-1',
    tags: ['a', 'b'],
    metadata: new Map([['plan', 'pro']]),
  });
});

it('fills in what the dialect of the framework leaves out', () => {
  const attributes = { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'weather', 'tool.id': 'call_1' };
  expect(readSpan(spanOf('TOOL', attributes))).toMatchObject({ kind: 'tool', name: 'weather', toolCallId: 'call_1' });
});

describe('malformed spans', () => {
  it('are read as far as they go: JSON that a limit cut', () => {
    const request = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Tell me a story.' }] });
    const attributes = {
      'input.value': request.slice(0, request.indexOf('a story')),
      'input.mime_type': 'application/json',
    };
    expect(read('LLM', attributes)).toEqual({
      malformed: true,
      input: [says('user', 'Tell me ')],
      requestModel: 'gpt-4o',
    });
  });

  it('are read by what is flattened: text that is no JSON whatever its type says', () => {
    const attributes = { 'input.value': '{not json', 'input.mime_type': 'application/json' };
    expect(
      read('LLM', { ...attributes, ...flattened('input', { role: 'user', content: 'a', tool_call_id: '' }) }),
    ).toMatchObject({
      input: [{ role: 'tool' }],
    });
  });

  it('never throw', () => {
    const keys = [
      ...['input.value', 'output.value', 'input.mime_type', 'metadata', 'metadata.x', 'tag.tags', 'tool.name'],
      ...['tool.id', 'tool.parameters', 'agent.name', 'llm.model_name', 'llm.invocation_parameters', 'llm.provider'],
      ...['llm.token_count.prompt', 'llm.finish_reason', 'retrieval.documents.0.document.content'],
      ...[
        'llm.input_messages.0.message.role',
        'llm.input_messages.0.message.content',
        'llm.input_messages.__proto__.message.role',
      ],
      ...['llm.input_messages.0.message.contents.0.message_content.type', 'llm.input_messages.0.message.tool_call_id'],
      ...['llm.output_messages.999999.message.tool_calls.0.tool_call.function.arguments', 'llm.output_messages.1e9.x'],
    ];
    const value = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      fc.json(),
      fc.constantFrom(
        'text/plain',
        '__REDACTED__',
        '{"__proto__":{"role":"user"},"messages":[{"__proto__":1}]}',
        NaN,
        '['.repeat(9000),
      ),
    );
    const kinds = ['LLM', 'AGENT', 'CHAIN', 'TOOL', 'RETRIEVER', 'EMBEDDING', 'RERANKER', 'GUARDRAIL', 'EVALUATOR'];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.dictionary(fc.constantFrom(...keys), value), (kind, attributes) => {
        expect(() => openInference.read(spanOf(kind, attributes))).not.toThrow();
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('stay bounded: a deep or a long list is read in the time of its length', () => {
    const deep = `{"messages":[`.repeat(20_000);
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`llm.input_messages.${index}.message.content`, 'x']),
    );
    expect(openInference.read(spanOf('CHAIN', { 'input.value': deep }))).toMatchObject({ malformed: true });
    expect(openInference.read(spanOf('LLM', many)).input).toHaveLength(20_000);
  });
});
