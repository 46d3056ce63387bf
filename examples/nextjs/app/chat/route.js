// A route that answers in a stream.
import { openai } from '@ai-sdk/openai';
import { startActiveInteraction, withStep } from '@huggingplace/tracing';
import { createTextStreamResponse, streamText, toTextStream } from 'ai';

// A function of one's own that is a step wherever it is called.
const searchHandbook = withStep(async () => 'Returns are free within 30 days of delivery.', {
  name: 'search handbook',
  type: 'retrieval',
});

export async function POST(request) {
  const { question } = await request.json();
  // Whose conversation it is: in a real application, from its sign-in.
  const sessionId = request.headers.get('x-session-id');
  const user = JSON.parse(request.headers.get('x-user'));

  // It ends where the stream of the response does, not where the function returns.
  return startActiveInteraction('chat', { sessionId, user }, () => answer(question));
}

async function answer(question) {
  const handbook = await searchHandbook(question);
  const { stream } = streamText({
    model: openai('gpt-4o-mini'),
    instructions: `You are a shop's assistant. The handbook says: ${handbook}`,
    prompt: question,
  });
  return createTextStreamResponse({ stream: toTextStream({ stream }) });
}
