import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import type { LogEvent, SpanEvent } from '../span.ts';
import { otelGenAi } from './otel-genai.ts';

const span = (attributes: Record<string, unknown>, events: readonly SpanEvent[] = [], logs: readonly LogEvent[] = []) =>
  endedSpan({ attributes, events, logs });
const chat = (attributes: Record<string, unknown>, events?: readonly SpanEvent[], logs?: readonly LogEvent[]) =>
  otelGenAi.read(span({ 'gen_ai.operation.name': 'chat', ...attributes }, events, logs));
const event = (name: string, attributes: Record<string, unknown>): SpanEvent => ({ name, time: [0, 0], attributes });
const log = (name: string, body: unknown, attributes: Record<string, unknown> = {}): LogEvent => ({
  name,
  body,
  attributes,
});
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });

/** The same conversation in every place. */
const QUESTION = 'Is it raining in Paris?';
const CALL = { type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' };
const INPUT = [
  { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
  { role: 'user', parts: [{ type: 'text', content: QUESTION }] },
  { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: { city: 'Paris' } }] },
  { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { rain: false } }] },
];
const OUTPUT = [{ role: 'assistant', parts: [{ type: 'text', content: 'No.' }], finish_reason: 'stop' }];
const conversation = {
  input: [
    text('system', 'Be brief.'),
    text('user', QUESTION),
    { role: 'assistant', parts: [CALL] },
    { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: '{"rain":false}' }] },
  ],
  output: [text('assistant', 'No.')],
  finishReasons: ['stop'],
};
const toolCalls = [{ id: 'c1', type: 'function', function: { name: 'rain', arguments: '{"city":"Paris"}' } }];

describe('kind', () => {
  it.each([
    ['chat', 'llm'],
    ['Generate_Content', 'llm'],
    ['responses', 'llm'],
    ['text_completion', 'llm'],
    ['embeddings', 'embedding'],
    ['chat.completions', 'llm'],
    ['text.completions', 'llm'],
    ['execute_tool', 'tool'],
    ['invoke_agent', 'agent'],
    ['invoke_workflow', 'chain'],
    ['agent_step', 'chain'],
    ['retrieval', 'retrieval'],
    ['rerank', 'reranker'],
    ['run_guardrail', 'guardrail'],
    ['create_agent', 'step'],
    ['plan', 'step'],
    ['search_memory', 'step'],
    ['of_a_later_version', 'step'],
    ['__proto__', 'step'],
  ])('%s is %s', (operation, kind) => {
    expect(otelGenAi.kindOf(span({ 'gen_ai.operation.name': operation, 'gen_ai.request.model': 'm' }))).toBe(kind);
  });

  it.each([
    [{ 'gen_ai.system': 'aws.bedrock', 'gen_ai.request.model': 'meta.llama3-8b' }, 'llm'],
    [{ 'gen_ai.system': 'aws.bedrock', 'gen_ai.request.model': 'amazon.titan-embed-text-v2:0' }, 'embedding'],
    [{ 'gen_ai.operation.name': 'text_completion', 'gen_ai.request.model': 'titan-embed-text' }, 'embedding'],
    // Of operations that are not known.
    [{ 'gen_ai.operation.name': 'converse', 'gen_ai.request.model': 'm', 'gen_ai.usage.output_tokens': 3 }, 'llm'],
    [{ 'gen_ai.operation.name': 'converse', 'gen_ai.request.model': 'm', 'gen_ai.output.messages': '[]' }, 'llm'],
    [{ 'gen_ai.operation.name': 'converse', 'gen_ai.usage.output_tokens': 3 }, 'step'],
    [{ 'gen_ai.operation.name': 'count', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 3 }, 'step'],
    [{ 'gen_ai.tool.name': 'rain', 'gen_ai.tool.call.id': 'c1' }, 'tool'],
    [{ 'gen_ai.usage.input_tokens': 7 }, 'step'],
  ])('of %j is %s', (attributes, kind) => {
    expect(otelGenAi.kindOf(span(attributes))).toBe(kind);
  });

  it.each([
    [{}],
    [{ 'gen_ai.conversation.id': 'c', 'gen_ai.agent.name': 'a', 'gen_ai.agent.id': 'a' }],
    [{ 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-4o' }],
    [{ 'mcp.method.name': 'initialize' }],
    [{ 'gen_ai.operation.name': '' }],
  ])('of %j is unknown', (attributes) => {
    expect(otelGenAi.kindOf(span(attributes))).toBeUndefined();
  });
});

describe('content', () => {
  it.each([
    ['JSON', JSON.stringify(INPUT), JSON.stringify(OUTPUT)],
    ['structured values', INPUT, OUTPUT],
  ])('in attributes, as %s', (_form, input, output) => {
    expect(chat({ 'gen_ai.input.messages': input, 'gen_ai.output.messages': output })).toEqual(conversation);
  });

  it('in the details, as span event or log record, in one or several', () => {
    const details = 'gen_ai.client.inference.operation.details';
    const input = { 'gen_ai.input.messages': JSON.stringify(INPUT) };
    const output = { 'gen_ai.output.messages': JSON.stringify(OUTPUT) };
    const system = { 'gen_ai.system_instructions': '[{"type":"text","content":"In French."}]' };
    expect(chat({}, [event(details, input), event(details, output), event(details, system)])).toEqual({
      ...conversation,
      system: 'In French.',
    });
    const attributes = { 'gen_ai.input.messages': INPUT, 'gen_ai.response.model': 'gpt-4o-2024-08-06' };
    expect(chat({}, [], [log(details, null, attributes), log(details, { 'gen_ai.output.messages': OUTPUT })])).toEqual({
      ...conversation,
      responseModel: 'gpt-4o-2024-08-06',
    });
  });

  it('in one event a message: log records', () => {
    const logs = [
      log('gen_ai.system.message', { content: 'Be brief.' }),
      log('gen_ai.user.message', { content: QUESTION }),
      log('gen_ai.assistant.message', { tool_calls: toolCalls }),
      log('gen_ai.tool.message', { id: 'c1', content: '{"rain":false}' }),
      log('gen_ai.choice', { index: 0, finish_reason: 'stop', message: { content: 'No.' } }),
      log('gen_ai.choice', { index: 1, finish_reason: 'length', message: { content: 'Not a' } }),
    ];
    expect(chat({}, [], logs)).toEqual(conversation);
  });

  it('in one event a message: messages of Gemini’s, and a choice for each chunk of a stream', () => {
    const chunk = (index: number, said: string, finishReason?: string): LogEvent =>
      log('gen_ai.choice', {
        index,
        content: { role: 'model', parts: [{ text: said }] },
        ...(finishReason !== undefined && { finish_reason: finishReason }),
      });
    const asked = log('gen_ai.user.message', { content: { role: 'user', parts: [{ text: QUESTION }] } });
    expect(chat({}, [], [asked, chunk(0, 'It is '), chunk(1, 'not.', 'stop')])).toEqual({
      input: [text('user', QUESTION)],
      output: [{ role: 'assistant', parts: [...text('', 'It is ').parts, ...text('', 'not.').parts] }],
      finishReasons: ['stop'],
    });
    const first = { output: [text('assistant', 'No.')] };
    expect(chat({}, [], [chunk(0, 'No.', 'stop'), chunk(1, 'Not', 'length')])).toMatchObject(first);
    expect(chat({ 'gen_ai.request.choice.count': 2 }, [], [chunk(0, 'No.'), chunk(1, 'Not')])).toMatchObject(first);
  });

  it('elided is not recorded', () => {
    const elided = [
      log('gen_ai.system.message', { content: '<elided>' }),
      log('gen_ai.user.message', { content: '<elided>' }),
      log('gen_ai.choice', { index: 0, content: '<elided>', finish_reason: 'stop' }),
    ];
    expect(chat({}, [], elided)).toEqual({ finishReasons: ['stop'] });
  });

  it('in one event a message: span events with attributes', () => {
    const events = [
      event('gen_ai.system.message', { 'gen_ai.system': 'openai', content: 'Be brief.' }),
      event('gen_ai.user.message', { content: JSON.stringify([{ text: QUESTION }]) }),
      event('gen_ai.assistant.message', { content: '', tool_calls: JSON.stringify(toolCalls) }),
      event('gen_ai.tool.message', { id: 'c1', content: '{"rain":false}' }),
      event('gen_ai.choice', { finish_reason: 'stop', message: JSON.stringify([{ text: 'No.' }]) }),
    ];
    expect(chat({}, events)).toEqual(conversation);
  });

  it.each([
    [
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    ],
    [[{ text: 'great', label: 'pos' }]],
    [{ text: 'Paris', score: 1 }],
  ])('in events, of which a text is JSON: %j', (value) => {
    const written = JSON.stringify(value);
    const { input, output } = chat({}, [
      event('gen_ai.user.message', { content: written }),
      event('gen_ai.choice', { finish_reason: 'stop', message: written }),
    ]);
    expect([input, output]).toEqual([[text('user', written)], [text('assistant', written)]]);
  });

  it('in one event a message: Azure’s JSON in one attribute', () => {
    const azure = (name: string, content: unknown) => event(name, { 'gen_ai.event.content': JSON.stringify(content) });
    const events = [
      azure('gen_ai.user.message', { role: 'user', content: QUESTION }),
      azure('gen_ai.choice', { index: 0, finish_reason: 'stop', message: { content: 'No.' } }),
    ];
    const { input, output } = chat({}, events);
    expect([input, output]).toEqual([[text('user', QUESTION)], [text('assistant', 'No.')]]);
  });

  it('under the names of before 1.28', () => {
    const prompt = JSON.stringify([{ role: 'user', content: QUESTION }]);
    const completion = JSON.stringify([{ role: 'assistant', content: 'No.' }]);
    const said = { input: [text('user', QUESTION)], output: [text('assistant', 'No.')] };
    expect(chat({ 'gen_ai.prompt': prompt, 'gen_ai.completion': completion })).toEqual(said);
    expect(chat({ 'gen_ai.prompt': QUESTION, 'gen_ai.completion': 'No.' })).toEqual(said);
    const events = [
      event('gen_ai.content.prompt', { 'gen_ai.prompt': prompt }),
      event('gen_ai.content.completion', { 'gen_ai.completion': completion }),
    ];
    expect(chat({}, events)).toEqual(said);
  });

  it('under the names of Sentry', () => {
    const sentry = {
      'gen_ai.request.messages': JSON.stringify([{ role: 'user', content: QUESTION }]),
      'gen_ai.response.text': '["I look."]',
      'gen_ai.response.tool_calls': JSON.stringify(toolCalls),
    };
    expect(chat(sentry)).toEqual({
      input: [text('user', QUESTION)],
      output: [{ role: 'assistant', parts: [{ type: 'text', text: 'I look.' }, CALL] }],
    });
  });

  it('in one event a message: LiteLLM’s log records', () => {
    const logs = [
      log('gen_ai.content.prompt', { role: 'system', content: 'Be brief.' }),
      log('gen_ai.content.prompt', { role: 'user', content: QUESTION }),
      log('gen_ai.content.completion', { index: 0, finish_reason: 'stop', message: { content: 'No.' } }),
    ];
    expect(chat({}, [], logs)).toEqual({ ...conversation, input: conversation.input.slice(0, 2) });
  });

  it('in several places is taken once', () => {
    const events = [event('gen_ai.user.message', { content: QUESTION })];
    const logs = [log('gen_ai.user.message', { content: QUESTION })];
    expect(chat({}, events, logs).input).toEqual([text('user', QUESTION)]);
    const details = [event('gen_ai.client.inference.operation.details', { 'gen_ai.input.messages': 'Other?' })];
    expect(chat({ 'gen_ai.input.messages': INPUT }, [...events, ...details], logs).input).toEqual(conversation.input);
  });

  it('switched off is not recorded, an empty answer is', () => {
    const bodiless = ['gen_ai.system.message', 'gen_ai.user.message', 'gen_ai.assistant.message'];
    const off = [
      ...bodiless.map((name) => log(name, {})),
      log('gen_ai.choice', { finish_reason: 'stop', message: {} }),
    ];
    expect(chat({}, [], off)).toEqual({ finishReasons: ['stop'] });
    expect(chat({}, [], [log('gen_ai.choice', { message: { content: '' } })])).toEqual({
      output: [{ role: 'assistant', parts: [] }],
    });
  });

  it('keeps turns whose calls and results are not recorded, but no empty question', () => {
    const messages = [
      { role: 'user', content: QUESTION },
      { role: 'assistant', content: '' },
      { role: 'user', content: '' },
    ];
    expect(chat({ 'gen_ai.input.messages': messages }).input).toEqual([
      text('user', QUESTION),
      { role: 'assistant', parts: [] },
    ]);
  });

  it('of several choices is the first', () => {
    const choices = [...OUTPUT, { role: 'assistant', parts: [{ type: 'text', content: 'Not at all.' }] }];
    const { output } = chat({ 'gen_ai.request.choice.count': 2, 'gen_ai.output.messages': choices });
    expect(output).toEqual([text('assistant', 'No.')]);
  });
});

describe('reading', () => {
  it('of a model call', () => {
    const call = chat({
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'o4-mini',
      'gen_ai.response.model': 'o4-mini-2025-04-16',
      'gen_ai.response.id': 'resp_2',
      'gen_ai.request.previous_response.id': 'resp_1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': 0.25,
      'gen_ai.system_instructions': [
        { type: 'text', content: 'Be brief.' },
        { type: 'blob', modality: 'image' },
      ],
      'gen_ai.usage.input_tokens': 92,
      'gen_ai.usage.output_tokens': 40,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.reasoning.output_tokens': 30,
    });
    expect(call).toEqual({
      provider: 'openai',
      requestModel: 'o4-mini',
      responseModel: 'o4-mini-2025-04-16',
      responseId: 'resp_2',
      previousResponseId: 'resp_1',
      finishReasons: ['stop'],
      timeToFirstTokenMs: 250,
      system: 'Be brief.',
      usage: { input: 92, output: 40, cachedInput: 64, reasoning: 30 },
    });
  });

  it('of an agent', () => {
    const agent = span({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'forecaster',
      'gen_ai.input.messages': [INPUT[1]],
      'gen_ai.output.messages': OUTPUT,
    });
    expect(otelGenAi.read(agent)).toEqual({ ...conversation, name: 'forecaster', input: [text('user', QUESTION)] });
  });

  it('of a workflow, whose name was its own before 0.1.0', () => {
    const workflow = span({ 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.workflow.name': 'daily' });
    expect(otelGenAi.read(workflow)).toEqual({ name: 'daily' });
  });

  it('of a tool', () => {
    const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'rain', 'gen_ai.tool.call.id': 'c1' };
    const whole = { name: 'rain', toolCallId: 'c1', inputText: '{"city":"Paris"}', outputText: '{"rain":false}' };
    const withTexts = { 'gen_ai.tool.call.arguments': '{"city":"Paris"}', 'gen_ai.tool.call.result': '{"rain":false}' };
    const structured = { 'gen_ai.tool.call.arguments': { city: 'Paris' }, 'gen_ai.tool.call.result': { rain: false } };
    const inMessages = { 'gen_ai.input.messages': [INPUT[2]], 'gen_ai.output.messages': [INPUT[3]] };
    for (const said of [withTexts, structured, inMessages]) {
      expect(otelGenAi.read(span({ ...tool, ...said }))).toEqual(whole);
    }
  });

  it('of a tool that is named by its span alone', () => {
    const tool = endedSpan({ name: 'execute_tool rain', attributes: { 'gen_ai.operation.name': 'execute_tool' } });
    expect(otelGenAi.read(tool)).toEqual({ name: 'rain' });
  });

  it('of a retrieval', () => {
    const retrieval = span({
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.retrieval.query.text': 'refunds',
      'gen_ai.retrieval.documents': '[{"id":"1","score":0.9,"content":"Five days."},{"id":"2","content":"Free."}]',
    });
    expect(otelGenAi.read(retrieval)).toEqual({ inputText: 'refunds', outputText: 'Five days.\nFree.' });
  });

  it('of embeddings', () => {
    const embeddings = span({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.request.model': 'text-embedding-3-small',
      'gen_ai.usage.input_tokens': 6,
    });
    expect(otelGenAi.read(embeddings)).toEqual({ requestModel: 'text-embedding-3-small', usage: { input: 6 } });
  });

  it('of a search in a memory', () => {
    const search = span({
      'gen_ai.operation.name': 'search_memory',
      'gen_ai.memory.query.text': 'diet',
      'gen_ai.memory.records': [{ id: '1', content: 'Vegetarian.' }],
    });
    expect(otelGenAi.read(search)).toEqual({ inputText: 'diet', outputText: 'Vegetarian.' });
  });

  it('of an operation that is not known', () => {
    const plan = span({ 'gen_ai.operation.name': 'plan', 'gen_ai.input.messages': INPUT.slice(1, 2) });
    expect(otelGenAi.read(plan)).toEqual({ inputText: QUESTION });
  });

  it('of a failure', () => {
    expect(chat({ 'error.type': 'RateLimitError' }).error).toEqual({ type: 'RateLimitError' });
    const exception = { 'exception.type': 'APIError', 'exception.message': 'Too many requests' };
    expect(chat({}, [], [log('gen_ai.client.operation.exception', undefined, exception)]).error).toEqual({
      type: 'APIError',
      message: 'Too many requests',
    });
  });

  it.each([
    ['input', ['input_tokens', 'prompt_tokens']],
    ['output', ['output_tokens', 'completion_tokens']],
    ['total', ['total_tokens']],
    ['cachedInput', ['cache_read.input_tokens', 'cache_read_input_tokens', 'input_tokens.cached']],
    ['reasoning', ['reasoning.output_tokens', 'reasoning_tokens', 'output_tokens.reasoning']],
  ])('of %s tokens under every name', (field, names) => {
    for (const name of names) expect(chat({ [`gen_ai.usage.${name}`]: 7 }).usage).toEqual({ [field]: 7 });
  });

  it('of tokens that are no count', () => {
    for (const count of [NaN, -1, '', null, 'many', {}]) {
      expect(chat({ 'gen_ai.usage.input_tokens': count }).usage).toBeUndefined();
    }
  });

  it.each([
    ['az.ai.openai', 'azure.ai.openai'],
    ['vertex_ai', 'gcp.vertex_ai'],
    ['xai', 'x_ai'],
    ['acme', 'acme'],
  ])('of a provider that was called %s', (old, name) => {
    expect(chat({ 'gen_ai.system': old }).provider).toBe(name);
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, read as far as it goes', () => {
    const cut = JSON.stringify(INPUT.slice(0, 2)).slice(0, -12);
    expect(chat({ 'gen_ai.input.messages': cut })).toEqual({
      malformed: true,
      input: [text('system', 'Be brief.'), text('user', QUESTION.slice(0, -7))],
    });
  });

  it('never throws', () => {
    const key = fc.constantFrom(
      ...[
        'gen_ai.input.messages',
        'gen_ai.output.messages',
        'gen_ai.prompt',
        'gen_ai.completion',
        'content',
        'message',
      ],
      ...['gen_ai.system_instructions', 'gen_ai.tool.call.arguments', 'gen_ai.response.finish_reasons', '__proto__'],
      ...['gen_ai.usage.input_tokens', 'gen_ai.retrieval.documents', 'gen_ai.tool.name', 'gen_ai.event.content'],
    );
    const value = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.json(),
      fc.json().map((json) => json.slice(0, -1)),
    );
    const fields = fc.array(fc.tuple(key, value)).map((entries) => Object.fromEntries(entries));
    const name = fc.constantFrom('gen_ai.user.message', 'gen_ai.choice', 'gen_ai.client.inference.operation.details');
    const operation = fc.constantFrom('chat', 'execute_tool', 'retrieval', 'invoke_agent', 'plan');
    fc.assert(
      fc.property(fields, fields, value, name, operation, (attributes, more, body, kind, operationName) => {
        const hostile = span(
          { ...attributes, 'gen_ai.operation.name': operationName },
          [event(kind, more)],
          [log(kind, body, more)],
        );
        expect(otelGenAi.read(hostile)).toBeTypeOf('object');
      }),
    );
  });

  it('takes nothing from a key that is called __proto__', () => {
    const body: unknown = JSON.parse('{"__proto__":{"gen_ai.response.model":"evil","content":"evil"}}');
    const logs = [log('gen_ai.client.inference.operation.details', body), log('gen_ai.user.message', body)];
    expect(chat({}, [], logs)).toEqual({});
  });
});
