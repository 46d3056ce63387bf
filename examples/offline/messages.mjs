// Anthropic's Messages, as far as the examples use them.
import { words } from './plot.mjs';

const MODEL = 'claude-haiku-4-5-20251001';

export const messages = {
  path: '/v1/messages',

  // The results of tools come as a user's message.
  read: ({ messages: history, tools = [] }) => ({
    question: JSON.stringify(history.filter(({ role }) => role === 'user')),
    hasTools: tools.length > 0,
    isToolAnswered: isToolResult(history.at(-1)),
  }),

  write: (reply) => ({
    ...envelope(),
    content: [blockOf(reply)],
    stop_reason: stopReasonOf(reply),
    usage: { input_tokens: reply.tokens.input, output_tokens: reply.tokens.output },
  }),

  *stream(reply) {
    const event = (type, fields) => ({ type, data: { type, ...fields } });
    const block = blockOf(reply);
    const usage = { input_tokens: reply.tokens.input, output_tokens: 1 };
    yield event('message_start', { message: { ...envelope(), content: [], stop_reason: null, usage } });
    if (reply.toolCall) {
      const partial_json = JSON.stringify(block.input);
      yield event('content_block_start', { index: 0, content_block: { ...block, input: {} } });
      yield event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json } });
    } else {
      yield event('content_block_start', { index: 0, content_block: { ...block, text: '' } });
      for (const text of words(reply.text)) {
        yield event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
      }
    }
    yield event('content_block_stop', { index: 0 });
    yield event('message_delta', {
      delta: { stop_reason: stopReasonOf(reply), stop_sequence: null },
      usage: { output_tokens: reply.tokens.output },
    });
    yield event('message_stop', {});
  },
};

const isToolResult = ({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'tool_result');

const envelope = () => ({
  id: `msg_${crypto.randomUUID()}`,
  type: 'message',
  role: 'assistant',
  model: MODEL,
  stop_sequence: null,
});

const blockOf = ({ text, toolCall }) =>
  toolCall
    ? { type: 'tool_use', id: `toolu_${crypto.randomUUID()}`, name: toolCall.name, input: toolCall.arguments }
    : { type: 'text', text, citations: null };

const stopReasonOf = ({ toolCall }) => (toolCall ? 'tool_use' : 'end_turn');
