import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { genkit } from './genkit.ts';

const action = (subtype: string, attributes: Record<string, unknown> = {}) =>
  endedSpan({ attributes: { 'genkit:type': 'action', 'genkit:metadata:subtype': subtype, ...attributes } });
const util = (attributes: Record<string, unknown> = {}) =>
  endedSpan({ name: 'generate', attributes: { 'genkit:type': 'util', 'genkit:name': 'generate', ...attributes } });
const answerOf = (name: string, output: object) =>
  genkit.read(action('model', { 'genkit:name': name, 'genkit:output': JSON.stringify(output) }));
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });

describe('kind', () => {
  it.each([
    ['model', 'llm'],
    ['agent', 'agent'],
    ['flow', 'chain'],
    ['prompt', 'chain'],
    ['tool', 'tool'],
    ['retriever', 'retrieval'],
    ['embedder', 'embedding'],
    ['reranker', 'reranker'],
    ['evaluator', 'step'],
    ['of-a-later-version', 'step'],
  ])('action %s is %s', (subtype, kind) => {
    expect(genkit.kindOf(action(subtype))).toBe(kind);
  });

  it('without a subtype is that of the type', () => {
    expect(genkit.kindOf(util())).toBe('chain');
    expect(genkit.kindOf(endedSpan({ attributes: { 'genkit:type': 'flowStep' } }))).toBe('step');
    expect(genkit.kindOf(endedSpan({ attributes: { 'genkit:name': 'generate' } }))).toBeUndefined();
  });
});

describe('reading', () => {
  it('of a model, with the parts of its counts that only the provider tells', () => {
    const request = {
      messages: [
        { role: 'system', content: [{ text: 'You are a weather assistant.' }] },
        { role: 'user', content: [{ text: 'Is it raining' }, { text: 'in Paris?' }] },
        { role: 'model', content: [{ toolRequest: { name: 'rain', ref: 'c1', input: { city: 'Paris' } } }] },
        { role: 'tool', content: [{ toolResponse: { name: 'rain', ref: 'c1', output: { rain: false } } }] },
      ],
      config: { temperature: 0.2 },
    };
    const raw = {
      id: 'chatcmpl-1',
      model: 'gpt-4o-mini-2024-07-18',
      usage: {
        prompt_tokens: 142,
        completion_tokens: 25,
        prompt_tokens_details: { cached_tokens: 128 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
    };
    const response = {
      finishReason: 'stop',
      message: { role: 'model', content: [{ reasoning: 'It is not.' }, { data: { rain: false } }] },
      usage: { inputTokens: 142, outputTokens: 25, totalTokens: 167 },
      raw,
    };
    const model = action('model', {
      'genkit:name': 'openai/gpt-4o-mini',
      'genkit:input': JSON.stringify(request),
      'genkit:output': JSON.stringify(response),
      'genkit:state': 'success',
    });
    expect(genkit.read(model)).toEqual({
      input: [
        text('system', 'You are a weather assistant.'),
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'Is it raining' },
            { type: 'text', text: 'in Paris?' },
          ],
        },
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: '{"rain":false}' }] },
      ],
      output: [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'It is not.' },
            { type: 'text', text: '{"rain":false}' },
          ],
        },
      ],
      provider: 'openai',
      requestModel: 'gpt-4o-mini',
      responseModel: 'gpt-4o-mini-2024-07-18',
      responseId: 'chatcmpl-1',
      finishReasons: ['stop'],
      usage: { input: 142, output: 25, total: 167, cachedInput: 128, reasoning: 20 },
    });
  });

  it('of a model of Google’s, whose candidates and response stand under other names', () => {
    const response = {
      candidates: [{ message: { role: 'model', content: [{ text: 'Rome.' }] }, finishReason: 'stop' }],
      custom: { modelVersion: 'gemini-2.5-flash-001', responseId: 'gem-1', usageMetadata: { thoughtsTokenCount: 20 } },
      usage: { inputTokens: 142, outputTokens: 5, totalTokens: 167, cachedContentTokens: 128 },
    };
    expect(answerOf('googleai/gemini-2.5-flash', response)).toEqual({
      output: [text('assistant', 'Rome.')],
      provider: 'googleai',
      requestModel: 'gemini-2.5-flash',
      responseModel: 'gemini-2.5-flash-001',
      responseId: 'gem-1',
      finishReasons: ['stop'],
      usage: { input: 142, output: 25, total: 167, cachedInput: 128, reasoning: 20 },
    });
  });

  it('of an answer that was blocked: recorded, and empty', () => {
    expect(answerOf('googleai/gemini-2.5-flash', { finishReason: 'blocked', finishMessage: 'safety' })).toMatchObject({
      output: [{ role: 'assistant', parts: [] }],
      finishReasons: ['blocked'],
    });
  });

  it('of generate, which repeats what its model was asked and answered', () => {
    const generate = util({
      'genkit:input': '{"model":"openai/gpt-4o","messages":[{"role":"user","content":[{"text":"And of Italy?"}]}]}',
      'genkit:output':
        '{"message":{"role":"model","content":[{"text":"Rome."}]},"finishReason":"stop","usage":{"inputTokens":14,"outputTokens":8},"custom":{}}',
    });
    expect(genkit.read(generate)).toEqual({
      name: 'generate',
      input: [text('user', 'And of Italy?')],
      output: [text('assistant', 'Rome.')],
      finishReasons: ['stop'],
      usage: { input: 14, output: 8 },
    });
  });

  it('of a flow, with what the application set on it', () => {
    const flow = action('flow', {
      'genkit:name': 'chatFlow',
      'genkit:metadata:context': '{"auth":"<redacted>"}',
      'genkit:metadata:flow:name': 'chatFlow',
      'genkit:metadata:userId': 'u-1',
      'genkit:metadata:sessionId': 's-1',
      'genkit:metadata:plan': 'pro',
      'genkit:input': '{"question":"And of Italy?","userId":"u-1"}',
      'genkit:output': '"Rome."',
    });
    expect(genkit.read(flow)).toEqual({
      name: 'chatFlow',
      input: [text('user', 'And of Italy?')],
      output: [text('assistant', 'Rome.')],
      userId: 'u-1',
      sessionId: 's-1',
      metadata: new Map([['plan', 'pro']]),
    });
  });

  it('of a flow that takes text and gives back a structure of its own', () => {
    const flow = action('flow', { 'genkit:input': '"Who?"', 'genkit:output': '{"name":"Ada","year":1815}' });
    expect(genkit.read(flow)).toEqual({
      input: [text('user', 'Who?')],
      output: [text('assistant', '{"name":"Ada","year":1815}')],
    });
  });

  it('of a chat, whose session has an attribute of its own', () => {
    const chat = endedSpan({
      attributes: { 'genkit:type': 'helper', 'genkit:sessionId': 's-1', 'genkit:input': '{"prompt":"Hi"}' },
    });
    expect(genkit.read(chat)).toEqual({ input: [text('user', 'Hi')], sessionId: 's-1' });
  });

  it('of a tool', () => {
    const tool = action('tool', {
      'genkit:name': 'rain',
      'genkit:input': '{"city": "Oslo"}',
      'genkit:output': '"heavy \\"rain\\""',
    });
    expect(genkit.read(tool)).toEqual({ name: 'rain', inputText: '{"city": "Oslo"}', outputText: 'heavy "rain"' });
  });

  it('of a retriever, a reranker and an embedder', () => {
    const query = { content: [{ text: 'How long is the refund window?' }] };
    const documents = [{ content: [{ text: '30 ' }, { text: 'days.' }] }, { content: [{ text: '5 days.' }] }];
    for (const subtype of ['retriever', 'reranker']) {
      const search = action(subtype, {
        'genkit:name': 'docs',
        'genkit:input': JSON.stringify({ query }),
        'genkit:output': JSON.stringify({ documents }),
      });
      expect(genkit.read(search)).toEqual({
        name: 'docs',
        inputText: 'How long is the refund window?',
        outputText: '30 days.\n5 days.',
      });
    }
    const embedder = action('embedder', {
      'genkit:name': 'openai/text-embedding-3-small',
      'genkit:input': JSON.stringify({ input: [query] }),
      'genkit:output': '{"embeddings":[{"embedding":[0.1]}]}',
    });
    expect(genkit.read(embedder)).toEqual({
      provider: 'openai',
      requestModel: 'text-embedding-3-small',
      inputText: 'How long is the refund window?',
    });
  });

  it('of a failure', () => {
    expect(genkit.read(action('model', { 'genkit:name': 'gpt-4o', 'genkit:state': 'error' }))).toEqual({
      requestModel: 'gpt-4o',
      error: {},
    });
  });
});

describe('usage', () => {
  const usageOf = (name: string, fields: object) => answerOf(name, { finishReason: 'stop', ...fields }).usage;

  it('adds what Anthropic counts apart, and leaves alone what OpenAI counts in', () => {
    const usage = { inputTokens: 14, outputTokens: 5 };
    const anthropic = { usage: { cache_read_input_tokens: 8, cache_creation_input_tokens: 2 } };
    expect(usageOf('anthropic/claude-sonnet-4-5', { usage, raw: anthropic })).toEqual({
      input: 24,
      output: 5,
      cachedInput: 8,
    });
    const openai = { usage: { prompt_tokens_details: { cached_tokens: 8 } } };
    expect(usageOf('openrouter/anthropic/claude', { usage, raw: openai })).toEqual({
      input: 14,
      output: 5,
      cachedInput: 8,
    });
  });

  it('adds Gemini’s thoughts where no sum tells whether they are in the output, and what the sum holds besides', () => {
    const usage = { inputTokens: 142, outputTokens: 5, thoughtsTokens: 20 };
    expect(usageOf('vertexai/gemini-2.5-pro', { usage })).toEqual({ input: 142, output: 25, reasoning: 20 });
    expect(usageOf('openai/o4-mini', { usage })).toEqual({ input: 142, output: 5, reasoning: 20 });
    const custom = { usageMetadata: { totalTokenCount: 147 } };
    expect(usageOf('vertexai/gemini-2.5-pro', { usage, custom })).toMatchObject({ output: 5, total: 147 });
    const unexplained = { inputTokens: 142, outputTokens: 5, totalTokens: 167 };
    expect(usageOf('vertexai/gemini-2.5-pro', { usage: unexplained })).toMatchObject({ output: 25 });
    const generate = util({
      'genkit:input': '{"model":"googleai/gemini-2.5-pro"}',
      'genkit:output': JSON.stringify({ finishReason: 'stop', usage }),
    });
    expect(genkit.read(generate).usage).toMatchObject({ output: 25 });
  });

  it('is the provider’s where the plugin gives none', () => {
    const custom = { usageMetadata: { promptTokenCount: 14, candidatesTokenCount: 8, totalTokenCount: 22 } };
    expect(usageOf('googleai/gemini-2.5-pro', { custom })).toEqual({ input: 14, output: 8, total: 22 });
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, read as far as it goes', () => {
    expect(
      genkit.read(action('flow', { 'genkit:input': '{"question":"And of It', 'genkit:output': '"Rome is \\' })),
    ).toEqual({
      malformed: true,
      input: [text('user', 'And of It')],
      output: [text('assistant', 'Rome is ')],
    });
  });

  it.each(
    [undefined, null, 7, NaN, true, '', 'x', '[', '{"', '"', '{}', '[]', '[null]', 'null', '7', [], [null], {}].map(
      (value) => [value],
    ),
  )('%j in every attribute throws nowhere and invents no count', (value) => {
    for (const subtype of ['model', 'flow', 'tool', 'retriever', 'embedder', 'evaluator']) {
      const keys = ['genkit:name', 'genkit:input', 'genkit:output', 'genkit:state', 'genkit:metadata:userId'];
      const span = action(subtype, Object.fromEntries(keys.map((key) => [key, value])));
      expect(genkit.read(span).usage).toBeUndefined();
    }
  });

  it.each([
    '{"finishReason":7,"message":"x","candidates":{},"usage":[1],"raw":"x","custom":[]}',
    '{"finishReason":"stop","message":{"content":{"text":{}}},"usage":{"inputTokens":"many","outputTokens":-1}}',
    '{"__proto__":{"finishReason":"stop"},"constructor":1,"candidates":[null]}',
  ])('%s is read as far as it goes', (output) => {
    expect(genkit.read(action('model', { 'genkit:output': output })).usage).toBeUndefined();
  });
});
