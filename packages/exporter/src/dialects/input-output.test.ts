/** The messages in what a chain, an agent, a tool or a retrieval took and gave. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../interaction/reading.ts';
import { documentsText, readInput, readOutput, readToolOutput } from './input-output.ts';
import { call, langChain, message, says, text } from './messages.fixture.ts';
import { resultText } from './tool-parts.ts';

describe('readInput', () => {
  it.each<[of: string, given: unknown, messages: readonly Message[]]>([
    ['a text', 'Hi.', [says('user', 'Hi.')]],
    ['messages', { messages: [{ role: 'user', content: 'Hi.' }], temperature: 1 }, [says('user', 'Hi.')]],
    ['the contents of Gemini', { contents: [{ role: 'user', parts: [{ text: 'Hi.' }] }] }, [says('user', 'Hi.')]],
    ['a named question', { question: 'Why?', lang: 'en' }, [says('user', 'Why?')]],
    ['nested', { input: { prompt: 'Why?' } }, [says('user', 'Why?')]],
    ['the lone text among other values', { city: 'Paris', days: 3 }, [says('user', 'Paris')]],
    ['several texts, of which none is known to be the question', { a: 'x', b: 'y' }, []],
    ['the arguments of a function', ['Why?', { limit: 3 }], [says('user', 'Why?')]],
    ['arguments, the question among options', [{ limit: 3 }, { question: 'Why?' }], [says('user', 'Why?')]],
    ['nothing to ask', { limit: 3 }, []],
  ])('%s', (_of, given, messages) => {
    expect(readInput(given)).toEqual(messages);
    expect(readInput(typeof given === 'string' ? given : JSON.stringify(given))).toEqual(messages);
  });
});

describe('readOutput', () => {
  it.each<[of: string, given: unknown, messages: readonly Message[]]>([
    ['a text', 'Hi.', [says('assistant', 'Hi.')]],
    ['a message', { role: 'assistant', content: 'Hi.' }, [says('assistant', 'Hi.')]],
    [
      'choices',
      { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' } }] },
      [says('assistant', 'Hi.')],
    ],
    [
      'candidates',
      { candidates: [{ content: { role: 'model', parts: [{ text: 'Hi.' }] } }] },
      [says('assistant', 'Hi.')],
    ],
    [
      "Converse's message",
      { output: { message: { role: 'assistant', content: [{ text: 'Hi.' }] } } },
      [says('assistant', 'Hi.')],
    ],
    [
      "LangChain's generations",
      {
        generations: [
          [
            {
              text: 'Hi.',
              message: langChain('AIMessage', { content: 'Hi.', tool_calls: [{ id: 'c1', name: 'look', args: {} }] }),
            },
          ],
        ],
      },
      [message('assistant', text('Hi.'), call('c1', 'look', '{}'))],
    ],
    [
      "LangGraph's state: what was said last",
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
          { role: 'tool', tool_call_id: 'c', content: 'c' },
          { role: 'assistant', content: 'd' },
        ],
      },
      [says('assistant', 'd')],
    ],
    [
      'items of which one is the work of the provider',
      {
        output: [
          { type: 'web_search_call', id: 'ws' },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi.' }] },
        ],
      },
      [says('assistant', 'Hi.')],
    ],
    ['a lone known value', { answer: 'Hi.' }, [says('assistant', 'Hi.')]],
    [
      'a streamed turn of tool calls',
      { tool_calls: [{ id: 'c1', name: 'look', args: {} }] },
      [message('assistant', call('c1', 'look', '{}'))],
    ],
    ['a structured answer', { answer: 'x', score: 1 }, [says('assistant', '{"answer":"x","score":1}')]],
    [
      'a structured answer with a key of a part',
      { image: 'a cat', title: 'x' },
      [says('assistant', '{"image":"a cat","title":"x"}')],
    ],
    ['a structured list', [{ city: 'Paris' }], [says('assistant', '[{"city":"Paris"}]')]],
    [
      'the completions API',
      { id: 'x', object: 'text_completion', choices: [{ index: 0, text: 'Hi.', finish_reason: 'stop' }], usage: {} },
      [says('assistant', 'Hi.')],
    ],
    ['what a framework gives back', { text: 'Hi.', finishReason: 'stop', usage: {} }, [says('assistant', 'Hi.')]],
    ...[
      { text: 'Paris is big', sentiment: 'neutral', score: 0.5 },
      { question: 'Capital?', choices: ['Paris', 'Rome'], answer: 'Paris' },
      { choices: ['Paris', 'Rome'] },
      { content: { title: 'A' }, rating: 5 },
      [
        { text: 'great', label: 'pos' },
        { text: 'bad', label: 'neg' },
      ],
      [{ type: 'document', title: 'A', body: 'xxx' }],
    ].map((given): [string, unknown, readonly Message[]] => [
      `an object of the application's own: ${JSON.stringify(given)}`,
      given,
      [says('assistant', JSON.stringify(given))],
    ]),
    ['nothing', [], []],
  ])('%s', (_of, given, messages) => {
    expect(readOutput(given)).toEqual(messages);
    expect(readOutput(typeof given === 'string' ? given : JSON.stringify(given))).toEqual(messages);
  });

  it('of a text that is a conversation is the text', () => {
    const written = JSON.stringify([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ]);
    const answer = [says('assistant', written)];
    expect(readOutput(written)).toEqual(answer);
    expect(readOutput({ output: written })).toEqual(answer);
    expect(readOutput({ choices: [{ message: { role: 'assistant', content: written } }] })).toEqual(answer);
  });
});

describe('a tool', () => {
  it.each<[given: unknown, shown: string | undefined]>([
    ['a cat', 'a cat'],
    [{ sky: 'clear' }, '{"sky":"clear"}'],
    [[{ type: 'text', text: 'a' }, { text: 'b' }], 'a\nb'],
    [[{ json: { y: 2 } }], '{"y":2}'],
    [{ type: 'error-text', value: 'It broke.' }, 'It broke.'],
    [{ type: 'json', value: [1] }, '[1]'],
    [[], '[]'],
    [undefined, undefined],
  ])('result %o', (given, shown) => {
    expect(resultText(given)).toBe(shown);
  });

  it('result names a screenshot by its size, and keeps what a tool says of a file', () => {
    const screenshot = { type: 'computer_screenshot', image_url: `data:image/png;base64,${'A'.repeat(8192)}` };
    expect(resultText(screenshot)).toBe('{"type":"computer_screenshot","image_url":"[data 7 kB]"}');
    expect(resultText([{ type: 'file', name: 'a.txt' }])).toBe('[{"type":"file","name":"a.txt"}]');
  });

  it('output is a value, or the message in which the tool answers', () => {
    expect(readToolOutput('{"sky":"clear"}')).toEqual({ result: '{"sky":"clear"}' });
    expect(readToolOutput(langChain('ToolMessage', { content: 'clear', tool_call_id: 'c1' }))).toMatchObject({
      id: 'c1',
      result: 'clear',
    });
  });
});

it('shows the documents of a retrieval by their text', () => {
  const documents = [
    { pageContent: 'a' },
    { content: 'b', score: 1 },
    langChain('Document', { page_content: 'c' }),
    { id: 4 },
  ];
  expect(documentsText(JSON.stringify(documents))).toBe('a\nb\nc\n{"id":4}');
  expect(documentsText('none')).toBe('none');
});
