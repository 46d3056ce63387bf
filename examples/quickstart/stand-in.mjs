// Stands in for OpenAI where there is no key: the little of its chat completions that the application uses, with two answers.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const MODEL = 'gpt-4o-mini-2024-07-18';
const ORDER_ANSWER = 'Order 1042 was delivered three days ago. You can return it, free of charge, for another 27 days.';
const PARCEL_ANSWER = 'We do: returns are free within 30 days of delivery.';

/** What each of the three calls costs. */
const USAGE = {
  toolCall: { prompt_tokens: 118, completion_tokens: 17, total_tokens: 135 },
  order: { prompt_tokens: 156, completion_tokens: 26, total_tokens: 182 },
  parcel: { prompt_tokens: 63, completion_tokens: 12, total_tokens: 75 },
};

/** Listens on a free port of this machine; `baseURL` is for the OpenAI client. */
export async function startStandIn() {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { baseURL: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.close() };
}

async function answer(request, response) {
  const body = JSON.parse((await request.toArray()).join(''));
  if (body.stream) return stream(response, PARCEL_ANSWER);
  await sleep(80);
  const isToolAnswered = body.messages.at(-1).role === 'tool';
  const completion = isToolAnswered
    ? complete({ content: ORDER_ANSWER }, 'stop', USAGE.order)
    : complete({ content: null, tool_calls: [GET_ORDER] }, 'tool_calls', USAGE.toolCall);
  response.setHeader('content-type', 'application/json').end(JSON.stringify(completion));
}

const GET_ORDER = { id: 'call_1', type: 'function', function: { name: 'get_order', arguments: '{"id":"1042"}' } };

const complete = (message, finish_reason, usage) => ({
  id: `chatcmpl-${crypto.randomUUID()}`,
  object: 'chat.completion',
  created: Math.floor(Date.now() / 1000),
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
  usage,
});

async function stream(response, text) {
  response.setHeader('content-type', 'text/event-stream');
  const id = `chatcmpl-${crypto.randomUUID()}`;
  const send = (choices, usage) => {
    const chunk = { id, object: 'chat.completion.chunk', created: 0, model: MODEL, choices, usage };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  await sleep(30);
  for (const content of text.match(/\S+\s*/g)) {
    send([{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }]);
    await sleep(10);
  }
  send([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  send([], USAGE.parcel);
  response.end('data: [DONE]\n\n');
}
