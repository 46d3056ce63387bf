import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { HuggingPlace } from './huggingplace.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { LogOptions } from './log-options.ts';
import { ManualClock, settled } from './testing/clock.ts';
import { StandInTransport } from './testing/transport.ts';

function simulate() {
  const clock = new ManualClock();
  const transport = new StandInTransport(clock);
  const client = new HuggingPlace({ apiKey: 'key', orgId: 7, transport }, { clock });
  return { clock, transport, client };
}

/** As the OpenAI SDK's: all its iterators come from `iterator()`. */
class SdkStream<T> implements AsyncIterable<T> {
  readonly #pieces: readonly T[];
  readonly controller = new AbortController();

  constructor(pieces: readonly T[]) {
    this.#pieces = pieces;
  }

  async *iterator(): AsyncIterator<T> {
    for (const piece of this.#pieces) {
      await settled();
      yield piece;
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.iterator();
  }

  toReadableStream(): ReadableStream<T> {
    const iterator = this.iterator();
    return new ReadableStream({
      async pull(controller) {
        const result = await iterator.next();
        if (result.done === true) controller.close();
        else controller.enqueue(result.value);
      },
    });
  }
}

async function* generate<T>(...pieces: readonly T[]): AsyncGenerator<T> {
  for (const piece of pieces) {
    await settled();
    yield piece;
  }
}

async function readAll(stream: AnswerStream): Promise<unknown[]> {
  const pieces: unknown[] = [];
  for await (const piece of stream as AsyncIterable<unknown>) pieces.push(piece);
  return pieces;
}

const bytes = (text: string) => new TextEncoder().encode(text);

const STREAMS: [string, () => AnswerStream, unknown[]][] = [
  ['a generator of texts', () => generate('Be', 'cause.'), ['Be', 'cause.']],
  [
    'Chat Completions',
    () => new SdkStream([{ choices: [{ delta: { content: 'Be' } }] }, { choices: [{ delta: { content: 'cause.' } }] }]),
    [{ choices: [{ delta: { content: 'Be' } }] }, { choices: [{ delta: { content: 'cause.' } }] }],
  ],
  [
    'Responses',
    () =>
      generate(
        { type: 'response.reasoning_text.delta', delta: 'hm' },
        { type: 'response.output_text.delta', delta: 'Because.' },
      ),
    [
      { type: 'response.reasoning_text.delta', delta: 'hm' },
      { type: 'response.output_text.delta', delta: 'Because.' },
    ],
  ],
  [
    'Anthropic',
    () => generate({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Because.' } }),
    [{ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Because.' } }],
  ],
  ['a ReadableStream of texts', () => ReadableStream.from(['Be', 'cause.']), ['Be', 'cause.']],
  [
    'a ReadableStream of bytes, cut within a character',
    () => ReadableStream.from([bytes('Be').slice(0, 1), bytes('ecause.')]),
    [bytes('B'), bytes('ecause.')],
  ],
  ['a Node stream', () => Readable.from(['Be', 'cause.']), ['Be', 'cause.']],
];

describe('a streamed answer', () => {
  it.each(STREAMS)('%s passes untouched, and its text is the answer', async (_name, start, pieces) => {
    const { client, transport } = simulate();
    const { stream, logged } = client.logStream({ user_prompt: 'Why?', message_id: 'm1' }, start());
    expect(await readAll(stream)).toEqual(pieces);
    expect(await logged).toEqual({ messageId: 'm1', status: 'stored' });
    expect(transport.stored).toMatchObject([{ user_prompt: 'Why?', ai_response: 'Because.' }]);
  });

  it('stays the object that its SDK made, whichever way it is read', async () => {
    const { client, transport } = simulate();
    const given = new SdkStream(['Because.']);
    const { stream, logged } = client.logStream({}, given);
    expect(stream).toBe(given);
    expect(stream.controller).toBeInstanceOf(AbortController);
    expect(await readAll(stream.toReadableStream())).toEqual(['Because.']);
    await logged;
    expect(transport.stored).toMatchObject([{ ai_response: 'Because.' }]);
  });

  it.each<[string, (simulated: ReturnType<typeof simulate>) => Promise<unknown>]>([
    ['the client is shut down', ({ client }) => client.shutdown()],
    ['nobody has asked for more of it in ten minutes', ({ clock }) => clock.advance(600_000)],
  ])('that is still being read when %s is stored as far as it has come', async (_name, pass) => {
    const simulated = simulate();
    const { stream, logged } = simulated.client.logStream({ user_prompt: 'Why?' }, generate('Be', 'cause.'));
    const iterator = stream[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 'Be' });
    await simulated.clock.advance(599_999);
    expect(simulated.transport.stored).toEqual([]);
    expect(await iterator.next()).toEqual({ done: false, value: 'cause.' });
    await simulated.clock.advance(599_999);
    expect(simulated.transport.stored).toEqual([]);
    await pass(simulated);
    expect(await logged).toMatchObject({ status: 'stored' });
    const interaction = { user_prompt: 'Why?', ai_response: 'Because.', metaData: { incomplete: true } };
    expect(simulated.transport.stored).toMatchObject([interaction]);
    // Its reader does not notice, and it is stored once.
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(simulated.client.stats()).toMatchObject({ seen: 1, delivered: 1 });
  });

  it('is listened to even where it can’t be changed', async () => {
    const { client, transport } = simulate();
    const { stream, logged } = client.logStream({}, Object.freeze(new SdkStream(['Because.'])));
    expect(await readAll(stream)).toEqual(['Because.']);
    await logged;
    expect(transport.stored).toMatchObject([{ ai_response: 'Because.' }]);
  });

  it.each<[string, (source: AsyncGenerator<string>) => AnswerStream]>([
    ['an iterable', (source) => source],
    ['a ReadableStream', (source) => ReadableStream.from(source)],
  ])('%s is timed to the first text and to the end', async (_name, make) => {
    const { client, transport, clock } = simulate();
    async function* source() {
      await clock.advance(300);
      yield '';
      await clock.advance(200);
      yield 'Because.';
      await clock.advance(2_000);
    }
    const { stream, logged } = client.logStream({ metaData: { a: 1 } }, make(source()));
    await readAll(stream);
    await logged;
    expect(transport.stored).toMatchObject([
      {
        response_time: '0 min 2.50 sec',
        metaData: { a: 1, time_to_first_token_ms: 500, response_time_ms: 2_500 },
      },
    ]);
  });

  it('is read no sooner than its reader asks', async () => {
    let produced = 0;
    async function* source() {
      for (; produced < 5; produced++) {
        await settled();
        yield 'x';
      }
    }
    const { client } = simulate();
    const { stream } = client.logStream({}, ReadableStream.from(source()));
    await settled();
    const before = produced;
    const reader = stream.getReader();
    await reader.read();
    expect(before).toBeLessThanOrEqual(1);
    expect(produced).toBeLessThanOrEqual(2);
    await reader.cancel();
  });

  it.each<[string, (source: AsyncGenerator<string>) => AnswerStream]>([
    ['an iterable', (source) => source],
    ['a ReadableStream', (source) => ReadableStream.from(source)],
  ])('%s that its reader leaves is stored as far as it came, and its source is told', async (_name, make) => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) {
          await settled();
          yield 'x';
        }
      } finally {
        isClosed = true;
      }
    }
    const { client, transport } = simulate();
    const { stream, logged } = client.logStream({}, make(source()));
    for await (const _ of stream as AsyncIterable<string>) break;
    await logged;
    expect(isClosed).toBe(true);
    expect(transport.stored).toMatchObject([{ ai_response: 'x', metaData: { incomplete: true } }]);
  });

  it.each<[string, (source: AsyncGenerator<string>) => AnswerStream]>([
    ['an iterable', (source) => source],
    ['a ReadableStream', (source) => ReadableStream.from(source)],
  ])('%s that fails is stored with the error, which its reader gets', async (_name, make) => {
    const failure = new Error('cut off');
    async function* source() {
      yield await Promise.resolve('Be');
      throw failure;
    }
    const { client, transport } = simulate();
    const { stream, logged } = client.logStream({}, make(source()));
    await expect(readAll(stream)).rejects.toBe(failure);
    await logged;
    expect(transport.stored).toMatchObject([
      { ai_response: 'Be', metaData: { error: true, errorMessage: 'cut off', errorType: 'Error' } },
    ]);
  });

  it('may say at its end what is known only then', async () => {
    const { client, transport } = simulate();
    let tokens = 0;
    async function* source() {
      yield await Promise.resolve('Because.');
      tokens = 12;
    }
    const read = (): LogOptions => ({ user_prompt: 'Why?', token_count: tokens });
    const { stream, logged } = client.logStream(read, source());
    await readAll(stream);
    await logged;
    expect(transport.stored).toMatchObject([{ token_count: 12 }]);
  });

  it('of logWithTiming is timed from the call on, and stored when it has been read', async () => {
    const { client, transport, clock } = simulate();
    const stream = await client.logWithTiming('Why?', async () => {
      await clock.advance(1_000);
      return generate('Because.');
    });
    expect(transport.stored).toEqual([]);
    expect(await readAll(stream)).toEqual(['Because.']);
    await settled();
    expect(transport.stored).toMatchObject([
      { user_prompt: 'Why?', ai_response: 'Because.', metaData: { time_to_first_token_ms: 1_000 } },
    ]);
  });

  it('keeps no more of a long answer than a field may have', async () => {
    const clock = new ManualClock();
    const transport = new StandInTransport(clock);
    const client = new HuggingPlace({ apiKey: 'key', orgId: 7, transport, maxFieldChars: 100 }, { clock });
    const { stream, logged } = client.logStream({}, generate(...Array.from({ length: 50 }, () => 'xxxxxxxxxx')));
    expect(await readAll(stream)).toHaveLength(50);
    await logged;
    expect(transport.stored).toMatchObject([{ ai_response: `${'x'.repeat(99)}…`, metaData: { truncated: true } }]);
  });

  it('is recorded once, however often it is iterated, and an error thrown into it is recorded', async () => {
    const { client, transport } = simulate();
    const again = client.logStream({ message_id: 'again' }, new SdkStream(['Because.']));
    await readAll(again.stream);
    await readAll(again.stream);
    await again.logged;
    const thrown = client.logStream({ message_id: 'thrown' }, generate('Because.'));
    const iterator = thrown.stream[Symbol.asyncIterator]();
    const failure = new Error('stop');
    await expect(iterator.throw(failure)).rejects.toBe(failure);
    await thrown.logged;
    expect(transport.stored).toMatchObject([
      { message_id: 'again', ai_response: 'Because.' },
      { message_id: 'thrown', metaData: { error: true, errorMessage: 'stop' } },
    ]);
  });

  it('is refused where it is none', () => {
    expect(() => simulate().client.logStream({}, 'Because.' as never)).toThrow('expected an async iterable');
  });
});
