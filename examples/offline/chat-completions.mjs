// OpenAI's Chat Completions, as far as the examples use them.
import { words } from './plot.mjs';

const MODEL = 'gpt-4o-mini-2024-07-18';

export const chatCompletions = {
  path: '/v1/chat/completions',

  read: ({ messages, tools = [] }) => ({
    question: JSON.stringify(messages.findLast(({ role }) => role === 'user')),
    hasTools: tools.length > 0,
    isToolAnswered: messages.at(-1).role === 'tool',
  }),

  write: ({ text = null, toolCall, tokens }) => ({
    ...envelope('chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, ...(toolCall && { tool_calls: [toolCallOf(toolCall)] }) },
        finish_reason: toolCall ? 'tool_calls' : 'stop',
      },
    ],
    usage: usageOf(tokens),
  }),

  *stream({ text, toolCall, tokens }) {
    const fields = envelope('chat.completion.chunk');
    const chunk = (delta, finish_reason = null) => ({
      data: { ...fields, choices: [{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason }] },
    });
    if (toolCall) yield chunk({ tool_calls: [{ index: 0, ...toolCallOf(toolCall) }] });
    else for (const content of words(text)) yield chunk({ content });
    yield chunk({}, toolCall ? 'tool_calls' : 'stop');
    yield { data: { ...fields, choices: [], usage: usageOf(tokens) } };
    yield { data: '[DONE]' };
  },
};

const envelope = (object) => ({
  id: `chatcmpl-${crypto.randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model: MODEL,
});

const toolCallOf = ({ name, arguments: values }) => ({
  id: `call_${crypto.randomUUID()}`,
  type: 'function',
  function: { name, arguments: JSON.stringify(values) },
});

const usageOf = ({ input, output }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});
