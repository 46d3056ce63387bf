import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import type { SpanEvent } from '../span.ts';
import { readSpan } from './index.ts';
import { strands } from './strands.ts';

const event = (name: string, attributes: Record<string, unknown>): SpanEvent => ({ name, time: [0, 0], attributes });
/** Scope and provider are those of an application that names its service. */
const span = (operation: string, attributes: Record<string, unknown> = {}, events: readonly SpanEvent[] = []) =>
  endedSpan({
    scope: { name: 'travel-desk' },
    attributes: {
      'gen_ai.event.start_time': '2026-11-22T21:38:27.702Z',
      'gen_ai.operation.name': operation,
      'gen_ai.system': 'travel-desk',
      ...attributes,
    },
    events,
  });
const text = (role: string, content: string) => ({ role, parts: [{ type: 'text', text: content }] });
const DETAILS = 'gen_ai.client.inference.operation.details';

describe('kind', () => {
  it.each([
    [span('chat'), 'llm'],
    [span('invoke_agent'), 'agent'],
    [span('execute_tool'), 'tool'],
    [span('invoke_swarm'), 'step'],
    [endedSpan({ attributes: { 'agent_loop.cycle_id': 'cycle-1', 'gen_ai.input.messages': '[]' } }), 'chain'],
    [endedSpan({ attributes: { 'event_loop.cycle_id': '5f0c' } }), 'chain'],
    [endedSpan({ attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'openai' } }), undefined],
  ])('%#', (given, kind) => {
    expect(strands.kindOf(given)).toBe(kind);
  });
});

describe('reading', () => {
  it('of an agent', () => {
    const events = [
      event('gen_ai.user.message', { content: '[{"text":"Is it raining?"}]' }),
      event('gen_ai.choice', { message: 'No.', finish_reason: 'endTurn' }),
    ];
    const agent = span(
      'invoke_agent',
      { 'gen_ai.agent.name': 'forecaster', system_prompt: '"Be brief."', 'tag.tags': ['prod', 'beta'] },
      events,
    );
    expect(readSpan(agent)).toEqual({
      kind: 'agent',
      name: 'forecaster',
      input: [text('user', 'Is it raining?')],
      output: [text('assistant', 'No.')],
      system: 'Be brief.',
      tags: ['prod', 'beta'],
      finishReasons: ['endTurn'],
      provider: 'travel-desk',
    });
  });

  it('of a call that asks for a tool', () => {
    const call = '[{"text":"I look."},{"type":"toolUse","name":"rain","toolUseId":"c1","input":{"city":"Paris"}}]';
    const asks = span('chat', {}, [
      event('gen_ai.assistant.message', { content: '[{"toolUse":{"name":"rain","toolUseId":"c0","input":{}}}]' }),
      event('gen_ai.user.message', { content: '[{"toolResult":{"toolUseId":"c0","content":[{"text":"No."}]}}]' }),
      event('gen_ai.choice', { finish_reason: 'toolUse', message: call }),
    ]);
    expect(readSpan(asks)).toMatchObject({
      input: [
        { role: 'assistant', parts: [{ type: 'tool_call', id: 'c0', name: 'rain', arguments: '{}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', id: 'c0', result: 'No.' }] },
      ],
      output: [
        {
          role: 'assistant',
          parts: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_call', id: 'c1', name: 'rain', arguments: '{"city":"Paris"}' },
          ],
        },
      ],
      finishReasons: ['toolUse'],
    });
  });

  const answer = { name: 'Ada', year: 1815 };
  it.each([
    [
      'in events',
      span('chat', {}, [
        event('gen_ai.choice', {
          finish_reason: 'toolUse',
          message: JSON.stringify([
            { type: 'toolUse', name: 'strands_structured_output', toolUseId: 'c1', input: answer },
          ]),
        }),
      ]),
    ],
    [
      'in the details',
      span('chat', {}, [
        event(DETAILS, {
          'gen_ai.output.messages': JSON.stringify([
            {
              role: 'assistant',
              parts: [{ type: 'tool_call', name: 'strands_structured_output', id: 'c1', arguments: answer }],
              finish_reason: 'toolUse',
            },
          ]),
        }),
      ]),
    ],
  ])('of structured output %s: its arguments are the answer, and no tool is wanted', (_place, call) => {
    expect(readSpan(call)).toMatchObject({
      output: [text('assistant', '{"name":"Ada","year":1815}')],
      finishReasons: [],
    });
  });

  const tool = { 'gen_ai.tool.name': 'rain', 'gen_ai.tool.call.id': 'c1', 'gen_ai.tool.status': 'success' };
  const result = '[{"json":{"rain":false}}]';
  it.each([
    [
      'in events',
      span('execute_tool', tool, [
        event('gen_ai.tool.message', { role: 'tool', content: '{"city":"Paris"}', id: 'c1' }),
        event('gen_ai.choice', { message: result, id: 'c1' }),
      ]),
    ],
    [
      'in the details',
      span('execute_tool', tool, [
        event(DETAILS, {
          'gen_ai.input.messages':
            '[{"role":"tool","parts":[{"type":"tool_call","name":"rain","id":"c1","arguments":{"city":"Paris"}}]}]',
        }),
        event(DETAILS, {
          'gen_ai.output.messages': `[{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":${result}}]}]`,
        }),
      ]),
    ],
    [
      'in attributes',
      span('execute_tool', {
        ...tool,
        'gen_ai.tool.call.arguments': '{"city":"Paris"}',
        'gen_ai.tool.call.result': result,
      }),
    ],
  ])('of a tool %s', (_place, given) => {
    expect(readSpan(given)).toEqual({
      kind: 'tool',
      name: 'rain',
      toolCallId: 'c1',
      inputText: '{"city":"Paris"}',
      outputText: '{"rain":false}',
      provider: 'travel-desk',
    });
  });

  it('of a tool that failed', () => {
    const choice = event('gen_ai.choice', { message: '[{"text":"No such city"}]', id: 'c1' });
    const failed = span('execute_tool', { ...tool, 'gen_ai.tool.status': 'error' }, [choice]);
    expect(strands.read(failed).error).toEqual({ message: 'No such city' });
  });

  it('of the time to the first token, which is in milliseconds here', () => {
    expect(readSpan(span('chat', { 'gen_ai.server.time_to_first_token': 250 }))?.timeToFirstTokenMs).toBe(250);
  });
});

describe('malformed', () => {
  it('never throws', () => {
    const value = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.json().map((json) => json.slice(0, -1)),
    );
    const operation = fc.constantFrom('chat', 'execute_tool', 'invoke_agent');
    fc.assert(
      fc.property(operation, value, value, (kind, one, other) => {
        const attributes = { system_prompt: one, 'tag.tags': other, 'gen_ai.tool.status': 'error' };
        const events = [
          event('gen_ai.tool.message', { content: one }),
          event('gen_ai.choice', { message: other }),
          event(DETAILS, { 'gen_ai.output.messages': one }),
        ];
        expect(strands.read(span(kind, attributes, events))).toBeTypeOf('object');
      }),
    );
  });
});
