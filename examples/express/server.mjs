// An Express server whose route answers in a stream.
import { startActiveInteraction, withStep } from '@huggingplace/tracing';
import express from 'express';
import OpenAI from 'openai';

const openai = new OpenAI();
const app = express();
app.use(express.json());

// A function of one's own that is a step wherever it is called.
const searchHandbook = withStep(async () => 'Returns are free within 30 days of delivery.', {
  name: 'search handbook',
  type: 'retrieval',
});

app.post('/chat', async (request, response) => {
  const { question } = request.body;
  // Whose conversation it is: in a real application, from its sign-in.
  const sessionId = request.get('x-session-id');
  const user = JSON.parse(request.get('x-user'));

  // It ends where the stream does, not where the function returns.
  const stream = await startActiveInteraction('chat', { sessionId, user }, () => answer(question));
  for await (const chunk of stream) response.write(chunk.choices[0]?.delta.content ?? '');
  response.end();
});

async function answer(question) {
  const handbook = await searchHandbook(question);
  return openai.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: `You are a shop's assistant. The handbook says: ${handbook}` },
      { role: 'user', content: question },
    ],
    stream: true,
    // Without it OpenAI counts no tokens of a stream.
    stream_options: { include_usage: true },
  });
}

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
