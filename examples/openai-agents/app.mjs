// A shop's assistant on OpenAI's Agents SDK: one run uses a tool, one is streamed.
import { startActiveInteraction, startActiveSession, withStep } from '@huggingplace/tracing';
import { Agent, run, tool } from '@openai/agents';
import { z } from 'zod';

const getOrder = tool({
  name: 'get_order',
  description: 'State of an order',
  parameters: z.object({ id: z.string() }),
  execute: ({ id }) => ({ id, state: 'delivered', daysAgo: 3 }),
});
const agent = new Agent({
  name: 'Assistant',
  model: 'gpt-4o-mini',
  instructions: "You are a shop's assistant.",
  tools: [getOrder],
});

// A function of one's own that is a step wherever it is called. An agent's tools are steps anyway.
const searchHandbook = withStep(async () => 'Returns are free within 30 days of delivery.', {
  name: 'search handbook',
  type: 'retrieval',
});

// What happens in here belongs to this conversation of this user.
await startActiveSession(
  { sessionId: 'session-7f3a', user: { id: 'user-42', email: 'ada@example.com', roles: ['customer'] } },
  async () => {
    // A run is an interaction by itself.
    const { finalOutput } = await run(agent, 'Where is my order 1042, and can I still return it?');
    console.log(finalOutput);

    // This makes one of a search and a run, and says what the user asked, for the model is sent more than that.
    const question = 'Who pays for the parcel when I return something?';
    const stream = await startActiveInteraction('parcel', { userPrompt: question }, async () => {
      const handbook = await searchHandbook(question);
      return run(agent, `${question}\n\nThe handbook says: ${handbook}`, { stream: true });
    });
    // It ends where the stream does, not where the function returned.
    for await (const text of stream.toTextStream()) process.stdout.write(text);
    await stream.completed;
    process.stdout.write('\n');
  },
);
