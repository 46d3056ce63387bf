// A shop's assistant on Anthropic's Messages API: one question is answered with a tool, one in a stream.
import Anthropic from '@anthropic-ai/sdk';
import { startActiveInteraction, startActiveSession, withStep } from '@huggingplace/tracing';

const anthropic = new Anthropic();
const request = { model: 'claude-haiku-4-5', max_tokens: 1024 };
const system = "You are a shop's assistant.";

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
      if (event.type === 'content_block_delta') process.stdout.write(event.delta.text);
    }
    process.stdout.write('\n');
  },
);

async function answerWithTool(question) {
  const tools = [
    {
      name: 'get_order',
      description: 'State of an order',
      input_schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    },
  ];
  const messages = [{ role: 'user', content: question }];
  const first = await anthropic.messages.create({ ...request, system, messages, tools });
  messages.push({ role: 'assistant', content: first.content });
  const results = [];
  for (const { id, input } of first.content.filter(({ type }) => type === 'tool_use')) {
    results.push({ type: 'tool_result', tool_use_id: id, content: JSON.stringify(await getOrder(input)) });
  }
  messages.push({ role: 'user', content: results });
  const second = await anthropic.messages.create({ ...request, system, messages, tools });
  return second.content[0].text;
}

async function answerInPieces(question) {
  const handbook = await searchHandbook(question);
  return anthropic.messages.stream({
    ...request,
    system: `${system} The handbook says: ${handbook}`,
    messages: [{ role: 'user', content: question }],
  });
}
