import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { readSpan } from './index.ts';
import { langfuse } from './langfuse.ts';

const observation = (type: string, fields: Record<string, unknown> = {}, name = 'span') =>
  endedSpan({
    name,
    scope: { name: 'langfuse-sdk', version: '5.11.1' },
    attributes: {
      'langfuse.observation.type': type,
      ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`langfuse.${key}`, value])),
    },
  });
const usageOf = (details: object) =>
  langfuse.read(observation('generation', { 'observation.usage_details': JSON.stringify(details) })).usage;

describe('kind', () => {
  it.each([
    ['generation', 'llm'],
    ['GENERATION', 'llm'],
    ['agent', 'agent'],
    ['span', 'chain'],
    ['chain', 'chain'],
    ['tool', 'tool'],
    ['retriever', 'retrieval'],
    ['embedding', 'embedding'],
    ['guardrail', 'guardrail'],
    ['evaluator', 'step'],
    ['event', 'step'],
    ['of a later version', 'step'],
  ])('%s is %s', (type, kind) => {
    expect(langfuse.kindOf(observation(type))).toBe(kind);
  });

  it('is a model call where an untyped span names a model, and an embedding where the model is one', () => {
    const naming = (model: string) => endedSpan({ attributes: { 'langfuse.observation.model.name': model } });
    expect(langfuse.kindOf(naming('gpt-4o'))).toBe('llm');
    expect(langfuse.kindOf(naming('text-embedding-3-small'))).toBe('embedding');
    expect(langfuse.kindOf(observation('generation', { 'observation.model.name': 'text-embedding-3-small' }))).toBe(
      'embedding',
    );
  });

  it('is unknown of a span that the span processor only marked', () => {
    const attributes = { 'langfuse.environment': 'production', 'user.id': 'u', 'langfuse.trace.tags': ['beta'] };
    expect(langfuse.kindOf(endedSpan({ attributes }))).toBeUndefined();
  });
});

describe('reading', () => {
  it('of a generation', () => {
    const span = observation('generation', {
      'observation.input': JSON.stringify([
        { role: 'system', content: 'You are terse.' },
        { role: 'user', content: 'And of Italy?' },
      ]),
      'observation.output': JSON.stringify({ role: 'assistant', content: 'Rome.' }),
      'observation.model.name': 'gpt-4o-mini',
      'observation.model.parameters': '{"temperature":0.2}',
      'observation.metadata.step': 'llm-call',
      'observation.metadata.instructions': 'Name the city alone.',
      'observation.usage_details': '{"input":142,"output":25,"total":167,"input_cached_tokens":128}',
      'observation.completion_start_time': `"${new Date(1_790_000_000_250).toISOString()}"`,
      'trace.tags': ['prod', 'beta'],
      'trace.metadata.plan': 'pro',
      'trace.metadata.cart': '{"items":2}',
      'session.id': 's-1',
      'user.id': 'u-1',
    });
    expect(langfuse.read(span)).toEqual({
      input: [
        { role: 'system', parts: [{ type: 'text', text: 'You are terse.' }] },
        { role: 'user', parts: [{ type: 'text', text: 'And of Italy?' }] },
      ],
      output: [{ role: 'assistant', parts: [{ type: 'text', text: 'Rome.' }] }],
      system: 'Name the city alone.',
      requestModel: 'gpt-4o-mini',
      usage: { input: 142, output: 25, total: 167, cachedInput: 128 },
      timeToFirstTokenMs: 250,
      sessionId: 's-1',
      userId: 'u-1',
      tags: ['prod', 'beta'],
      metadata: new Map<string, unknown>([
        ['plan', 'pro'],
        ['cart', { items: 2 }],
      ]),
    });
  });

  it('of a streamed turn of tool calls, as observeOpenAI keeps it', () => {
    const output = '{"tool_calls":[{"function":{"name":"get_weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]}';
    expect(langfuse.read(observation('generation', { 'observation.output': output })).output).toEqual([
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'get_weather', arguments: '{"city":"Paris"}' }] },
    ]);
  });

  it('of an agent, whose trace input and output stand for what its function was called with', () => {
    const span = observation(
      'agent',
      {
        'observation.input': '{"request":{"id":7},"verbose":true}',
        'observation.output': '{"status":200}',
        'trace.input': 'What is the weather?',
        'trace.output': 'Cloudy.',
      },
      'weather-agent',
    );
    expect(langfuse.read(span)).toEqual({
      name: 'weather-agent',
      input: [{ role: 'user', parts: [{ type: 'text', text: 'What is the weather?' }] }],
      output: [{ role: 'assistant', parts: [{ type: 'text', text: 'Cloudy.' }] }],
    });
  });

  it('of a function wrapped by observe(), from its own arguments and result', () => {
    const span = observation('span', {
      'observation.input': '["What is the capital of France?",{"temperature":0}]',
      'observation.output': 'Paris.',
    });
    expect(langfuse.read(span)).toEqual({
      name: 'span',
      input: [{ role: 'user', parts: [{ type: 'text', text: 'What is the capital of France?' }] }],
      output: [{ role: 'assistant', parts: [{ type: 'text', text: 'Paris.' }] }],
    });
  });

  it('of a tool', () => {
    const fields = { 'observation.input': '{"city":"Paris"}', 'observation.output': '{"temp_c":18}' };
    expect(langfuse.read(observation('tool', fields, 'get_weather'))).toEqual({
      name: 'get_weather',
      inputText: '{"city":"Paris"}',
      outputText: '{"temp_c":18}',
    });
  });

  it('of a retrieval and of an embedding', () => {
    const fields = {
      'observation.input': 'refunds',
      'observation.output': '["30 days.",{"pageContent":"5 days.","metadata":{}}]',
    };
    expect(langfuse.read(observation('retriever', fields))).toEqual({
      inputText: 'refunds',
      outputText: '30 days.\n5 days.',
    });
    expect(langfuse.read(observation('embedding', { ...fields, 'observation.usage_details': '{"input":7}' }))).toEqual({
      inputText: 'refunds',
      usage: { input: 7 },
    });
  });

  it('of a failure that only the level tells', () => {
    const failed = { 'observation.level': 'ERROR', 'observation.status_message': '429 Rate limit reached' };
    expect(langfuse.read(observation('generation', failed)).error).toEqual({ message: '429 Rate limit reached' });
    expect(langfuse.read(observation('generation', { 'observation.level': 'WARNING' })).error).toBeUndefined();
  });
});

describe('usage', () => {
  it('adds up what was taken out of input and output', () => {
    expect(
      usageOf({ input: 14, output: 5, total: 167, input_cached_tokens: 128, output_reasoning_tokens: 20 }),
    ).toEqual({ input: 142, output: 25, total: 167, cachedInput: 128, reasoning: 20 });
  });

  it('leaves alone what makes up the sum already', () => {
    expect(
      usageOf({ input: 142, output: 25, total: 167, input_cached_tokens: 128, output_reasoning_tokens: 20 }),
    ).toEqual({ input: 142, output: 25, total: 167, cachedInput: 128, reasoning: 20 });
  });

  it('adds up every key where no sum is given, as Langfuse does', () => {
    expect(usageOf({ input: 10, output: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 })).toEqual({
      input: 130,
      output: 5,
      cachedInput: 100,
    });
  });

  it('takes what LangChain wrote to a cache for no cached token', () => {
    expect(usageOf({ input: 10, output: 5, total: 35, input_cache_creation: 20 })).toEqual({
      input: 30,
      output: 5,
      total: 35,
    });
  });

  it('takes the names of providers too', () => {
    expect(usageOf({ input_tokens: 14, output_tokens: 8 })).toEqual({ input: 14, output: 8 });
    expect(usageOf({ promptTokens: 14, completionTokens: 8, totalTokens: 22 })).toEqual({
      input: 14,
      output: 8,
      total: 22,
    });
    expect(
      usageOf({
        prompt_tokens: 14,
        completion_tokens: 8,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 4 },
      }),
    ).toEqual({ input: 14, output: 8, total: 22, cachedInput: 4 });
  });
});

it('adds tags and metadata to the span of another vocabulary', () => {
  const span = endedSpan({
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'langfuse.environment': 'production',
      'langfuse.trace.tags': ['beta'],
      'langfuse.trace.metadata.plan': 'pro',
    },
  });
  expect(readSpan(span)).toMatchObject({
    kind: 'llm',
    requestModel: 'gpt-4o',
    tags: ['beta'],
    metadata: new Map([['plan', 'pro']]),
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, which is nobody’s text', () => {
    const span = observation('generation', { 'observation.input': '[{"role":"user","content":"What is th' });
    expect(langfuse.read(span)).toEqual({ malformed: true });
  });

  it.each(
    [undefined, null, 7, true, '', '[', '{}', '[]', '[null]', [], ['a', 1], {}, { role: 7 }, Number.NaN].map(
      (value) => [value],
    ),
  )('%j in every attribute throws nowhere and invents nothing', (value) => {
    for (const type of ['generation', 'agent', 'tool', 'retriever', 'embedding', 'evaluator']) {
      const keys = ['input', 'output', 'model.name', 'usage_details', 'completion_start_time', 'level'];
      const fields = Object.fromEntries(keys.map((key) => [`observation.${key}`, value]));
      const span = observation(type, { ...fields, 'trace.tags': value, 'trace.input': value });
      expect(langfuse.kindOf(span)).toBeDefined();
      expect(langfuse.read(span)).toMatchObject({});
      expect(langfuse.read(span).usage).toBeUndefined();
      expect(langfuse.read(span).timeToFirstTokenMs).toBeUndefined();
    }
  });
});
