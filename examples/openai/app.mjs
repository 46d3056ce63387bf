// A shop's assistant on OpenAI's Responses API: one question is answered with a tool, one in a stream.
import { startActiveInteraction, startActiveSession, withStep } from '@huggingplace/tracing';
import OpenAI from 'openai';

const openai = new OpenAI();
const model = 'gpt-4o-mini';
const instructions = "You are a shop's assistant.";

// Functions of one's own that are steps wherever they are called.
const getOrder = withStep(async ({ id }) => ({ id, state: 'delivered', daysAgo: 3 }), {
  name: 'get_order',
  type: 'tool',
});
const searchHandbook = withStep(async () => 'Returns are free within 30 days of delivery.', {
  name: 'search handbook',
  type: 'retrieval',
});

// What happens in here belongs to this conversation of this user.
await startActiveSession(
  { sessionId: 'session-7f3a', user: { id: 'user-42', email: 'ada@example.com', roles: ['customer'] } },
  async () => {
    // One question, one record, however many calls and steps its answer takes.
    const answer = await startActiveInteraction('order', () =>
      answerWithTool('Where is my order 1042, and can I still return it?'),
    );
    console.log(answer);

    // It ends where the stream does, not where the function returns.
    const stream = await startActiveInteraction('parcel', () =>
      answerInPieces('Who pays for the parcel when I return something?'),
    );
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
    }
    process.stdout.write('\n');
  },
);

async function answerWithTool(question) {
  const tools = [
    {
      type: 'function',
      name: 'get_order',
      description: 'State of an order',
      parameters: {
        type: 'object',
        properties: { id: { type: 'string' } },
        required: ['id'],
        additionalProperties: false,
      },
      strict: true,
    },
  ];
  const input = [{ role: 'user', content: question }];
  const first = await openai.responses.create({ model, instructions, input, tools });
  input.push(...first.output);
  for (const call of first.output.filter(({ type }) => type === 'function_call')) {
    const order = await getOrder(JSON.parse(call.arguments));
    input.push({ type: 'function_call_output', call_id: call.call_id, output: JSON.stringify(order) });
  }
  const second = await openai.responses.create({ model, instructions, input, tools });
  return second.output_text;
}

async function answerInPieces(question) {
  const handbook = await searchHandbook(question);
  return openai.responses.create({
    model,
    instructions: `${instructions} The handbook says: ${handbook}`,
    input: question,
    stream: true,
  });
}
