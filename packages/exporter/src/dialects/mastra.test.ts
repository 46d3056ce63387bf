import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { readSpan } from './index.ts';
import { mastra } from './mastra.ts';

const span = (type: string, attributes: Record<string, unknown> = {}, operation = type) =>
  endedSpan({
    scope: { name: '@mastra/otel-bridge', version: '1.0.0' },
    attributes: { 'gen_ai.operation.name': operation, 'mastra.span.type': type, ...attributes },
  });
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });

describe('kind', () => {
  it.each([
    ['agent_run', 'invoke_agent', 'agent'],
    ['model_generation', 'chat', 'llm'],
    ['model_step', 'model_step', 'chain'],
    ['model_inference', 'model_inference', 'chain'],
    ['model_chunk', 'model_chunk', 'chain'],
    ['tool_call', 'execute_tool', 'tool'],
    ['mcp_tool_call', 'execute_tool', 'tool'],
    ['workflow_run', 'invoke_workflow', 'chain'],
    ['workflow_step', 'workflow_step', 'step'],
    ['rag_embedding', 'embeddings', 'embedding'],
    ['of_a_later_version', 'of_a_later_version', 'step'],
  ])('%s (%s) is %s', (type, operation, kind) => {
    expect(mastra.kindOf(span(type, {}, operation))).toBe(kind);
  });

  it('of the exporter’s inference is the call, and its generation a frame around it', () => {
    expect(mastra.kindOf(span('model_inference', {}, 'chat'))).toBe('llm');
    expect(mastra.kindOf(span('model_generation', {}, 'model_generation'))).toBe('chain');
  });

  it('is unknown of a span without a type', () => {
    expect(mastra.kindOf(endedSpan({ attributes: { 'mastra.metadata.plan': 'pro' } }))).toBeUndefined();
    expect(mastra.kindOf(endedSpan({ attributes: { 'mastra.span.type': 7 } }))).toBeUndefined();
  });
});

describe('reading', () => {
  it('of an agent, beside what OpenTelemetry has names for', () => {
    const agent = span(
      'agent_run',
      {
        'gen_ai.agent.name': 'weather',
        'gen_ai.conversation.id': 't-1',
        'gen_ai.system_instructions': 'You are a weather assistant.',
        'mastra.agent_run.input': 'Is it raining in Paris?',
        'mastra.agent_run.output': '{"text":"No.","files":[]}',
        'mastra.metadata.runId': 'r-1',
        'mastra.metadata.resumed': true,
        'mastra.metadata.resumedFromSpanId': 'b7ad6b7169203331',
        'mastra.metadata.resourceId': 'u-1',
        'mastra.metadata.threadId': 't-1',
        'mastra.metadata.plan': 'pro',
        'mastra.tags': '["prod","beta"]',
      },
      'invoke_agent',
    );
    expect(readSpan(agent)).toEqual({
      kind: 'agent',
      name: 'weather',
      input: [text('user', 'Is it raining in Paris?')],
      output: [text('assistant', 'No.')],
      system: 'You are a weather assistant.',
      userId: 'u-1',
      sessionId: 't-1',
      tags: ['prod', 'beta'],
      metadata: new Map([['plan', 'pro']]),
    });
  });

  it('of an agent that was given a conversation, and whose user and session are named', () => {
    const messages = [
      { role: 'user', content: 'What is the capital of France?' },
      { role: 'assistant', content: 'Paris.' },
      { role: 'user', content: 'And of Italy?' },
    ];
    const agent = span('agent_run', {
      'mastra.agent_run.input': JSON.stringify(messages),
      'mastra.agent_run.output': '{"text":"","object":{"capital":"Rome"},"files":[]}',
      'mastra.metadata.userId': 'u-1',
      'mastra.metadata.sessionId': 's-1',
      'mastra.metadata.resourceId': 'account-7',
    });
    expect(mastra.read(agent)).toEqual({
      input: messages.map(({ role, content }) => text(role, content)),
      output: [text('assistant', '{"capital":"Rome"}')],
      userId: 'u-1',
      sessionId: 's-1',
    });
  });

  it('of a generation: when its first chunk came, and none of the provider’s metadata', () => {
    const at = new Date(1_790_000_000_250).toISOString();
    const generation = span('model_generation', {
      'mastra.completion_start_time': at,
      'mastra.metadata.userId': 'u-1',
      'mastra.metadata.headers': '{"x-request-id":"req_1"}',
    });
    expect(mastra.read(generation)).toEqual({ timeToFirstTokenMs: 250, userId: 'u-1' });
    const early = { ...generation, startTime: [1_790_000_000, 250_900_000] as const };
    expect(mastra.read(early).timeToFirstTokenMs).toBe(0);
  });

  it.each([
    ['openai.chat', 'openai'],
    ['anthropic.messages', 'anthropic'],
    ['aws.bedrock', 'aws.bedrock'],
    ['gcp.gemini', 'gcp.gemini'],
  ])('of a provider %s, without its API: %s', (given, provider) => {
    expect(readSpan(span('model_inference', { 'gen_ai.provider.name': given }))).toMatchObject({ provider });
  });

  it('of the exporter’s inference, which asked for a tool', () => {
    const inference = span(
      'model_inference',
      {
        'mastra.model_inference.input': '[{"role":"user","content":"Is it raining in Paris?"}]',
        'mastra.model_inference.output':
          '{"text":"","toolCalls":[{"toolCallId":"c1","toolName":"rain","args":{"city":"Paris"}}]}',
      },
      'chat',
    );
    expect(mastra.read(inference)).toEqual({
      input: [text('user', 'Is it raining in Paris?')],
      output: [
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' }] },
      ],
    });
  });

  it('of a workflow and its steps', () => {
    const run = span('workflow_run', {
      'mastra.workflow_run.input': '{"question":"And of Italy?"}',
      'mastra.workflow_run.output': '{"capital":"Rome","sure":true}',
    });
    expect(mastra.read(run)).toEqual({
      input: [text('user', 'And of Italy?')],
      output: [text('assistant', '{"capital":"Rome","sure":true}')],
    });
    const step = span('workflow_step', {
      'mastra.workflow_step.input': '{"id":7}',
      'mastra.workflow_step.output': 'ok',
    });
    expect(mastra.read(step)).toEqual({ inputText: '{"id":7}', outputText: 'ok' });
  });

  it('leaves a tool to OpenTelemetry’s names', () => {
    const tool = { 'gen_ai.tool.name': 'rain', 'gen_ai.tool.call.id': 'c1', 'gen_ai.tool.call.arguments': '{}' };
    expect(readSpan(span('tool_call', tool, 'execute_tool'))).toEqual({
      kind: 'tool',
      name: 'rain',
      toolCallId: 'c1',
      inputText: '{}',
    });
  });
});

describe('malformed', () => {
  it('is JSON that a limit cut, read as far as it goes', () => {
    const agent = span('agent_run', { 'mastra.agent_run.output': '{"text":"It is not rai' });
    expect(mastra.read(agent)).toEqual({ malformed: true, output: [text('assistant', 'It is not rai')] });
  });

  it('is no text that only begins like JSON', () => {
    const agent = span('agent_run', { 'mastra.agent_run.input': '[urgent] Is it raining?' });
    expect(mastra.read(agent)).toEqual({ input: [text('user', '[urgent] Is it raining?')] });
  });

  it.each(
    [undefined, null, 7, NaN, true, '', '[', '{"', '{}', '[]', '[null]', 'null', [], [null], {}, 'yesterday'].map(
      (value) => [value],
    ),
  )('%j in every attribute throws nowhere', (value) => {
    for (const type of ['agent_run', 'model_generation', 'tool_call', 'workflow_step', '__proto__']) {
      const keys = [`${type}.input`, `${type}.output`, 'completion_start_time', 'tags', 'metadata.resourceId'];
      const attributes = Object.fromEntries(keys.map((key) => [`mastra.${key}`, value]));
      expect(mastra.read(span(type, attributes))).toBeTypeOf('object');
    }
  });
});
