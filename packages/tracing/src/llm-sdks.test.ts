/* eslint-disable @typescript-eslint/no-deprecated -- applications on AI SDK 5 and 6 call these, and they are still there in 7 */
/** Results of real LLM SDKs, against a server of our own: the application gets what it would get without us. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import type { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
import { FakeListChatModel } from '@langchain/core/utils/testing';
import { Agent, Runner, setTracingDisabled } from '@openai/agents-core';
import type { Model } from '@openai/agents-core';
import { SpanStatusCode } from '@opentelemetry/api';
import { createTextStreamResponse, simulateReadableStream, streamText, toTextStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import OpenAI from 'openai';
import { APIPromise } from 'openai/core/api-promise';
import { Stream } from 'openai/core/streaming';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startActiveInteraction, startActiveStep } from './index.ts';
import { drain, readOne, registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

/** Anthropic's SDK makes spans of its own. */
const names = () =>
  sdk
    .ended()
    .map((span) => span.name)
    .filter((name) => !name.startsWith('anthropic.'));
const answer = () => sdk.span('answer').attributes['huggingplace.ai_response'];

const TEXTS = ['Hel', 'lo', ' there'];
const CHAT_CHUNKS = [
  { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
  ...TEXTS.map((content) => ({ choices: [{ index: 0, delta: { content } }] })),
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
].map((chunk) => ({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', ...chunk }));
const RESPONSE_EVENTS = [
  { type: 'response.created', response: { id: 'r1', output: [], status: 'in_progress' } },
  { type: 'response.reasoning_summary_text.delta', delta: 'thinking', item_id: 'i0', output_index: 0 },
  ...TEXTS.map((delta) => ({
    type: 'response.output_text.delta',
    delta,
    item_id: 'i1',
    output_index: 0,
    content_index: 0,
  })),
];
const MESSAGE_EVENTS = [
  {
    type: 'message_start',
    message: {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      usage: { input_tokens: 3, output_tokens: 0 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ...TEXTS.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
];

let server: Server;
let baseURL: string;

beforeAll(async () => {
  server = createServer(
    (request, response) =>
      void reply(request).then(({ status = 200, type, body }) =>
        response.writeHead(status, { 'content-type': type }).end(body),
      ),
  );
  await new Promise<void>((resolve) => server.listen(0, resolve));
  baseURL = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function reply(request: IncomingMessage): Promise<{ status?: number; type: string; body: string }> {
  const { model, stream } = JSON.parse(Buffer.concat(await drain(request as AsyncIterable<Buffer>)).toString()) as {
    model: string;
    stream?: boolean;
  };
  if (model === 'unknown')
    return { status: 404, type: 'application/json', body: '{"error":{"message":"no such model"}}' };
  if (!stream)
    return {
      type: 'application/json',
      body: JSON.stringify({
        id: 'c1',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' } }],
      }),
    };
  const events = request.url?.startsWith('/chat')
    ? CHAT_CHUNKS
    : request.url?.startsWith('/responses')
      ? RESPONSE_EVENTS
      : MESSAGE_EVENTS;
  return {
    type: 'text/event-stream',
    body:
      events
        .map((event) => `event: ${'type' in event ? event.type : 'message'}\ndata: ${JSON.stringify(event)}\n\n`)
        .join('') + (events === CHAT_CHUNKS ? 'data: [DONE]\n\n' : ''),
  };
}

const openai = () => new OpenAI({ apiKey: 'key', baseURL, maxRetries: 0 });
const anthropic = () => new Anthropic({ apiKey: 'key', baseURL, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'hi' }];

describe('OpenAI', () => {
  const create = () => openai().chat.completions.create({ model: 'm', messages, stream: true });

  it('an APIPromise stays one, and its stream ends the span', async () => {
    const promise = startActiveInteraction('answer', create);
    expect(promise).toBeInstanceOf(APIPromise);
    const stream = await promise;
    expect(stream).toBeInstanceOf(Stream);
    expect(names()).toEqual([]);
    expect(await drain(stream)).toEqual(CHAT_CHUNKS);
    expect(answer()).toBe('Hello there');
  });

  it.each<[string, (promise: ReturnType<typeof create>) => Promise<unknown>]>([
    [
      'withResponse()',
      async (promise) => {
        const { data, response } = await promise.withResponse();
        expect(response.status).toBe(200);
        await drain(data);
      },
    ],
    ['then()', (promise) => promise.then(drain)],
    ['finally()', async (promise) => drain(await promise.finally(() => undefined))],
    [
      'tee()',
      async (promise) => {
        const [one, other] = (await promise).tee();
        expect(await Promise.all([drain(one), drain(other)])).toEqual([CHAT_CHUNKS, CHAT_CHUNKS]);
      },
    ],
    [
      'toReadableStream()',
      async (promise) => {
        const copy = Stream.fromReadableStream((await promise).toReadableStream(), new AbortController());
        expect(await drain(copy)).toEqual(CHAT_CHUNKS);
      },
    ],
  ])('a stream read by %s is read to its end', async (_, read) => {
    await read(startActiveInteraction('answer', create));
    expect(names()).toEqual(['answer']);
    expect(answer()).toBe('Hello there');
  });

  it('a stream that is left aborts its request, and has ended', async () => {
    const stream = await startActiveInteraction('answer', async () => create());
    await readOne(stream);
    expect(stream.controller.signal.aborted).toBe(true);
    expect(sdk.span('answer').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('asResponse() gives the raw response', async () => {
    const response = await startActiveInteraction('answer', create).asResponse();
    expect(names()).toEqual([]);
    expect(await response.text()).toContain('data: [DONE]');
    expect(names()).toEqual(['answer']);
  });

  it('a completion is kept as the output of a step', async () => {
    const completion = await startActiveStep('answer', () =>
      openai().chat.completions.create({ model: 'm', messages }),
    );
    expect(completion.choices[0]?.message.content).toBe('Hello there');
    expect(sdk.span('answer').attributes['huggingplace.step.output']).toContain('"content":"Hello there"');
  });

  it('an error is the one that the SDK throws', async () => {
    const promise = startActiveInteraction('answer', () =>
      openai().chat.completions.create({ model: 'unknown', messages }),
    );
    await expect(promise).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(sdk.span('answer').status).toEqual({ code: SpanStatusCode.ERROR, message: '404 no such model' });
  });

  it.each<[string, (stream: ChatCompletionStream) => Promise<unknown>]>([
    ['finalContent()', async (stream) => expect(await stream.finalContent()).toBe('Hello there')],
    ['for await', async (stream) => expect(await drain(stream)).toEqual(CHAT_CHUNKS)],
    ['events', (stream) => new Promise<void>((resolve) => stream.on('end', resolve))],
  ])('a ChatCompletionStream read by %s ends the span', async (_, read) => {
    const stream = startActiveInteraction('answer', () => openai().chat.completions.stream({ model: 'm', messages }));
    expect(stream).toBeInstanceOf(ChatCompletionStream);
    await read(stream);
    expect(names()).toEqual(['answer']);
    expect(answer()).toBe('Hello there');
  });

  it('a ChatCompletionStream that fails is failed; one that is aborted has ended', async () => {
    const failing = startActiveInteraction('failing', () =>
      openai().chat.completions.stream({ model: 'unknown', messages }),
    );
    await expect(failing.done()).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(sdk.span('failing').status.message).toBe('404 no such model');

    const aborted = startActiveInteraction('aborted', () => openai().chat.completions.stream({ model: 'm', messages }));
    aborted.abort();
    await expect(aborted.done()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(sdk.span('aborted').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('the stream of the Responses API keeps its text, not its reasoning', async () => {
    await drain(
      await startActiveInteraction('answer', () =>
        openai().responses.create({ model: 'm', input: 'hi', stream: true }),
      ),
    );
    expect(answer()).toBe('Hello there');
  });
});

describe('Anthropic', () => {
  const request = { model: 'm', max_tokens: 9, messages };

  it('a stream of events keeps its text', async () => {
    const stream = await startActiveInteraction('answer', () =>
      anthropic().messages.create({ ...request, stream: true }),
    );
    expect(await drain(stream)).toEqual(MESSAGE_EVENTS);
    expect(answer()).toBe('Hello there');
  });

  it.each<[string, (stream: MessageStream) => Promise<unknown>]>([
    ['finalText()', async (stream) => expect(await stream.finalText()).toBe('Hello there')],
    ['for await', async (stream) => expect(await drain(stream)).toHaveLength(MESSAGE_EVENTS.length)],
    ['events', (stream) => new Promise<void>((resolve) => stream.on('end', resolve))],
  ])('a MessageStream read by %s ends the span', async (_, read) => {
    await read(startActiveInteraction('answer', () => anthropic().messages.stream(request)));
    expect(names()).toEqual(['answer']);
    expect(answer()).toBe('Hello there');
  });
});

describe('the AI SDK', () => {
  const model = () =>
    new MockLanguageModelV4({
      doStream: () =>
        Promise.resolve({
          stream: simulateReadableStream({
            chunks: [
              { type: 'text-start' as const, id: '1' },
              ...TEXTS.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
              { type: 'text-end' as const, id: '1' },
              {
                type: 'finish' as const,
                finishReason: { unified: 'stop' as const, raw: 'stop' },
                usage: {
                  inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
                  outputTokens: { total: 2, text: 2, reasoning: 0 },
                },
              },
            ],
          }),
        }),
    });
  const generate = () => streamText({ model: model(), prompt: 'hi' });
  type Result = ReturnType<typeof generate>;

  it.each<[string, (result: Result) => Promise<unknown>]>([
    ['textStream', async ({ textStream }) => expect(await drain(textStream)).toEqual(TEXTS)],
    ['fullStream', async ({ fullStream }) => drain(fullStream)],
    [
      'a response made of its stream',
      async ({ stream }) =>
        expect(await createTextStreamResponse({ stream: toTextStream({ stream }) }).text()).toBe('Hello there'),
    ],
    ['text', async ({ text }) => expect(await text).toBe('Hello there')],
    [
      'toTextStreamResponse()',
      async (result) => expect(await result.toTextStreamResponse().text()).toBe('Hello there'),
    ],
    [
      'toUIMessageStreamResponse()',
      async (result) => expect(await result.toUIMessageStreamResponse().text()).toContain('"delta":" there"'),
    ],
    [
      'consumeStream() beside a response',
      async (result) => {
        void result.consumeStream();
        expect(await result.toTextStreamResponse().text()).toBe('Hello there');
      },
    ],
  ])('a result read by %s is the SDK’s own, and ends the span', async (_, read) => {
    const given = generate();
    const result = startActiveInteraction('answer', () => given);
    expect(result).toBe(given);
    expect(names()).toEqual([]);
    await read(result);
    // `text` is there before the stream that it comes from has been read to its end.
    await vi.waitFor(() => expect(names()).toEqual(['answer']));
    expect(answer()).toBe('Hello there');
    expect((await result.usage).inputTokens).toBe(3);
  });

  it('the response that a route returns ends the span', async () => {
    const response = startActiveInteraction('answer', () => generate().toTextStreamResponse());
    expect(names()).toEqual([]);
    expect(await response.text()).toBe('Hello there');
    expect(answer()).toBe('Hello there');
  });
});

it('LangChain: a stream of chunks keeps its text', async () => {
  const stream = await startActiveInteraction('answer', () =>
    new FakeListChatModel({ responses: ['Hello there'] }).stream('hi'),
  );
  const chunks = await drain(stream);
  expect(chunks.map((chunk) => chunk.text).join('')).toBe('Hello there');
  expect(answer()).toBe('Hello there');
});

describe('OpenAI Agents', () => {
  setTracingDisabled(true);
  const model: Model = {
    getResponse: () => Promise.reject(new Error('not used')),
    async *getStreamedResponse() {
      await Promise.resolve();
      for (const delta of TEXTS) yield { type: 'output_text_delta', delta };
      yield {
        type: 'response_done',
        response: {
          id: 'r1',
          usage: { inputTokens: 3, outputTokens: 3, totalTokens: 6 },
          output: [
            {
              type: 'message',
              role: 'assistant',
              status: 'completed',
              id: 'i1',
              content: [{ type: 'output_text', text: 'Hello there' }],
            },
          ],
        },
      };
    },
  };
  const run = () => new Runner({ model }).run(new Agent({ name: 'agent' }), 'hi', { stream: true });

  it.each<[string, (result: Awaited<ReturnType<typeof run>>) => Promise<unknown>]>([
    ['for await', drain],
    ['toTextStream()', async (result) => expect((await drain(result.toTextStream())).join('')).toBe('Hello there')],
    ['toStream()', async (result) => drain(result.toStream())],
  ])('a run read by %s ends the span', async (_, read) => {
    const result = await startActiveInteraction('answer', run);
    expect(names()).toEqual([]);
    await read(result);
    expect(names()).toEqual(['answer']);
    expect(answer()).toBe('Hello there');
    await result.completed;
    expect(result.finalOutput).toBe('Hello there');
  });
});
