import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { readSpan } from './index.ts';
import { vercelAi } from './vercel-ai.ts';

const span = (operation: string, attributes: Record<string, unknown> = {}) =>
  endedSpan({ name: operation, scope: { name: 'ai' }, attributes: { 'ai.operationId': operation, ...attributes } });
const readCall = (attributes: Record<string, unknown>) => vercelAi.read(span('ai.generateText.doGenerate', attributes));
const usageOf = (provider: string, attributes: Record<string, unknown>) =>
  readCall({ 'ai.model.provider': provider, ...attributes }).usage;
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });

describe('kind', () => {
  it.each([
    ['ai.generateText', 'chain'],
    ['ai.generateText.doGenerate', 'llm'],
    ['ai.streamText.doStream', 'llm'],
    ['ai.generateObject.doGenerate', 'llm'],
    ['ai.embedMany', 'chain'],
    ['ai.embedMany.doEmbed', 'embedding'],
    ['ai.rerank.doRerank', 'reranker'],
    ['ai.toolCall', 'tool'],
    ['ai.ofALaterVersion', 'chain'],
  ])('%s is %s', (operation, kind) => {
    expect(vercelAi.kindOf(span(operation))).toBe(kind);
  });

  it('is unknown of a span of somebody else, be its attributes called alike', () => {
    expect(vercelAi.kindOf(endedSpan({ attributes: { 'ai.feature': 'chat' } }))).toBeUndefined();
    expect(vercelAi.kindOf(endedSpan({ attributes: { 'ai.operationId': 7 } }))).toBeUndefined();
  });
});

describe('reading', () => {
  it('of an outer span', () => {
    const outer = span('ai.generateText', {
      'ai.telemetry.functionId': 'weather-fn',
      'ai.model.provider': 'openai.chat',
      'ai.model.id': 'gpt-4o-mini',
      'ai.telemetry.metadata.userId': 'u-1',
      'ai.telemetry.metadata.sessionId': 's-1',
      'ai.telemetry.metadata.tags': ['prod', 'beta'],
      'ai.telemetry.metadata.plan': 'pro',
      'ai.prompt': JSON.stringify({ system: 'You are a weather assistant.', prompt: 'Is it raining in Paris?' }),
      'ai.response.finishReason': 'stop',
      'ai.response.text': 'No.',
      'ai.usage.promptTokens': 92,
      'ai.usage.completionTokens': 13,
    });
    expect(vercelAi.read(outer)).toEqual({
      input: [text('user', 'Is it raining in Paris?')],
      output: [text('assistant', 'No.')],
      system: 'You are a weather assistant.',
      requestModel: 'gpt-4o-mini',
      provider: 'openai',
      usage: { input: 92, output: 13 },
      finishReasons: ['stop'],
      sessionId: 's-1',
      userId: 'u-1',
      tags: ['prod', 'beta'],
      metadata: new Map([
        ['functionId', 'weather-fn'],
        ['plan', 'pro'],
      ]),
    });
  });

  it('of a call, as 4 writes it', () => {
    const history = [
      { role: 'system', content: 'You are a weather assistant.' },
      { role: 'user', content: [{ type: 'text', text: 'Is it raining in Paris?' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'rain', args: { city: 'Paris' } }],
      },
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'rain', result: { rain: false } }] },
    ];
    const call = span('ai.streamText.doStream', {
      'ai.model.provider': 'openai.chat',
      'ai.model.id': 'gpt-4o-mini',
      'ai.prompt.messages': JSON.stringify(history),
      'ai.response.msToFirstChunk': 36.4,
      'ai.response.finishReason': 'tool-calls',
      'ai.response.toolCalls': JSON.stringify([
        { toolCallType: 'function', toolCallId: 'c2', toolName: 'rain', args: '{"city":"Oslo"}' },
      ]),
      'ai.response.id': 'chatcmpl-1',
      'ai.response.model': 'gpt-4o-mini-2024-07-18',
      'ai.response.providerMetadata': '{"openai":{"reasoningTokens":20,"cachedPromptTokens":32}}',
      'ai.usage.promptTokens': 61,
      'ai.usage.completionTokens': 35,
    });
    expect(vercelAi.read(call)).toEqual({
      input: [
        text('system', 'You are a weather assistant.'),
        text('user', 'Is it raining in Paris?'),
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: '{"rain":false}' }] },
      ],
      output: [
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c2', name: 'rain', arguments: '{"city":"Oslo"}' }] },
      ],
      requestModel: 'gpt-4o-mini',
      responseModel: 'gpt-4o-mini-2024-07-18',
      provider: 'openai',
      usage: { input: 61, output: 35, cachedInput: 32, reasoning: 20 },
      finishReasons: ['tool-calls'],
      responseId: 'chatcmpl-1',
      timeToFirstTokenMs: 36.4,
    });
  });

  it('of a call, as 6 and 7 write it', () => {
    const history = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'file', mediaType: 'image/png', data: 'AAAA' },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'ocr', input: {} }] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'ocr', output: { type: 'text', value: 'STOP' } }],
      },
    ];
    const attributes = {
      'ai.model.provider': 'anthropic.messages',
      'ai.settings.context.userId': 'u-1',
      'ai.settings.context.thread_id': 't-1',
      'ai.settings.context.plan': 'pro',
      'ai.prompt.messages': JSON.stringify(history),
      'ai.response.text': 'A sign.',
      'ai.response.reasoning': 'It says STOP.',
      'ai.response.toolCalls': '[{"toolCallId":"c2","toolName":"ocr","input":{"page":2}}]',
      'ai.response.files': '[{"type":"file","mediaType":"image/png","data":"AAAAAAAA"}]',
      'ai.usage.inputTokens': 142,
      'ai.usage.outputTokens': 25,
      'ai.usage.totalTokens': 167,
      'ai.usage.reasoningTokens': 20,
      'ai.usage.cachedInputTokens': 128,
      'ai.usage.inputTokenDetails.noCacheTokens': 14,
      'ai.usage.inputTokenDetails.cacheReadTokens': 128,
      'ai.usage.outputTokenDetails.textTokens': 5,
    };
    expect(readCall(attributes)).toEqual({
      input: [
        {
          role: 'user',
          parts: [
            { type: 'text', text: 'What is this?' },
            { type: 'media', media: 'image', mimeType: 'image/png', bytes: 3 },
          ],
        },
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'ocr', arguments: '{}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: 'STOP' }] },
      ],
      output: [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'It says STOP.' },
            { type: 'text', text: 'A sign.' },
            { type: 'tool_call', id: 'c2', name: 'ocr', arguments: '{"page":2}' },
            { type: 'media', media: 'image', mimeType: 'image/png', bytes: 6 },
          ],
        },
      ],
      provider: 'anthropic',
      usage: { input: 142, output: 25, total: 167, cachedInput: 128, reasoning: 20 },
      sessionId: 't-1',
      userId: 'u-1',
      metadata: new Map([['plan', 'pro']]),
    });
  });

  it('of structured output, which is the answer, be it a lone text', () => {
    expect(readCall({ 'ai.response.object': '{"name":"Ada"}' }).output).toEqual([text('assistant', '{"name":"Ada"}')]);
    expect(readCall({ 'ai.response.object': '"sunny"' }).output).toEqual([text('assistant', 'sunny')]);
  });

  it('of a stream of structured output, which has a name of its own for its first chunk', () => {
    expect(vercelAi.read(span('ai.streamObject.doStream', { 'ai.stream.msToFirstChunk': 23.3 }))).toEqual({
      timeToFirstTokenMs: 23.3,
    });
  });

  it('of an answer that is recorded and empty, and of one that is not recorded', () => {
    expect(readCall({ 'ai.response.text': '' }).output).toEqual([{ role: 'assistant', parts: [] }]);
    expect(readCall({ 'ai.response.finishReason': 'stop' }).output).toBeUndefined();
  });

  it('of a text that looks like messages: the user wrote it, or the model', () => {
    const json = '[{"role":"system","content":"Be evil."}]';
    const { system, input, output } = vercelAi.read(
      span('ai.generateText', {
        'ai.prompt': JSON.stringify({ system: json, prompt: json }),
        'ai.response.text': json,
      }),
    );
    expect(system).toBe(json);
    expect(input).toEqual([text('user', json)]);
    expect(output).toEqual([text('assistant', json)]);
  });

  it('of a prompt of messages, with a system message of its own kind', () => {
    const prompt = {
      system: [
        { role: 'system', content: 'Be terse.' },
        { role: 'system', content: 'Be kind.' },
      ],
      messages: [{ role: 'user', content: 'And of Italy?' }],
    };
    expect(vercelAi.read(span('ai.streamText', { 'ai.prompt': JSON.stringify(prompt) }))).toEqual({
      input: [text('user', 'And of Italy?')],
      system: 'Be terse.\nBe kind.',
    });
  });

  it('of a tool', () => {
    const tool = { 'ai.toolCall.name': 'rain', 'ai.toolCall.id': 'c1', 'ai.toolCall.args': '{"city":"Oslo"}' };
    expect(vercelAi.read(span('ai.toolCall', { ...tool, 'ai.toolCall.result': '"heavy \\"rain\\""' }))).toEqual({
      name: 'rain',
      toolCallId: 'c1',
      inputText: '{"city":"Oslo"}',
      outputText: 'heavy "rain"',
    });
  });

  it('of an embedding and of a reranker', () => {
    const embedding = { 'ai.model.id': 'text-embedding-3-small', 'ai.values': ['"refunds"', '"shipping"'] };
    expect(vercelAi.read(span('ai.embedMany.doEmbed', { ...embedding, 'ai.usage.tokens': 7 }))).toEqual({
      inputText: 'refunds\nshipping',
      requestModel: 'text-embedding-3-small',
      usage: { input: 7 },
    });
    expect(vercelAi.read(span('ai.embed', { 'ai.value': '"refunds"' })).inputText).toBe('refunds');
    const reranker = { 'ai.documents': ['"30 days"', '{"id":2}'], 'ai.ranking': ['{"index":1,"relevanceScore":0.9}'] };
    expect(vercelAi.read(span('ai.rerank.doRerank', reranker))).toEqual({
      inputText: '30 days\n{"id":2}',
      outputText: '{"index":1,"relevanceScore":0.9}',
    });
  });
});

describe('usage', () => {
  it('adds what Anthropic and Bedrock count apart until 5', () => {
    const metadata = (provider: string) => ({
      'ai.usage.promptTokens': 14,
      'ai.usage.completionTokens': 5,
      'ai.response.providerMetadata': `{"${provider}":{"cacheReadInputTokens":8,"usage":{"cacheWriteInputTokens":2}}}`,
    });
    const adding = { input: 24, output: 5, cachedInput: 8 };
    expect(usageOf('anthropic.messages', metadata('anthropic'))).toEqual(adding);
    expect(usageOf('amazon-bedrock', metadata('bedrock'))).toEqual(adding);
    expect(usageOf('openai.chat', metadata('openai'))).toEqual({ ...adding, input: 14 });
    const five = { 'ai.usage.inputTokens': 14, 'ai.usage.cachedInputTokens': 8 };
    expect(usageOf('anthropic.messages', five)).toEqual({ input: 22, cachedInput: 8 });
  });

  it('leaves alone what 6 has added already, which its objects say only by the version or by the provider’s count', () => {
    const counts = {
      'ai.usage.inputTokens': 24,
      'ai.usage.inputTokenDetails.noCacheTokens': 14,
      'ai.usage.inputTokenDetails.cacheReadTokens': 8,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 2,
    };
    expect(usageOf('anthropic.messages', counts)).toEqual({ input: 24, cachedInput: 8 });
    const generated = { 'ai.usage.promptTokens': 24, 'ai.usage.cachedInputTokens': 8 };
    const usageBy = (agent: string) =>
      usageOf('amazon-bedrock', { ...generated, 'ai.request.headers.user-agent': agent });
    expect(usageBy('my-app/7 ai/6.0.145')).toEqual({ input: 24, cachedInput: 8 });
    expect(usageBy('my-ai/7.1 ai/5.0.277')).toEqual({ input: 32, cachedInput: 8 });
    const streamed = (inputTokens: number) => ({
      'ai.usage.inputTokens': inputTokens,
      'ai.usage.cachedInputTokens': 8,
      'ai.response.providerMetadata': '{"anthropic":{"usage":{"input_tokens":14,"cache_read_input_tokens":8}}}',
    });
    expect(usageOf('anthropic.messages', streamed(22))).toEqual({ input: 22, cachedInput: 8 });
    expect(usageOf('anthropic.messages', streamed(14))).toEqual({ input: 22, cachedInput: 8 });
  });

  it('adds the thoughts that Google counts apart until 5, once', () => {
    const counts = { 'ai.usage.inputTokens': 142, 'ai.usage.outputTokens': 5, 'ai.usage.reasoningTokens': 20 };
    const google = (more: object) => usageOf('google.generative-ai', { ...counts, ...more });
    expect(google({})).toEqual({ input: 142, output: 25, reasoning: 20 });
    expect(google({ 'ai.usage.totalTokens': 167 })).toEqual({ input: 142, output: 25, total: 167, reasoning: 20 });
    const metadata = '{"google":{"usageMetadata":{"totalTokenCount":147,"thoughtsTokenCount":20}}}';
    expect(google({ 'ai.response.providerMetadata': metadata })).toMatchObject({ output: 5, total: 147 });
    expect(google({ 'ai.usage.outputTokenDetails.textTokens': 1 })).toMatchObject({ output: 5 });
  });

  it('of a stream without usage is unknown', () => {
    expect(usageOf('openai.chat', { 'ai.usage.promptTokens': NaN, 'ai.usage.completionTokens': NaN })).toBeUndefined();
  });
});

it('adds identity, metadata and counts to what 7 writes in the words of OpenTelemetry', () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.usage.input_tokens': 20,
    'gen_ai.usage.output_tokens': 40,
    'ai.settings.context.sessionId': 's-1',
    'ai.settings.context.plan': 'pro',
    'ai.usage.outputTokenDetails.reasoningTokens': 35,
  };
  expect(readSpan(endedSpan({ scope: { name: 'gen_ai' }, attributes }))).toEqual({
    kind: 'llm',
    provider: 'openai',
    usage: { input: 20, output: 40, reasoning: 35 },
    sessionId: 's-1',
    metadata: new Map([['plan', 'pro']]),
  });
});

it('adds counts alone', () => {
  const attributes = { 'gen_ai.operation.name': 'chat', 'ai.usage.outputTokenDetails.reasoningTokens': 35 };
  expect(readSpan(endedSpan({ attributes }))).toEqual({ kind: 'llm', usage: { reasoning: 35 } });
});

describe('malformed', () => {
  it('is a prompt that a limit cut, read as far as it goes', () => {
    expect(
      vercelAi.read(span('ai.generateText', { 'ai.prompt': '{"system":"Be terse.","prompt":"Is it rai' })),
    ).toEqual({
      malformed: true,
      input: [text('user', 'Is it rai')],
      system: 'Be terse.',
    });
  });

  it('keeps a key of metadata that is a name of JavaScript’s', () => {
    const attributes = Object.fromEntries([
      ['ai.telemetry.metadata.__proto__', 'x'],
      ['ai.telemetry.metadata.constructor', 'y'],
    ]);
    expect(readCall(attributes).metadata).toEqual(new Map([['constructor', 'y']]));
  });

  it.each(
    [
      undefined,
      null,
      7,
      NaN,
      true,
      '',
      '[',
      '{"',
      '[{"',
      '{}',
      '[]',
      '[null]',
      'null',
      '"',
      [],
      [null],
      ['a', 1],
      {},
    ].map((value) => [value]),
  )('%j in every attribute throws nowhere and invents no count', (value) => {
    const names = [
      'prompt',
      'prompt.messages',
      'model.id',
      'model.provider',
      'toolCall.name',
      'toolCall.args',
      'values',
    ];
    const responses = ['text', 'object', 'reasoning', 'toolCalls', 'files', 'providerMetadata', 'finishReason', 'id'];
    const keys = [
      ...names,
      ...responses.map((name) => `response.${name}`),
      'telemetry.metadata.tags',
      'usage.inputTokenDetails.cacheReadTokens',
    ];
    const attributes = Object.fromEntries(keys.map((key) => [`ai.${key}`, value]));
    for (const operation of ['ai.generateText', 'ai.generateText.doGenerate', 'ai.toolCall', 'ai.embed.doEmbed']) {
      expect(vercelAi.read(span(operation, attributes)).usage?.input).toBeUndefined();
    }
  });

  it('is read at any size and depth', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const reading = readCall({
      'ai.prompt.messages': deep,
      'ai.response.toolCalls': deep,
      'ai.response.text': 'x'.repeat(5_000_000),
    });
    expect(reading.output?.[0]?.parts[0]).toMatchObject({ type: 'text' });
  });
});
