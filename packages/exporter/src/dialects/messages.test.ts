import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message, Role } from '../interaction/reading.ts';
import { documentsText, readInput, readOutput, readToolOutput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { call, langChain, message, result, says, text } from './messages.fixture.ts';
import { readMessages, roleOf } from './messages.ts';
import { resultText } from './tool-parts.ts';

describe('roleOf', () => {
  it.each<[string, Role]>([
    ['developer', 'system'],
    ['HumanMessage', 'user'],
    ['USER', 'user'],
    ['AIMessageChunk', 'assistant'],
    ['CHATBOT', 'assistant'],
    ['model', 'assistant'],
    ['function', 'tool'],
  ])('%s is %s', (word, role) => {
    expect(roleOf(word)).toBe(role);
  });

  it('is unknown of any other word, and of what is none', () => {
    expect([roleOf('narrator'), roleOf('constructor'), roleOf(undefined), roleOf({})]).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe('readMessages', () => {
  it.each<[of: string, given: unknown, messages: readonly Message[]]>([
    ['a lone text', 'Hi.', [says('user', 'Hi.')]],
    ['JSON of a list', '[{"role":"user","content":"Hi."}]', [says('user', 'Hi.')]],
    ['an ordinary text in brackets', '[sic] Hi.', [says('user', '[sic] Hi.')]],
    ['a list of parts', [{ type: 'text', text: 'a' }, 'b'], [message('user', text('a'), text('b'))]],
    [
      'OpenTelemetry GenAI',
      [
        { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', content: 'Hm.' },
            { type: 'tool_call', id: 'c1', name: 'look', arguments: { x: 1 } },
          ],
          finish_reason: 'tool_call',
        },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { y: 2 } }] },
        { role: 'user', parts: [{ type: 'blob', modality: 'image', mime_type: 'image/png', content: 'aGVsbG8=' }] },
      ],
      [
        says('system', 'Be brief.'),
        message('assistant', { type: 'reasoning', text: 'Hm.' }, call('c1', 'look', '{"x":1}')),
        message('tool', result('c1', '{"y":2}')),
        message('user', { type: 'media', media: 'image', mimeType: 'image/png', bytes: 6 }),
      ],
    ],
    [
      'OpenAI chat',
      [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,aGVsbG8=' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"x":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
        { role: 'assistant', content: null, function_call: { name: 'old', arguments: '{}' } },
        { role: 'assistant', content: null, refusal: 'No.', reasoning_content: 'Hm.' },
      ],
      [
        says('system', 'Be brief.'),
        message('user', text('What is it?'), { type: 'media', media: 'image', mimeType: 'image/png', bytes: 6 }),
        message('assistant', call('c1', 'look', '{"x":1}')),
        message('tool', result('c1', 'a cat')),
        message('assistant', call(undefined, 'old', '{}')),
        message('assistant', { type: 'reasoning', text: 'Hm.' }),
      ],
    ],
    [
      'OpenAI Responses',
      [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is it?' }] },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'a cat' },
        { type: 'computer_call', call_id: 'c2', action: { type: 'click' } },
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        { type: 'item_reference', id: 'msg_0' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'A cat.', annotations: [] }] },
      ],
      [
        says('user', 'What is it?'),
        message('assistant', { type: 'reasoning', text: 'Hm.' }),
        message('assistant', call('c1', 'look', '{}')),
        message('tool', result('c1', 'a cat')),
        message('assistant', { type: 'tool_call', id: 'c2', arguments: '{"type":"click"}' }),
        says('assistant', 'A cat.'),
      ],
    ],
    [
      'the OpenAI Agents SDK',
      [
        { type: 'function_call', id: 'fc_1', callId: 'c1', name: 'look', arguments: '{}' },
        { type: 'function_call_result', callId: 'c1', output: { type: 'text', text: 'a cat' } },
      ],
      [message('assistant', call('c1', 'look', '{}')), message('tool', result('c1', 'a cat'))],
    ],
    [
      'Anthropic',
      [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.' },
            { type: 'tool_use', id: 'c1', name: 'look', input: { x: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'a cat' }] },
            { type: 'tool_result', tool_use_id: 'c2', content: 'a dog' },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'aGVsbG8=' } }],
        },
      ],
      [
        message('assistant', { type: 'reasoning', text: 'Hm.' }, call('c1', 'look', '{"x":1}')),
        message('tool', result('c1', 'a cat'), result('c2', 'a dog')),
        message('user', { type: 'media', media: 'image', mimeType: 'image/jpeg', bytes: 6 }),
      ],
    ],
    [
      'Gemini',
      [
        { role: 'user', parts: [{ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: 'aGVsbG8=' } }] },
        { role: 'model', parts: [{ text: 'Hm.', thought: true }, { functionCall: { name: 'look', args: { x: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'look', response: { y: 2 } } }] },
      ],
      [
        message('user', text('What is it?'), { type: 'media', media: 'image', mimeType: 'image/png', bytes: 6 }),
        message('assistant', { type: 'reasoning', text: 'Hm.' }, call(undefined, 'look', '{"x":1}')),
        message('tool', result(undefined, '{"y":2}')),
      ],
    ],
    [
      'Bedrock Converse',
      [
        {
          role: 'user',
          content: [{ text: 'What is it?' }, { image: { format: 'png', source: { bytes: 'aGVsbG8=' } } }],
        },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm.' } } },
            { toolUse: { toolUseId: 'c1', name: 'look', input: {} } },
          ],
        },
        { role: 'user', content: [{ toolResult: { toolUseId: 'c1', content: [{ json: { y: 2 } }] } }] },
      ],
      [
        message('user', text('What is it?'), { type: 'media', media: 'image', bytes: 6 }),
        message('assistant', { type: 'reasoning', text: 'Hm.' }, call('c1', 'look', '{}')),
        message('tool', result('c1', '{"y":2}')),
      ],
    ],
    [
      "Vercel's AI SDK",
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'file', mediaType: 'image/png', data: 'aGVsbG8=' },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: { x: 1 } }] },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: 'c1', output: { type: 'json', value: { y: 2 } } },
            { type: 'tool-result', toolCallId: 'c2', result: 'a dog' },
          ],
        },
      ],
      [
        message('user', text('What is it?'), { type: 'media', media: 'image', mimeType: 'image/png', bytes: 6 }),
        message('assistant', call('c1', 'look', '{"x":1}')),
        message('tool', result('c1', '{"y":2}'), result('c2', 'a dog')),
      ],
    ],
    [
      'LangChain, serialised, in batches',
      [
        [
          langChain('SystemMessage', { content: 'Be brief.' }),
          langChain('AIMessage', {
            content: [{ type: 'tool_use', id: 'c1', name: 'look', input: {} }],
            tool_calls: [{ id: 'c1', name: 'look', args: {} }],
          }),
          langChain('ToolMessage', { content: 'a cat', tool_call_id: 'c1' }),
          { type: 'human', data: { content: 'And now?' } },
          { type: 'ai', content: 'Bye.' },
        ],
      ],
      [
        says('system', 'Be brief.'),
        message('assistant', call('c1', 'look', '{}')),
        message('tool', result('c1', 'a cat')),
        says('user', 'And now?'),
        says('assistant', 'Bye.'),
      ],
    ],
    [
      'Genkit',
      [
        { role: 'model', content: [{ toolRequest: { ref: 'c1', name: 'look', input: {} } }, { data: { x: 1 } }] },
        { role: 'tool', content: [{ toolResponse: { ref: 'c1', name: 'look', output: 'a cat' } }] },
        { role: 'user', content: [{ media: { contentType: 'image/png', url: 'https://example.com/a.png' } }] },
      ],
      [
        message('assistant', call('c1', 'look', '{}'), text('{"x":1}')),
        message('tool', result('c1', 'a cat')),
        message('user', { type: 'media', media: 'image', mimeType: 'image/png' }),
      ],
    ],
    [
      'a text that is the JSON of parts or messages: somebody wrote it',
      [
        { role: 'user', content: '[{"type":"text","text":"Hi."}]' },
        { role: 'user', content: '[{"role":"system","content":"a"},{"role":"user","content":"b"}]' },
        { role: 'user', content: '[{"city":"Paris"}]' },
      ],
      [
        says('user', '[{"type":"text","text":"Hi."}]'),
        says('user', '[{"role":"system","content":"a"},{"role":"user","content":"b"}]'),
        says('user', '[{"city":"Paris"}]'),
      ],
    ],
    [
      'a part of an unknown type',
      [{ role: 'user', content: [{ type: 'hologram', id: 7 }] }],
      [message('user', { type: 'media', media: 'hologram' })],
    ],
    ['a message without content', [{ role: 'assistant', content: '' }], [message('assistant')]],
    ['nothing', null, []],
  ])('of %s', (_of, given, messages) => {
    expect(readMessages(given)).toEqual(messages);
  });

  it('gives a message that does not say whose it is the role that is asked for', () => {
    expect(readMessages({ content: 'Hi.' }, 'assistant')).toEqual([says('assistant', 'Hi.')]);
  });
});

it('a message whose role is the name of a tool that was called is its result; any other unknown role is the user', () => {
  const call = {
    role: 'assistant',
    content: '',
    tool_calls: [{ id: 'c1', function: { name: 'weather', arguments: '{}' } }],
  };
  const roles = (list: readonly object[]) => readMessages(list).map(({ role }) => role);
  expect(roles([call, { role: 'weather', content: 'sunny' }])).toEqual(['assistant', 'tool']);
  expect(roles([{ role: 'weather', content: 'sunny' }, call])).toEqual(['user', 'assistant']);
});

it('a message of a role that nobody knows keeps its words, whatever stands beside them', () => {
  const odd = { role: 'MessageRole.USER', content: 'why?', tool_calls: [] };
  const expected = [{ role: 'user', parts: [{ type: 'text', text: 'why?' }] }];
  expect(readMessages([odd])).toEqual(expected);
  expect(readMessages([{ role: 'visitor', parts: [{ type: 'text', content: 'why?' }] }])).toEqual(expected);
  // What some keep of a streamed turn.
  expect(readMessages([{ tool_calls: [{ id: 'c1', function: { name: 'weather' } }] }])[0]?.role).toBe('assistant');
});

it('joins the text among parts', () => {
  const parts = readParts([{ type: 'text', text: 'a' }, { type: 'image' }, 'b']);
  expect([textOf(parts), textOf(parts, ''), textOf([])]).toEqual(['a\nb', 'ab', undefined]);
});

describe('whatever comes', () => {
  const readers = { readMessages, readInput, readOutput, readParts, resultText, readToolOutput, documentsText };
  const words = [
    'role',
    'type',
    'content',
    'parts',
    'text',
    'tool_calls',
    'function',
    'message',
    'kwargs',
    'data',
    'id',
    'image',
    'source',
    'output',
    '__proto__',
  ];
  const hostile = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(
        null,
        undefined,
        NaN,
        1n,
        '',
        'user',
        'tool',
        'text',
        'tool_use',
        'image',
        '[{',
        Symbol('s'),
        Object.create(null),
      ),
      fc.dictionary(fc.constantFrom(...words), tie('value')),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  })).value;

  it('nothing throws', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        for (const read of Object.values(readers)) expect(() => read(value)).not.toThrow();
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it('depth and cycles are bounded', () => {
    const cycle: Record<string, unknown> = { role: 'user' };
    cycle['content'] = [cycle];
    cycle['message'] = cycle;
    const nested: unknown[] = [];
    for (let at = nested, depth = 0; depth < 100_000; depth++) at.push((at = []));
    for (const read of Object.values(readers)) {
      expect(() => read(cycle)).not.toThrow();
      expect(() => read(nested)).not.toThrow();
    }
  });

  it('no prototype is touched', () => {
    readMessages(
      '[{"__proto__":{"polluted":1},"role":"user","content":"a","kwargs":{"__proto__":{"polluted":1},"content":"b"}}]',
    );
    expect({}).not.toHaveProperty('polluted');
  });
});
