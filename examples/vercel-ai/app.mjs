// A shop's assistant on Vercel's AI SDK: one question is answered with a tool, one in a stream.
import { openai } from '@ai-sdk/openai';
import { startActiveInteraction, startActiveSession, withStep } from '@huggingplace/tracing';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';

const model = openai('gpt-4o-mini');
const instructions = "You are a shop's assistant.";

const tools = {
  get_order: tool({
    description: 'State of an order',
    inputSchema: z.object({ id: z.string() }),
    execute: ({ id }) => ({ id, state: 'delivered', daysAgo: 3 }),
  }),
};

// A function of one's own that is a step wherever it is called. The AI SDK's tools are steps anyway.
const searchHandbook = withStep(async () => 'Returns are free within 30 days of delivery.', {
  name: 'search handbook',
  type: 'retrieval',
});

// What happens in here belongs to this conversation of this user.
await startActiveSession(
  { sessionId: 'session-7f3a', user: { id: 'user-42', email: 'ada@example.com', roles: ['customer'] } },
  async () => {
    // A generation is an interaction by itself, however many steps it takes.
    const { text } = await generateText({
      model,
      instructions,
      prompt: 'Where is my order 1042, and can I still return it?',
      tools,
      stopWhen: isStepCount(5),
    });
    console.log(text);

    // This makes one of a search and a generation. It ends where the stream does, not where the function returns.
    const question = 'Who pays for the parcel when I return something?';
    const { textStream } = await startActiveInteraction('parcel', async () => {
      const handbook = await searchHandbook(question);
      return streamText({ model, instructions: `${instructions} The handbook says: ${handbook}`, prompt: question });
    });
    for await (const piece of textStream) process.stdout.write(piece);
    process.stdout.write('\n');
  },
);
