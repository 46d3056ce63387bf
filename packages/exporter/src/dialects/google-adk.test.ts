import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { googleAdk } from './google-adk.ts';
import { readSpan } from './index.ts';

const span = (name: string, attributes: Record<string, unknown> = {}) =>
  endedSpan({
    name,
    scope: { name: 'gcp.vertex.agent', version: '2.0.0' },
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key.includes('.') ? key : `gcp.vertex.agent.${key}`, value]),
    ),
  });
const answerOf = (response: object) => googleAdk.read(span('call_llm', { llm_response: JSON.stringify(response) }));
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });

describe('kind', () => {
  it.each([
    ['invocation', 'chain'],
    ['invoke_agent assistant', 'agent'],
    ['agent_run [assistant]', 'agent'],
    ['call_llm', 'llm'],
    ['generate_content gemini-2.5-flash', 'llm'],
    ['execute_tool call_llm', 'tool'],
    ['invoke_workflow pipeline', 'chain'],
    ['invoke_node router', 'chain'],
    ['send_data', 'step'],
  ])('%s is %s, for on errors nothing but the name says so', (name, kind) => {
    expect(googleAdk.kindOf(span(name))).toBe(kind);
  });

  it('is unknown of another scope’s span of that name', () => {
    expect(googleAdk.kindOf(endedSpan({ name: 'invocation' }))).toBeUndefined();
  });
});

describe('reading', () => {
  it('of a call, beside what OpenTelemetry has names for', () => {
    const request = {
      model: 'gemini-2.5-flash',
      contents: [
        { role: 'user', parts: [{ text: 'Is it raining in Paris?' }] },
        { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'rain', args: { city: 'Paris' } } }] },
        { role: 'user', parts: [{ functionResponse: { id: 'c1', name: 'rain', response: { rain: false } } }] },
      ],
      config: { temperature: 0.2, systemInstruction: 'You are a weather assistant.' },
    };
    const response = {
      content: { role: 'model', parts: [{ text: 'Let me see.', thought: true }, { text: 'No.' }] },
      usageMetadata: {
        promptTokenCount: 142,
        candidatesTokenCount: 5,
        totalTokenCount: 167,
        cachedContentTokenCount: 128,
        thoughtsTokenCount: 20,
      },
      finishReason: 'STOP',
      modelVersion: 'gemini-2.5-flash-001',
    };
    const call = span('call_llm', {
      'gen_ai.system': 'gcp.vertex.agent',
      'gen_ai.request.model': 'gemini-2.5-flash',
      'gen_ai.usage.input_tokens': 142,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.response.finish_reasons': ['stop'],
      session_id: 's-1',
      llm_request: JSON.stringify(request),
      llm_response: JSON.stringify(response),
    });
    expect(readSpan(call)).toEqual({
      kind: 'llm',
      input: [
        text('user', 'Is it raining in Paris?'),
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'c1', result: '{"rain":false}' }] },
      ],
      output: [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Let me see.' },
            { type: 'text', text: 'No.' },
          ],
        },
      ],
      system: 'You are a weather assistant.',
      provider: 'gcp.vertex.agent',
      requestModel: 'gemini-2.5-flash',
      responseModel: 'gemini-2.5-flash-001',
      finishReasons: ['stop'],
      usage: { input: 142, output: 25, total: 167, cachedInput: 128, reasoning: 20 },
      sessionId: 's-1',
    });
  });

  it('of a call, as Python spells it', () => {
    const call = span('call_llm', {
      llm_request: JSON.stringify({
        contents: [{ role: 'user', parts: [{ text: 'Is it raining?' }] }],
        config: { system_instruction: { parts: [{ text: 'Be terse.' }, { text: 'Be kind.' }] } },
      }),
      llm_response: JSON.stringify({
        content: { role: 'model', parts: [{ function_call: { id: 'c1', name: 'rain', args: {} } }] },
        usage_metadata: { prompt_token_count: 14, tool_use_prompt_token_count: 3, candidates_token_count: 8 },
        finish_reason: 'STOP',
        model_version: 'gemini-2.5-pro-002',
      }),
    });
    expect(googleAdk.read(call)).toEqual({
      input: [text('user', 'Is it raining?')],
      output: [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{}' }] }],
      system: 'Be terse.\nBe kind.',
      responseModel: 'gemini-2.5-pro-002',
      finishReasons: ['stop'],
      usage: { input: 17, output: 8 },
    });
  });

  it('of an answer that the model withheld', () => {
    expect(answerOf({ errorCode: 'SAFETY', errorMessage: 'Blocked.' })).toEqual({
      output: [{ role: 'assistant', parts: [] }],
      error: { type: 'SAFETY', message: 'Blocked.' },
    });
    expect(answerOf({ error_code: 'SAFETY', error_message: 'Blocked.' }).error).toEqual({
      type: 'SAFETY',
      message: 'Blocked.',
    });
  });

  it('of a call whose content is not recorded', () => {
    expect(googleAdk.read(span('call_llm', { session_id: 's-1', llm_request: '{}', llm_response: '{}' }))).toEqual({
      sessionId: 's-1',
    });
  });

  it('of a tool, one that takes nothing, and one whose content is not recorded', () => {
    const tool = (args: string, response: string) =>
      googleAdk.read(
        span('execute_tool rain', {
          llm_request: '{}',
          llm_response: '{}',
          tool_call_args: args,
          tool_response: response,
        }),
      );
    expect(tool('{"city":"Oslo"}', '{"rain":true}')).toEqual({
      inputText: '{"city":"Oslo"}',
      outputText: '{"rain":true}',
    });
    expect(tool('{}', '{"rain":true}')).toEqual({ inputText: '{}', outputText: '{"rain":true}' });
    expect(tool('{}', '{}')).toEqual({});
    expect(tool('N/A', '<not serializable>')).toEqual({});
  });

  it('of an agent, all of which stands in OpenTelemetry’s names', () => {
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'assistant' };
    expect(readSpan(span('invoke_agent assistant', attributes))).toEqual({ kind: 'agent', name: 'assistant' });
  });
});

describe('usage', () => {
  const usageOf = (usageMetadata: object) => answerOf({ usageMetadata }).usage;

  it('has thoughts in the output, where the sum says that they are there already or nothing does', () => {
    const counts = { promptTokenCount: 142, candidatesTokenCount: 25, thoughtsTokenCount: 20 };
    expect(usageOf({ ...counts, totalTokenCount: 167 })).toMatchObject({ input: 142, output: 25, reasoning: 20 });
    expect(usageOf({ ...counts, totalTokenCount: 187 })).toMatchObject({ input: 142, output: 45, reasoning: 20 });
    expect(usageOf(counts)).toMatchObject({ input: 142, output: 45, reasoning: 20 });
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, read as far as it goes', () => {
    const request = '{"model":"gemini-2.5-flash","contents":[{"role":"user","parts":[{"text":"Is it rai';
    expect(
      googleAdk.read(span('call_llm', { llm_request: request, llm_response: '{"content":{"role":"mo' })),
    ).toMatchObject({
      malformed: true,
      input: [text('user', 'Is it rai')],
      requestModel: 'gemini-2.5-flash',
    });
  });

  it.each(
    [undefined, null, 7, NaN, true, '', '[', '{"', '[]', '[null]', 'null', '<not serializable>', [], [null], {}].map(
      (value) => [value],
    ),
  )('%j in every attribute throws nowhere and invents no count', (value) => {
    for (const name of ['invocation', 'call_llm', 'execute_tool rain', '']) {
      const keys = ['llm_request', 'llm_response', 'tool_call_args', 'tool_response', 'session_id'];
      expect(googleAdk.read(span(name, Object.fromEntries(keys.map((key) => [key, value])))).usage).toBeUndefined();
    }
  });

  it.each([
    '{"contents":7,"config":[],"content":"x","usageMetadata":[1],"finishReason":{},"modelVersion":[]}',
    '{"contents":[null,{"parts":{}}],"content":{"parts":[7,null]},"usageMetadata":{"promptTokenCount":-1}}',
    '{"__proto__":{"content":{}},"constructor":{"prototype":1}}',
  ])('%s is read as far as it goes', (json) => {
    expect(googleAdk.read(span('call_llm', { llm_request: json, llm_response: json })).usage).toBeUndefined();
  });
});
