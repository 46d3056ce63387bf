/**
 * What `huggingplace-sdk` does under load, as a table for packages/sdk/README.md: 1,000 calls at once, an interaction of 10 MB, a backend that hangs, a
 * storm of 429. Each scenario counts what the backend has at the end, and fails where anything is missing.
 * `pnpm build && pnpm --filter huggingplace-tests run bench:sdk`
 */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startDevServer } from '@huggingplace/dev-server';
import { HuggingPlace, type HuggingPlaceOptions } from 'huggingplace-sdk';

interface Stored {
  readonly message_id: string;
  readonly user_prompt: string;
  readonly metaData?: { readonly truncated?: boolean };
}

/** Keeps what it answers 200; `answer` says whether it does. */
class CountingBackend {
  readonly stored = new Map<string, Stored>();
  requests = 0;
  readonly #server: Server;

  constructor(answer: (response: ServerResponse, index: number) => 'stores' | 'answered') {
    this.#server = createServer((request, response) => {
      const index = this.requests++;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        if (answer(response, index) === 'answered') return;
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Stored;
        this.stored.set(body.message_id, body);
        response.end('{}');
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const clientFor = (baseUrl: string, options: HuggingPlaceOptions = {}) =>
  new HuggingPlace({ apiKey: 'hp_local', orgId: 'local', baseUrl, ...options });

const TEXT = 'How many units did we sell last month, by region? '.repeat(20);
const interaction = (index: number) => ({
  message_id: `m${index}`,
  user_prompt: `${index} ${TEXT}`,
  ai_response: TEXT.repeat(3),
  llm_model: 'gpt-4o',
  token_count: 1_200,
});

interface Run {
  readonly elapsedMs: number;
  /** Of each call, sorted. */
  readonly latenciesMs: readonly number[];
  /** The longest time in which the event loop did not run. */
  readonly blockedMs: number;
}

async function logAtOnce(client: HuggingPlace, count: number): Promise<Run> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = performance.now();
  const latenciesMs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await client.log(interaction(index));
      return performance.now() - startMs;
    }),
  );
  const elapsedMs = performance.now() - startMs;
  delay.disable();
  return { elapsedMs, latenciesMs: latenciesMs.sort((a, b) => a - b), blockedMs: delay.max / 1e6 };
}

const rows: string[] = [
  '| scenario | stored | requests | all stored after | median, 99 % of `log()` | event loop held up |',
];
rows.push('| --- | --- | --- | --- | --- | --- |');

function report(scenario: string, expected: number, stored: number, requests: number | undefined, run: Run): void {
  if (stored !== expected) throw new Error(`${scenario}: ${stored} of ${expected} are stored`);
  const at = (share: number) => Math.round(run.latenciesMs[Math.floor((run.latenciesMs.length - 1) * share)] ?? 0);
  rows.push(
    `| ${scenario} | ${stored} of ${expected} | ${requests ?? '–'} | ${Math.round(run.elapsedMs)} ms | ${at(0.5)} ms, ${at(0.99)} ms | ${Math.round(run.blockedMs)} ms |`,
  );
}

async function onBackend(
  scenario: string,
  count: number,
  answer: (response: ServerResponse, index: number) => 'stores' | 'answered',
  options: HuggingPlaceOptions = {},
): Promise<void> {
  const backend = new CountingBackend(answer);
  const client = clientFor(await backend.listen(), options);
  const run = await logAtOnce(client, count);
  report(scenario, count, backend.stored.size, backend.requests, run);
  await client.shutdown();
  await backend.close();
}

const stores = () => 'stores' as const;
const CALLS = 1_000;

// The first requests of a process load undici and compile: they are not what is asked about.
await onBackend('warm-up', 200, stores);
rows.pop();

await onBackend('1,000 calls at once', CALLS, stores);

{
  const server = await startDevServer();
  const client = clientFor(server.url);
  const run = await logAtOnce(client, CALLS);
  const [count] = await server.database.query('SELECT count(*)::int AS n FROM chat');
  report('1,000 calls at once, the local HuggingPlace with its database', CALLS, Number(count?.['n']), undefined, run);
  await client.shutdown();
  await server.close();
}

{
  const backend = new CountingBackend(stores);
  const client = clientFor(await backend.listen());
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = performance.now();
  await client.log({
    message_id: 'large',
    user_prompt: 'Why? '.repeat(1_000_000),
    ai_response: 'Because. '.repeat(560_000),
  });
  const elapsedMs = performance.now() - startMs;
  delay.disable();
  const large = backend.stored.get('large');
  if (large?.metaData?.truncated !== true || large.user_prompt.length !== 1_048_576)
    throw new Error('not cut as stated');
  report('10 MB of text: each field cut at 1,048,576 characters, marked', 1, backend.stored.size, backend.requests, {
    elapsedMs,
    latenciesMs: [elapsedMs],
    blockedMs: delay.max / 1e6,
  });
  await client.shutdown();
  await backend.close();
}

{
  const backend = new CountingBackend(stores);
  const client = clientFor(await backend.listen(), { maxFieldChars: 16_777_216, maxPayloadBytes: 16_777_216 });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = performance.now();
  const prompt = 'Why? '.repeat(1_000_000);
  await client.log({ message_id: 'large', user_prompt: prompt, ai_response: 'Because. '.repeat(560_000) });
  const elapsedMs = performance.now() - startMs;
  delay.disable();
  if (backend.stored.get('large')?.user_prompt !== prompt) throw new Error('it has changed');
  report('the same, whole (`maxFieldChars`, `maxPayloadBytes` raised)', 1, backend.stored.size, backend.requests, {
    elapsedMs,
    latenciesMs: [elapsedMs],
    blockedMs: delay.max / 1e6,
  });
  await client.shutdown();
  await backend.close();
}

// Every 50th request is never answered.
await onBackend(
  '1,000 calls; every 50th request hangs (`timeoutMs` 500)',
  CALLS,
  (_response, index) => (index % 50 === 0 ? 'answered' : 'stores'),
  { timeoutMs: 500 },
);

{
  let stormEndMs = Infinity;
  await onBackend('1,000 calls into 5 s of 429 with `Retry-After: 1`', CALLS, (response) => {
    if (stormEndMs === Infinity) stormEndMs = performance.now() + 5_000;
    if (performance.now() >= stormEndMs) return 'stores';
    response.writeHead(429, { 'retry-after': '1' }).end('{}');
    return 'answered';
  });
}

process.stdout.write(`${rows.join('\n')}\n`);
