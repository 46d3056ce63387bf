// Stands in for the providers: the little of their APIs that the examples use, with the answers of plot.mjs.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatCompletions } from './chat-completions.mjs';
import { messages } from './messages.mjs';
import { reply } from './plot.mjs';
import { responses } from './responses.mjs';

const APIS = [chatCompletions, responses, messages];
/** So that there is something to see on a time line. */
const THINKING_MS = 30;
const EVENT_MS = 5;

/** Listens on a free port of this machine. */
export async function startStandIn() {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function answer(request, response) {
  const api = APIS.find(({ path }) => path === request.url);
  if (!api) return response.writeHead(404).end();
  const body = JSON.parse((await request.toArray()).join(''));
  const replied = reply(api.read(body));
  await sleep(THINKING_MS);
  if (!body.stream) {
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(api.write(replied)));
  }
  response.setHeader('content-type', 'text/event-stream');
  for (const { type, data } of api.stream(replied)) {
    const name = type === undefined ? '' : `event: ${type}\n`;
    response.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
    await sleep(EVENT_MS);
  }
  return response.end();
}
