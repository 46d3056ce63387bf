import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import type { SpanEvent } from '../span.ts';
import { readSpan } from './index.ts';
import { openLlmetry } from './openllmetry.ts';

const span = (scope: string, attributes: Record<string, unknown>, events: readonly SpanEvent[] = []) =>
  endedSpan({ scope: { name: `@traceloop/${scope}`, version: '0.27.0' }, attributes, events });
const entity = (kind: string, input: unknown, output?: unknown, more: Record<string, unknown> = {}) =>
  span('node-server-sdk', {
    'traceloop.span.kind': kind,
    'traceloop.entity.name': 'rain',
    'traceloop.entity.input': JSON.stringify(input),
    ...(output !== undefined && { 'traceloop.entity.output': JSON.stringify(output) }),
    ...more,
  });
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });
const QUESTION = 'Is it raining in Paris?';

describe('kind', () => {
  it.each([
    ['workflow', 'chain'],
    ['task', 'step'],
    ['agent', 'agent'],
    ['tool', 'tool'],
    ['session', 'chain'],
    ['unknown', 'step'],
  ])('of the entity %s is %s', (entityKind, kind) => {
    expect(openLlmetry.kindOf(entity(entityKind, {}))).toBe(kind);
  });

  it.each([
    [{ 'llm.request.type': 'chat', 'gen_ai.request.model': 'gpt-4o' }, 'llm'],
    [{ 'llm.request.type': 'completion', 'gen_ai.request.model': 'text-embedding-3' }, 'embedding'],
    [{ 'llm.request.type': 'rerank', 'gen_ai.request.model': 'rerank-v3' }, 'reranker'],
    [{ 'llm.request.type': 'unknown' }, 'step'],
    [{ 'gen_ai.operation.name': 'execute_tool', 'traceloop.span.kind': 'task' }, 'tool'],
    [{ 'gen_ai.operation.name': 'workflow', 'traceloop.span.kind': 'workflow' }, 'chain'],
    [{ 'gen_ai.operation.name': 'guardrail.run' }, 'guardrail'],
    [{ 'gen_ai.provider.name': 'aws.bedrock', 'gen_ai.request.model': 'claude-3-5-sonnet' }, 'llm'],
    [{ 'traceloop.entity.input': '{"uri":"docs://refunds"}' }, 'step'],
    [{ 'traceloop.workflow.name': 'w' }, 'step'],
    [{ 'gen_ai.prompt.0.role': 'user' }, 'step'],
    [{ 'db.system': 'pinecone' }, undefined],
  ])('of %j is %s', (attributes, kind) => {
    expect(openLlmetry.kindOf(span('instrumentation-x', attributes))).toBe(kind);
  });

  it('is unknown of a span of somebody else, be it marked by the SDK', () => {
    const attributes = { 'traceloop.workflow.name': 'w', 'traceloop.association.properties.user_id': 'u-1' };
    expect(openLlmetry.kindOf(endedSpan({ scope: { name: 'http' }, attributes }))).toBeUndefined();
  });
});

describe('reading of a model call', () => {
  it('until 0.22', () => {
    const call = span('instrumentation-openai', {
      'gen_ai.system': 'OpenAI',
      'llm.request.type': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': '[{"type":"text","text":"Is it raining"},{"type":"text","text":"in Paris?"}]',
      'gen_ai.prompt.1.role': 'assistant',
      'gen_ai.prompt.1.content': 'null',
      'gen_ai.prompt.1.tool_calls.0.id': 'c1',
      'gen_ai.prompt.1.tool_calls.0.name': 'rain',
      'gen_ai.prompt.1.tool_calls.0.arguments': '{"city":"Paris"}',
      'gen_ai.prompt.2.role': 'tool',
      'gen_ai.prompt.2.tool_call_id': 'c1',
      'gen_ai.prompt.2.content': '{"rain":false}',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.content': 'No.',
      'gen_ai.completion.0.finish_reason': 'stop',
      'gen_ai.completion.1.content': 'Not at all.',
      'gen_ai.usage.prompt_tokens': 92,
      'gen_ai.usage.completion_tokens': 13,
      'llm.usage.total_tokens': 105,
    });
    expect(readSpan(call)).toEqual({
      kind: 'llm',
      input: [
        { role: 'user', parts: [...text('user', 'Is it raining').parts, ...text('user', 'in Paris?').parts] },
        {
          role: 'assistant',
          parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' }],
        },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: '{"rain":false}' }] },
      ],
      output: [text('assistant', 'No.')],
      finishReasons: ['stop'],
      provider: 'openai',
      requestModel: 'gpt-4o-mini',
      responseModel: 'gpt-4o-mini-2024-07-18',
      usage: { input: 92, output: 13, total: 105 },
    });
  });

  it('whose turn of tool calls is the text null, and whose answer is empty', () => {
    const call = span('instrumentation-vertexai', {
      'llm.request.type': 'completion',
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': QUESTION,
      'gen_ai.prompt.1.role': 'assistant',
      'gen_ai.prompt.1.content': 'null',
      'gen_ai.prompt.2.role': 'user',
      'gen_ai.prompt.2.content': '',
      'gen_ai.completion.0.role': 'model',
      'gen_ai.completion.0.content': '',
    });
    expect(openLlmetry.read(call)).toEqual({
      input: [text('user', QUESTION), { role: 'assistant', parts: [] }],
      output: [{ role: 'assistant', parts: [] }],
    });
  });

  it('until 0.11.2, which knew one call an answer', () => {
    const call = span('instrumentation-openai', {
      'llm.request.type': 'chat',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.function_call.name': 'rain',
      'gen_ai.completion.0.function_call.arguments': '{}',
    });
    expect(openLlmetry.read(call)).toEqual({
      output: [{ role: 'assistant', parts: [{ type: 'tool_call', name: 'rain', arguments: '{}' }] }],
    });
  });

  it('of Cohere', () => {
    const call = span('instrumentation-cohere', {
      'gen_ai.system': 'Cohere',
      'llm.request.type': 'chat',
      'gen_ai.prompt.0.role': 'CHATBOT',
      'gen_ai.prompt.0.content': 'Hello!',
      'gen_ai.prompt.1.role': 'user',
      'gen_ai.prompt.1.user': QUESTION,
    });
    expect(openLlmetry.read(call)).toEqual({
      input: [text('assistant', 'Hello!'), text('user', QUESTION)],
      provider: 'cohere',
    });
  });

  it.each([
    [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ],
    [{ text: 'great', label: 'pos' }],
    [{ type: 'document', title: 'A', body: 'xxx' }],
    [{ type: 'function', name: 'rain', parameters: {} }],
  ])('whose question and answer are JSON, %j', (...list) => {
    const written = JSON.stringify(list);
    const call = span('instrumentation-openai', {
      'llm.request.type': 'chat',
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': written,
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.content': written,
    });
    expect(openLlmetry.read(call)).toEqual({ input: [text('user', written)], output: [text('assistant', written)] });
  });

  it('now, when a conversation is pasted below other messages', () => {
    const pasted = JSON.stringify([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ]);
    const input = [
      { role: 'system', parts: [{ type: 'text', content: 'Judge it.' }] },
      { role: 'user', parts: [{ type: 'text', content: pasted }] },
    ];
    const call = span('instrumentation-openai', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.input.messages': JSON.stringify(input),
    });
    expect(openLlmetry.read(call).input).toEqual([text('system', 'Judge it.'), text('user', pasted)]);
  });

  it('now, when the whole input is the text of one message', () => {
    const items = [
      { role: 'user', content: [{ type: 'input_text', text: QUESTION }] },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'rain', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'no' },
    ];
    const input = [{ role: 'user', parts: [{ type: 'text', content: JSON.stringify(items) }] }];
    const whole = JSON.stringify(input);
    const call = (messages: string) =>
      openLlmetry.read(
        span('instrumentation-openai', { 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': messages }),
      ).input;
    expect(call(whole)).toEqual([
      text('user', QUESTION),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{}' }] },
      { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: 'no' }] },
    ]);
    expect(call(whole.slice(0, whole.indexOf('in Paris')))).toEqual([text('user', 'Is it raining ')]);
    const list = [{ role: 'user', parts: [{ type: 'text', content: '["Paris","Rome"]' }] }];
    expect(call(JSON.stringify(list))).toEqual([text('user', '["Paris","Rome"]')]);
  });

  it.each([
    ['0.27.0', { input: 84, output: 6, total: 58, cachedInput: 32 }],
    ['0.28.0', { input: 52, output: 6, total: 58, cachedInput: 32 }],
    ['1.2.0', { input: 52, output: 6, total: 58, cachedInput: 32 }],
  ])('of Anthropic, by %s: cached tokens', (version, usage) => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.usage.input_tokens': 52,
      'gen_ai.usage.output_tokens': 6,
      'gen_ai.usage.total_tokens': 58,
      'gen_ai.usage.cache_read.input_tokens': 32,
    };
    const call = endedSpan({ scope: { name: '@traceloop/instrumentation-anthropic', version }, attributes });
    expect(readSpan(call)?.usage).toEqual(usage);
  });

  it('of Google, whose output is without what it thought', () => {
    const call = span('instrumentation-google-generativeai', {
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.provider.name': 'gcp.gen_ai',
      'gen_ai.usage.input_tokens': 142,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.total_tokens': 167,
      'gen_ai.usage.reasoning_tokens': 20,
    });
    expect(readSpan(call)?.usage).toEqual({ input: 142, output: 25, total: 167, reasoning: 20 });
  });
});

describe('reading of an entity', () => {
  it.each([
    ['a lone argument', { args: [QUESTION], kwargs: {} }],
    ['a named argument', { args: [], kwargs: { question: QUESTION } }],
    ['messages', { args: [], kwargs: [{ role: 'user', content: QUESTION }] }],
    ['the first of several arguments', { args: [QUESTION, { locale: 'fr' }], kwargs: {} }],
    ['LangChain’s input', { input: QUESTION }],
  ])('whose input is %s', (_form, input) => {
    expect(openLlmetry.read(entity('workflow', input, 'No.'))).toEqual({
      name: 'rain',
      input: [text('user', QUESTION)],
      output: [text('assistant', 'No.')],
    });
  });

  it('that was given nothing and gave an object', () => {
    expect(openLlmetry.read(entity('agent', { args: [], kwargs: {} }, { rain: false }))).toEqual({
      name: 'rain',
      output: [text('assistant', '{"rain":false}')],
    });
  });

  it('that is a task', () => {
    expect(openLlmetry.read(entity('task', { args: [QUESTION], kwargs: {} }, ['No.', 'None.']))).toMatchObject({
      inputText: QUESTION,
      outputText: '["No.","None."]',
    });
  });

  it.each([
    ['the SDK', entity('tool', { args: [], kwargs: { city: 'Paris' } }, '{"rain":false}')],
    ['MCP', entity('tool', { tool_name: 'rain', arguments: { city: 'Paris' } }, { result: '{"rain":false}' })],
  ])('that is a tool of %s', (_writer, tool) => {
    expect(openLlmetry.read(tool)).toEqual({
      name: 'rain',
      inputText: '{"city":"Paris"}',
      outputText: '{"rain":false}',
    });
  });

  it('that is a request of MCP, and no conversation', () => {
    const request = {
      'traceloop.entity.input': '{"uri":"docs://refunds"}',
      'traceloop.entity.output': '{"contents":[]}',
    };
    expect(readSpan(span('instrumentation-mcp', request))).toEqual({
      kind: 'step',
      inputText: '{"uri":"docs://refunds"}',
      outputText: '{"contents":[]}',
    });
  });

  it('that is a tool of LangChain', () => {
    const message = (status: string) => ({
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'messages', 'ToolMessage'],
      kwargs: { status, content: 'No such city', tool_call_id: 'c1', name: 'rain' },
    });
    const tool = (status: string) =>
      entity('task', { args: ['{"city":"Paris"}'] }, message(status), {
        'gen_ai.operation.name': 'execute_tool',
        'traceloop.entity.name': 'DynamicStructuredTool',
      });
    const reading = { name: 'rain', toolCallId: 'c1', inputText: '{"city":"Paris"}', outputText: 'No such city' };
    expect(openLlmetry.read(tool('success'))).toEqual(reading);
    expect(openLlmetry.read(tool('error'))).toEqual({ ...reading, error: { message: 'No such city' } });
  });

  it('that asks a vector database', () => {
    const found = (document: string): SpanEvent => ({
      name: 'db.query.result',
      time: [0, 0],
      attributes: { 'db.query.result.document': document },
    });
    const query = span('node-server-sdk', { 'traceloop.workflow.name': 'rag' }, [found('Five days.'), found('Free.')]);
    expect(readSpan(query)).toEqual({ kind: 'retrieval', outputText: 'Five days.\nFree.' });
  });

  it('that reranks: what is counted are searches, no tokens', () => {
    const rerank = span('instrumentation-cohere', {
      'llm.request.type': 'rerank',
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.user': 'refunds',
      'llm.usage.total_tokens': 1,
    });
    expect(readSpan(rerank)).toEqual({ kind: 'reranker', inputText: 'refunds' });
  });
});

describe('association properties', () => {
  const properties = {
    'traceloop.association.properties.user_id': 'u-1',
    'traceloop.association.properties.session_id': 's-1',
    'traceloop.association.properties.plan': 'pro',
    'traceloop.association.properties.ls_provider': 'openai',
  };
  const said = { userId: 'u-1', sessionId: 's-1', metadata: new Map([['plan', 'pro']]) };

  it('are identity and metadata', () => {
    expect(openLlmetry.read(entity('workflow', {}, undefined, properties))).toEqual({ name: 'rain', ...said });
  });

  it('join the reading of any instrumentation', () => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', ...properties };
    const call = endedSpan({ scope: { name: '@opentelemetry/instrumentation-openai' }, attributes });
    expect(readSpan(call)).toEqual({ kind: 'llm', requestModel: 'gpt-4o', ...said });
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, read as far as it goes', () => {
    const attributes = {
      'traceloop.span.kind': 'workflow',
      'traceloop.entity.input': '{"args":["Is it rai',
      'traceloop.entity.output': '"No, it is no',
    };
    expect(openLlmetry.read(span('node-server-sdk', attributes))).toEqual({
      malformed: true,
      input: [text('user', 'Is it rai')],
      output: [text('assistant', 'No, it is no')],
    });
  });

  it('never throws', () => {
    const key = fc.constantFrom(
      ...['traceloop.entity.input', 'traceloop.entity.output', 'traceloop.entity.name', 'gen_ai.input.messages'],
      ...['gen_ai.prompt.0.content', 'gen_ai.prompt.__proto__.content', 'gen_ai.completion.0.tool_calls.0.name'],
      ...['gen_ai.prompt.999999.role', 'gen_ai.system', 'llm.usage.total_tokens', '__proto__'],
      ...['traceloop.association.properties.user_id', 'traceloop.association.properties.__proto__'],
    );
    const value = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.json(),
      fc.json().map((json) => json.slice(0, -1)),
    );
    const fields = fc.array(fc.tuple(key, value)).map((entries) => Object.fromEntries(entries));
    const kind = fc.constantFrom('workflow', 'tool', 'task', 'session', undefined);
    fc.assert(
      fc.property(fields, kind, fc.constantFrom('chat', 'rerank', 'unknown', undefined), (given, entityKind, type) => {
        const attributes = { ...given, 'traceloop.span.kind': entityKind, 'llm.request.type': type };
        expect(openLlmetry.read(span('instrumentation-x', attributes))).toBeTypeOf('object');
      }),
    );
  });

  it('is no reason to read as many messages as an index says', () => {
    const attributes = { 'llm.request.type': 'chat', 'gen_ai.prompt.999999.content': QUESTION };
    expect(openLlmetry.read(span('instrumentation-x', attributes)).input).toEqual([text('user', QUESTION)]);
  });
});

describe('a history longer than the SDK keeps attributes', () => {
  const long = (last: Record<string, unknown>) => ({
    ...span('instrumentation-openai', {
      'llm.request.type': 'chat',
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': 'Number 1?',
      ...last,
    }),
    droppedAttributesCount: 54,
  });

  it.each([
    [{ 'gen_ai.prompt.1.role': 'assistant', 'gen_ai.prompt.1.content': 'One.' }],
    [{ 'gen_ai.prompt.1.role': 'user' }],
  ])('is unknown where it ends before the question: %j', (last) => {
    expect(readSpan(long(last))).not.toHaveProperty('input');
  });

  it('is known where it ends with the question', () => {
    const question = { 'gen_ai.prompt.1.role': 'user', 'gen_ai.prompt.1.content': QUESTION };
    expect(readSpan(long(question))?.input?.at(-1)).toEqual(text('user', QUESTION));
  });
});

it.each([
  ['', []],
  ['Rain.', ['stop']],
])('of a Responses API answer with the text %j the finish reason is %j', (content, finishReasons) => {
  const output = [{ role: 'assistant', finish_reason: 'stop', parts: [{ type: 'text', content }] }];
  const answered = span('instrumentation-openai', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.output.messages': JSON.stringify(output),
  });
  expect(readSpan(answered)).toMatchObject({ finishReasons });
});
