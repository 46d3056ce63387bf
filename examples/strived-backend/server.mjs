// Strived's backend: questions about sales, over HTTP.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { askSales } from './ask-sales.mjs';
import { closeRecording } from './recording.mjs';
import { SalesDatabase } from './sales-database.mjs';

const MAX_QUESTION_CHARS = 2_000;

const database = await SalesDatabase.open({ timeoutMs: Number(process.env.STRIVED_SQL_TIMEOUT_MS || 2_000) });

const app = new Hono().post('/ask', async (c) => {
  const { question } = await c.req.json().catch(() => ({}));
  if (typeof question !== 'string' || question.trim() === '' || question.length > MAX_QUESTION_CHARS)
    throw new HTTPException(400, { message: `question: expected a text of 1 to ${MAX_QUESTION_CHARS} characters` });
  const asked = {
    question,
    // Names the interaction before anybody records it: whoever records it twice says so.
    messageId: randomUUID(),
    // Whose conversation it is: in a real application, from its sign-in.
    sessionId: c.req.header('x-session-id'),
    user: userFrom(c.req.header('x-user')),
  };
  return c.json({ messageId: asked.messageId, ...(await askSales(database, asked)) });
});

function userFrom(header = '{}') {
  try {
    return JSON.parse(header);
  } catch {
    throw new HTTPException(400, { message: 'x-user: expected JSON, as {"id":"u1"}' });
  }
}

app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  // Its message may repeat a question.
  console.error(`POST /ask failed: ${error.name}`);
  return c.json({ error: 'the question could not be answered; ask again later' }, 502);
});

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 0) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
server.close();
await once(server, 'close');
await closeRecording();
await database.close();
