// A shop's assistant on LangChain: an agent answers one question with a tool, a chain the other in a stream.
import { startActiveInteraction, startActiveSession, withStep } from '@huggingplace/tracing';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { z } from 'zod';

const model = new ChatOpenAI({ model: 'gpt-4o-mini' });
const systemPrompt = "You are a shop's assistant.";

const getOrder = tool(({ id }) => JSON.stringify({ id, state: 'delivered', daysAgo: 3 }), {
  name: 'get_order',
  description: 'State of an order',
  schema: z.object({ id: z.string() }),
});
const agent = createAgent({ model, tools: [getOrder], systemPrompt });

const chain = ChatPromptTemplate.fromMessages([
  ['system', `${systemPrompt} The handbook says: {handbook}`],
  ['user', '{question}'],
])
  .pipe(model)
  .pipe(new StringOutputParser());

// A function of one's own that is a step wherever it is called. LangChain's tools and retrievers are steps anyway.
const searchHandbook = withStep(async () => 'Returns are free within 30 days of delivery.', {
  name: 'search handbook',
  type: 'retrieval',
});

// What happens in here belongs to this conversation of this user.
await startActiveSession(
  { sessionId: 'session-7f3a', user: { id: 'user-42', email: 'ada@example.com', roles: ['customer'] } },
  async () => {
    // A run of an agent is an interaction by itself.
    const { messages } = await agent.invoke({
      messages: [{ role: 'user', content: 'Where is my order 1042, and can I still return it?' }],
    });
    console.log(messages.at(-1).content);

    // This makes one of a search and a chain. It ends where the stream does, not where the function returns.
    const question = 'Who pays for the parcel when I return something?';
    const stream = await startActiveInteraction('parcel', { userPrompt: question }, async () => {
      const handbook = await searchHandbook(question);
      return chain.stream({ question, handbook });
    });
    for await (const text of stream) process.stdout.write(text);
    process.stdout.write('\n');
  },
);
