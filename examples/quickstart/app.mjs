// The application: a shop's assistant that answers two questions of one user. It knows OpenTelemetry's API, and nothing of HuggingPlace.
import { setTimeout as sleep } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import OpenAI from 'openai';

const openai = new OpenAI();
const model = process.env.OPENAI_MODEL ?? 'gpt-4o-mini';
const tracer = trace.getTracer('quickstart');

const user = {
  'session.id': 'session-7f3a',
  'user.id': 'user-42',
  'user.email': 'ada@example.com',
  'user.roles': ['customer'],
  'huggingplace.user_metadata.plan': 'pro',
};

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_order',
      description: 'State of an order',
      parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    },
  },
];

await inSpan('ask', user, () => answerWithTool('Where is my order 1042, and can I still return it?'));
await inSpan('ask', user, () => answerInPieces('Who pays for the parcel when I return something?'));

/** Retrieval, a model call that asks for a tool, the tool, and a second call that answers. */
async function answerWithTool(question) {
  const messages = [
    { role: 'system', content: `You are a shop's assistant. The handbook says:\n${await searchHandbook(question)}` },
    { role: 'user', content: question },
  ];
  const tool_choice = { type: 'function', function: { name: 'get_order' } };
  const first = await openai.chat.completions.create({ model, messages, tools, tool_choice });
  const request = first.choices[0].message;
  messages.push(request);
  for (const call of request.tool_calls) {
    messages.push({ role: 'tool', tool_call_id: call.id, content: await getOrder(call) });
  }
  const second = await openai.chat.completions.create({ model, messages });
  console.log(second.choices[0].message.content);
}

/** The same without a tool, streamed. */
async function answerInPieces(question) {
  const messages = [
    { role: 'system', content: `You are a shop's assistant. The handbook says:\n${await searchHandbook(question)}` },
    { role: 'user', content: question },
  ];
  // Without `include_usage` OpenAI counts no tokens of a stream.
  const stream_options = { include_usage: true };
  const stream = await openai.chat.completions.create({ model, messages, stream: true, stream_options });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  process.stdout.write('\n');
}

/** No instrumentation knows our search, so it has a span of its own, with the names of OpenTelemetry's GenAI conventions. */
function searchHandbook(query) {
  const attributes = { 'gen_ai.operation.name': 'retrieval', 'gen_ai.retrieval.query.text': query };
  return inSpan('search handbook', attributes, async (span) => {
    await sleep(15);
    const documents = ['Returns are free within 30 days of delivery.', 'We pay for the parcel.'];
    span.setAttribute('gen_ai.retrieval.documents', JSON.stringify(documents));
    return documents.join('\n');
  });
}

function getOrder(call) {
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': call.function.name,
    'gen_ai.tool.call.id': call.id,
    'gen_ai.tool.call.arguments': call.function.arguments,
  };
  return inSpan('execute_tool get_order', attributes, async (span) => {
    await sleep(10);
    const order = JSON.stringify({ id: '1042', state: 'delivered', daysAgo: 3 });
    span.setAttribute('gen_ai.tool.call.result', order);
    return order;
  });
}

function inSpan(name, attributes, work) {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}
