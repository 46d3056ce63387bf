import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startActiveInteraction, startActiveStep } from './index.ts';
import { drain, readOne, registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

const output = () => sdk.span('step').attributes['huggingplace.step.output'];
const activeSpanId = () => trace.getActiveSpan()?.spanContext().spanId;
const names = () => sdk.ended().map((span) => span.name);

/** Gives its pieces one by one, and notes in which span it was asked for each. */
function source(pieces: readonly string[], pulledIn: (string | undefined)[] = []): ReadableStream<string> {
  const left = [...pieces];
  return new ReadableStream<string>(
    {
      async pull(controller) {
        pulledIn.push(activeSpanId());
        await Promise.resolve();
        const piece = left.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
}

const WAYS: [string, (stream: ReadableStream<string>) => Promise<string>][] = [
  [
    'a reader',
    async (stream) => {
      const reader = stream.getReader();
      let read = '';
      for (let next = await reader.read(); !next.done; next = await reader.read()) read += next.value;
      reader.releaseLock();
      return read;
    },
  ],
  ['for await', async (stream) => (await drain(stream)).join('')],
  [
    'values()',
    async (stream) => {
      let read = '';
      for await (const piece of stream.values()) read += piece;
      return read;
    },
  ],
  [
    'pipeTo',
    async (stream) => {
      let read = '';
      await stream.pipeTo(new WritableStream({ write: (piece: string) => void (read += piece) }));
      return read;
    },
  ],
  ['pipeThrough', async (stream) => new Response(stream.pipeThrough(new TextEncoderStream())).text()],
  [
    'tee',
    async (stream) => {
      const [one, other] = stream.tee();
      const read = (await drain(one)).join('');
      expect((await drain(other)).join('')).toBe(read);
      return read;
    },
  ],
  ['a Node.js stream', async (stream) => text(Readable.fromWeb(stream as never))],
];

describe.each(WAYS)('a ReadableStream read by %s', (_, read) => {
  it('is the one that the callback returned; it keeps its output, its end and the context of its pulls', async () => {
    const pulledIn: (string | undefined)[] = [];
    let given: unknown;
    const stream = startActiveStep('step', () => {
      const made = source(['one ', 'two'], pulledIn);
      given = made;
      return made;
    });
    expect(stream).toBe(given);
    expect(names()).toEqual([]);

    expect(await read(stream)).toBe('one two');
    expect(output()).toBe('one two');
    expect(new Set(pulledIn)).toEqual(new Set([sdk.span('step').spanContext().spanId]));
  });

  it('is failed where it fails', async () => {
    const failure = new Error('broken');
    let count = 0;
    const stream = startActiveStep(
      'step',
      () =>
        new ReadableStream<string>(
          {
            pull(controller) {
              count += 1;
              if (count === 1) controller.enqueue('one');
              else controller.error(failure);
            },
          },
          { highWaterMark: 0 },
        ),
    );
    await expect(read(stream)).rejects.toThrow('broken');
    expect(sdk.span('step').status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    expect(output()).toBe('one');
  });
});

describe('a ReadableStream', () => {
  it('that is cancelled has ended, whoever cancels it, and its source knows why', async () => {
    const reasons: unknown[] = [];
    const stream = (name: string) =>
      startActiveStep(
        name,
        () =>
          new ReadableStream<string>({
            pull: (controller) => controller.enqueue('x'),
            cancel: (reason) => void reasons.push(reason),
          }),
      );

    await stream('itself').cancel('a');
    await stream('reader').getReader().cancel('b');
    await readOne(stream('loop'));
    const [one, other] = stream('branches').tee();
    await Promise.all([one.cancel('c'), other.cancel('d')]);
    expect(reasons).toEqual(['a', 'b', undefined, ['c', 'd']]);
    expect(names()).toEqual(['itself', 'reader', 'loop', 'branches']);
    expect(sdk.ended().every((span) => span.status.code === SpanStatusCode.UNSET)).toBe(true);
  });

  it('can be read on after a part, by another reader', async () => {
    const stream = startActiveStep('step', () => source(['one ', 'two ', 'three']));
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    await readOne(stream.values({ preventCancel: true }));
    expect(stream.locked).toBe(false);
    expect(names()).toEqual([]);
    expect(await drain(stream)).toEqual(['three']);
    expect(names()).toEqual(['step']);
  });

  it('of bytes is read into the reader’s own buffer', async () => {
    const stream = startActiveStep(
      'step',
      () =>
        new ReadableStream({
          type: 'bytes',
          pull: (controller) => {
            controller.enqueue(new Uint8Array([1, 2, 3]));
            controller.close();
          },
        }),
    );
    const reader = stream.getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(8));
    expect(value).toEqual(new Uint8Array([1, 2, 3]));
    expect(await reader.read(new Uint8Array(8))).toMatchObject({ done: true });
    expect(names()).toEqual(['step']);
  });

  it('that somebody reads already can’t be listened to, and does not hold the span', () => {
    const stream = source(['one']);
    stream.getReader();
    startActiveStep('step', () => stream);
    expect(names()).toEqual(['step']);
  });
});

describe('a Response', () => {
  it.each([
    ['text()', (response: Response) => response.text()],
    ['arrayBuffer()', async (response: Response) => Buffer.from(await response.arrayBuffer()).toString()],
    ['its body', async (response: Response) => Buffer.concat(await drain(response.body!)).toString()],
    [
      'a clone',
      async (response: Response) => {
        const clone = response.clone();
        expect(await response.text()).toBe('höflich');
        return clone.text();
      },
    ],
  ])('read by %s is the one that the callback returned, and keeps its text and its end', async (_, read) => {
    const bytes = new TextEncoder().encode('höflich');
    // Cut within a character.
    const body = () =>
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(bytes.slice(0, 2));
          controller.enqueue(bytes.slice(2));
          controller.close();
        },
      });
    const given = new Response(body(), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
    const response = startActiveInteraction('step', () => given);
    expect(response).toBe(given);
    expect(names()).toEqual([]);
    expect(await read(response)).toBe('höflich');
    expect(sdk.span('step').attributes['huggingplace.ai_response']).toBe('höflich');
  });

  it('without a body has ended', () => {
    startActiveInteraction('step', () => new Response(null, { status: 204 }));
    expect(names()).toEqual(['step']);
  });

  it('of another type than text keeps nothing: events and JSON are no answer', async () => {
    const response = startActiveInteraction(
      'step',
      () => new Response('data: {}\n\n', { headers: { 'content-type': 'text/event-stream' } }),
    );
    await response.text();
    expect(sdk.span('step').attributes).not.toHaveProperty('huggingplace.ai_response');
  });

  it('that came from a server by fetch is streamed through', async () => {
    const server = createServer((_, reply) => {
      reply.setHeader('content-type', 'text/plain');
      reply.write('one ');
      setImmediate(() => reply.end('two'));
    }).listen(0);
    try {
      const { port } = server.address() as AddressInfo;
      const response = await startActiveInteraction('step', () => fetch(`http://localhost:${port}`));
      expect(names()).toEqual([]);
      expect(await response.text()).toBe('one two');
      expect(sdk.span('step').attributes['huggingplace.ai_response']).toBe('one two');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a Node.js stream', () => {
  const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() });

  it.each<[string, (stream: Readable) => Promise<unknown>]>([
    ['pipe', (stream) => new Promise((resolve) => stream.pipe(sink()).on('finish', resolve))],
    ['pipeline', (stream) => pipeline(stream, sink())],
    ['for await', drain],
    ['events', (stream) => new Promise((resolve) => stream.on('data', () => undefined).on('end', resolve))],
  ])('read by %s keeps its output, its end and the context of its source', async (_, read) => {
    const inside = new Set<string | undefined>();
    const stream = startActiveStep('step', () =>
      Readable.from(
        (async function* () {
          await Promise.resolve();
          inside.add(activeSpanId());
          yield 'one ';
          inside.add(activeSpanId());
          yield 'two';
        })(),
      ),
    );
    expect(stream).toBeInstanceOf(Readable);
    expect(names()).toEqual([]);
    await read(stream);
    expect(output()).toBe('one two');
    expect(inside).toEqual(new Set([sdk.span('step').spanContext().spanId]));
  });

  it('that fails is failed, and its error still wants a listener', async () => {
    const failure = new Error('broken');
    const stream = startActiveStep(
      'step',
      () =>
        new Readable({
          read() {
            this.destroy(failure);
          },
        }),
    );
    expect(stream.listenerCount('error')).toBe(0);
    await expect(pipeline(stream, sink())).rejects.toBe(failure);
    expect(sdk.span('step').status.message).toBe('broken');
  });

  it('that is destroyed has ended; one that has ended does not hold the span', async () => {
    const stream = startActiveStep('step', () => new Readable({ read: () => undefined }));
    await new Promise((resolve) => stream.on('close', resolve).destroy());
    expect(names()).toEqual(['step']);
    startActiveStep('again', () => stream);
    expect(names()).toEqual(['step', 'again']);
  });
});
