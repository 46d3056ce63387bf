// OpenAI's Responses API, as far as the examples use it.
import { words } from './plot.mjs';

const MODEL = 'gpt-4o-mini-2024-07-18';

export const responses = {
  path: '/v1/responses',

  read: ({ input, tools = [] }) => {
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
    return {
      question: JSON.stringify(items.findLast(({ role }) => role === 'user')),
      hasTools: tools.length > 0,
      isToolAnswered: items.at(-1).type === 'function_call_output',
    };
  },

  write: (reply) => envelope({ status: 'completed', output: [itemOf(reply)], usage: usageOf(reply.tokens) }),

  *stream(reply) {
    const response = envelope({ status: 'in_progress', output: [], usage: null });
    const item = itemOf(reply);
    const at = { item_id: item.id, output_index: 0 };
    let sequence_number = 0;
    const event = (type, fields) => ({ type, data: { type, sequence_number: sequence_number++, ...fields } });

    yield event('response.created', { response });
    yield event('response.output_item.added', { output_index: 0, item: { ...item, ...started(item) } });
    if (item.type === 'function_call') {
      yield event('response.function_call_arguments.delta', { ...at, delta: item.arguments });
      yield event('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
    } else {
      const [part] = item.content;
      const ofPart = { ...at, content_index: 0 };
      yield event('response.content_part.added', { ...ofPart, part: { ...part, text: '' } });
      for (const delta of words(part.text))
        yield event('response.output_text.delta', { ...ofPart, delta, logprobs: [] });
      yield event('response.output_text.done', { ...ofPart, text: part.text, logprobs: [] });
      yield event('response.content_part.done', { ...ofPart, part });
    }
    yield event('response.output_item.done', { output_index: 0, item });
    yield event('response.completed', {
      response: { ...response, status: 'completed', output: [item], usage: usageOf(reply.tokens) },
    });
  },
};

const envelope = (fields) => ({
  id: `resp_${crypto.randomUUID()}`,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  model: MODEL,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  ...fields,
});

const itemOf = ({ text, toolCall }) =>
  toolCall
    ? {
        id: `fc_${crypto.randomUUID()}`,
        type: 'function_call',
        status: 'completed',
        call_id: `call_${crypto.randomUUID()}`,
        name: toolCall.name,
        arguments: JSON.stringify(toolCall.arguments),
      }
    : {
        id: `msg_${crypto.randomUUID()}`,
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
      };

/** What an item is when it has only begun. */
const started = ({ type }) => ({
  status: 'in_progress',
  ...(type === 'function_call' ? { arguments: '' } : { content: [] }),
});

const usageOf = ({ input, output }) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + output,
});
