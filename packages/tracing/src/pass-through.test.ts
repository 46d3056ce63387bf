import { context, createContextKey, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startActiveInteraction, startActiveSession, startActiveStep } from './index.ts';
import { drain, readOne, registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

const OUTPUT = 'huggingplace.step.output';
const activeSpanId = () => trace.getActiveSpan()?.spanContext().spanId;
const spanId = (name: string) => sdk.span(name).spanContext().spanId;
const names = () => sdk.ended().map((span) => span.name);

describe('a value', () => {
  it('is returned as it is, and the span has ended', () => {
    const value = { documents: [1, 2] };
    expect(startActiveStep('step', () => value)).toBe(value);
    expect(sdk.span('step').attributes[OUTPUT]).toBe('{"documents":[1,2]}');
  });

  it('that the application only passes around is not opened', () => {
    class Client {
      apiKey = 'secret';
    }
    startActiveStep('client', () => new Client());
    startActiveStep('mixed', () => ({ client: new Client(), rows: [new Map(), 1n, new Date(0), new Uint8Array(9)] }));
    expect(sdk.span('client').attributes).not.toHaveProperty(OUTPUT);
    expect(sdk.span('mixed').attributes[OUTPUT]).toBe(
      '{"client":"[Client]","rows":["[Map]","1","1970-01-01T00:00:00.000Z","[Uint8Array]"]}',
    );
  });

  it.each([
    ['a list', Array.from({ length: 1_000_000 }, (_, index) => index)],
    ['an object', Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, 'x'.repeat(100)]))],
    ['a text', '\u{1F600}'.repeat(1_000_000)],
    ['nested lists', Array.from({ length: 3000 }, () => Array.from({ length: 3000 }, () => 1))],
  ])(
    'that is %s beyond the bound is kept up to it and one character more, by which the exporter sees that it was',
    (_, value) => {
      startActiveStep('step', () => value);
      expect(sdk.span('step').attributes[OUTPUT]).toHaveLength(65_537);
    },
  );

  it('that is too large is walked no further than it is kept', () => {
    let visited = 0;
    const longText = { toJSON: () => ((visited += 1), 'x'.repeat(1000)) };
    startActiveStep('texts', () => Array.from({ length: 1000 }, () => ({ longText })));
    expect(visited).toBeLessThan(100);
    const short = { toJSON: () => ((visited += 1), 1) };
    startActiveStep('list', () => Array.from({ length: 1_000_000 }, () => short));
    expect(visited).toBeLessThan(70_000);
  });

  it('that has bytes or keys in it opens neither, though their class says how it is written as JSON', () => {
    let written = 0;
    class Client {
      readonly apiKey = 'sk-secret';
      toJSON(): object {
        written += 1;
        return { apiKey: this.apiKey };
      }
    }
    const file = Object.assign(Buffer.alloc(9), { toJSON: () => (written += 1) });
    startActiveStep('upload', () => ({ client: new Client(), file, files: [file] }));
    startActiveStep('bytes', () => file);
    expect(sdk.span('upload').attributes[OUTPUT]).toBe('{"client":"[Client]","file":"[Buffer]","files":["[Buffer]"]}');
    expect(sdk.span('bytes').attributes).not.toHaveProperty([OUTPUT]);
    expect(written).toBe(0);
  });

  it('that has no text costs only its text', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        has: () => {
          throw new Error('no');
        },
        defineProperty: () => {
          throw new Error('no');
        },
      },
    );
    expect(startActiveStep('cycle', () => cycle)).toBe(cycle);
    expect(startActiveStep('hostile', () => hostile)).toBe(hostile);
    expect(startActiveStep('frozen', () => Object.freeze([1]))).toEqual([1]);
    startActiveStep('nothing', () => undefined);
    expect(sdk.ended().map((span) => span.attributes[OUTPUT])).toEqual([undefined, undefined, '[1]', undefined]);
  });

  it('is the answer of an interaction where it is text, unless one was set or none is wanted', () => {
    startActiveInteraction('text', () => 'answer');
    startActiveInteraction('object', () => ({ status: 200 }));
    startActiveInteraction('set', (interaction) => (interaction.setResponse('answer'), 'done'));
    startActiveInteraction('off', { captureResult: false }, () => 'done');
    expect(sdk.ended().map((span) => span.attributes['huggingplace.ai_response'])).toEqual([
      'answer',
      undefined,
      'answer',
      undefined,
    ]);
  });
});

describe('an error', () => {
  const failure = new TypeError('broken');

  it('that is thrown keeps the span, is recorded, and is thrown on as it came', () => {
    expect(() =>
      startActiveStep('step', () => {
        throw failure;
      }),
    ).toThrow(failure);
    const span = sdk.span('step');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    expect(span.events[0]).toMatchObject({
      name: 'exception',
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'broken' },
    });
  });

  it('of a promise keeps the span, is recorded, and rejects on as it came', async () => {
    await expect(startActiveInteraction('answer', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(sdk.span('answer').status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
  });

  it.each([
    ['a text', 'broken', 'broken'],
    ['nothing', undefined, 'undefined'],
    ['an object', { message: 'broken', code: 7 }, 'broken'],
    ['an object without text', Object.create(null), 'unknown error'],
  ])('may be %s', (_, thrown: unknown, message) => {
    let caught: unknown = 'nothing was thrown';
    try {
      startActiveStep('step', () => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(sdk.span('step').status).toEqual({ code: SpanStatusCode.ERROR, message });
  });

  it('that the callback overcame can be recorded, and is no error of the span around', () => {
    startActiveInteraction('answer', () => startActiveStep('step', (step) => step.recordError(failure)));
    expect(sdk.span('step').status.code).toBe(SpanStatusCode.ERROR);
    expect(sdk.span('answer').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('that nobody handles is still unhandled', async () => {
    const unhandled: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => unhandled.push(reason));
    try {
      void startActiveStep('step', () => Promise.reject(failure));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([failure]);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });
});

describe('a promise', () => {
  it('ends the span when it is settled', async () => {
    let resolve: (value: string) => void = () => undefined;
    const result = startActiveStep('step', () => new Promise<string>((fulfil) => (resolve = fulfil)));
    expect(names()).toEqual([]);
    resolve('late');
    expect(await result).toBe('late');
    expect(sdk.span('step').attributes[OUTPUT]).toBe('late');
  });

  it('of another class stays itself, and starts nothing before it is asked', async () => {
    class Query {
      static runs = 0;
      seen: (string | undefined)[] = [];
      then(onFulfilled: (rows: string) => unknown) {
        Query.runs += 1;
        this.seen.push(activeSpanId());
        return Promise.resolve('rows').then(onFulfilled);
      }
    }
    const query = startActiveStep('query', () => new Query());
    expect(query).toBeInstanceOf(Query);
    expect(Query.runs).toBe(0);
    expect(names()).toEqual([]);

    const after = await (query.then(() => activeSpanId()) as Promise<string | undefined>);
    expect(after).toBeUndefined();
    expect(Query.runs).toBe(1);
    expect(query.seen).toEqual([spanId('query')]);
    expect(sdk.span('query').attributes[OUTPUT]).toBe('rows');
  });
});

async function* tokens() {
  yield 'one ';
  await Promise.resolve();
  startActiveStep('inner', () => undefined);
  yield 'two';
}

describe('an async generator', () => {
  it('read after the callback returned keeps its output, its end time and its context', async () => {
    const generator = startActiveInteraction('answer', tokens);
    expect(Object.prototype.toString.call(generator)).toBe('[object AsyncGenerator]');
    expect(names()).toEqual([]);

    let text = '';
    for await (const token of generator) {
      text += token;
      expect(activeSpanId()).toBeUndefined();
    }
    expect(text).toBe('one two');
    expect(names()).toEqual(['inner', 'answer']);
    expect(sdk.span('inner').parentSpanContext?.spanId).toBe(spanId('answer'));
    expect(sdk.span('answer').attributes['huggingplace.ai_response']).toBe('one two');
  });

  it('is the same object, inside and out', () => {
    const generator = tokens();
    expect(startActiveStep('step', () => generator)).toBe(generator);
  });

  it('that its reader leaves has ended', async () => {
    expect(await readOne(startActiveStep('step', tokens))).toBe('one ');
    expect(sdk.span('step').attributes[OUTPUT]).toBe('one ');
    expect(sdk.span('step').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('that fails is failed, with what it gave until then', async () => {
    const failure = new Error('broken');
    const generator = startActiveStep('step', async function* () {
      yield 'one';
      await Promise.resolve();
      throw failure;
    });
    await expect(drain(generator)).rejects.toBe(failure);
    expect(sdk.span('step').status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    expect(sdk.span('step').attributes[OUTPUT]).toBe('one');
  });

  it('passes on what is sent to it, thrown into it and returned by it', async () => {
    const generator = startActiveStep('step', async function* (): AsyncGenerator<string, string, string> {
      try {
        await Promise.resolve();
        return yield yield 'first';
      } catch {
        return 'caught';
      }
    });
    expect(await generator.next('ignored')).toEqual({ done: false, value: 'first' });
    expect(await generator.next('sent')).toEqual({ done: false, value: 'sent' });
    expect(await generator.throw(new Error('thrown in'))).toEqual({ done: true, value: 'caught' });
    expect(sdk.span('step').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('inside several spans is listened to by each', async () => {
    const generator = await startActiveSession({ sessionId: 's' }, () =>
      startActiveInteraction('answer', async () => startActiveStep('step', () => Promise.resolve(tokens()))),
    );
    await drain(generator);
    expect(names()).toEqual(['inner', 'step', 'answer', 'session']);
    expect(sdk.span('inner').parentSpanContext?.spanId).toBe(spanId('step'));
    expect(sdk.span('step').attributes[OUTPUT]).toBe('one two');
    expect(sdk.span('answer').attributes['huggingplace.ai_response']).toBe('one two');
  });

  it('gives no more to keep than the bound', async () => {
    await drain(
      startActiveStep('step', async function* () {
        await Promise.resolve();
        for (let count = 0; count < 1000; count += 1) yield 'x'.repeat(1000);
      }),
    );
    expect(sdk.span('step').attributes[OUTPUT]).toHaveLength(65_537);
  });

  it('of plain data is kept by lines', async () => {
    await drain(
      startActiveStep('step', async function* () {
        await Promise.resolve();
        yield { page: 1 };
        yield { page: 2 };
      }),
    );
    expect(sdk.span('step').attributes[OUTPUT]).toBe('{"page":1}\n{"page":2}');
  });
});

describe('a generator', () => {
  it('read after the callback returned keeps its output, its end and its context', () => {
    const inside: (string | undefined)[] = [];
    const generator = startActiveStep('step', function* () {
      inside.push(activeSpanId());
      yield 'one ';
      inside.push(activeSpanId());
      yield 'two';
    });
    expect(names()).toEqual([]);
    expect([...generator]).toEqual(['one ', 'two']);
    expect(inside).toEqual([spanId('step'), spanId('step')]);
    expect(sdk.span('step').attributes[OUTPUT]).toBe('one two');
  });

  it('that throws is failed', () => {
    const failure = new Error('broken');
    const generator = startActiveStep('step', function* () {
      yield 1;
      throw failure;
    });
    expect(() => [...generator]).toThrow(failure);
    expect(sdk.span('step').status.message).toBe('broken');
  });

  it('is not what a list, a map or a text is', () => {
    for (const value of [['a'], new Map([['a', 1]]), new Set(['a']), 'text']) startActiveStep('step', () => value);
    expect(names()).toHaveLength(4);
  });
});

describe('an async iterable', () => {
  it('is read anew by each iteration', async () => {
    const iterable = {
      async *[Symbol.asyncIterator]() {
        await Promise.resolve();
        yield activeSpanId() ?? 'none';
      },
    };
    expect(startActiveStep('step', () => iterable)).toBe(iterable);
    const read: string[] = [];
    for await (const each of iterable) read.push(each);
    for await (const each of iterable) read.push(each);
    expect(read).toEqual([spanId('step'), spanId('step')]);
    expect(sdk.span('step').attributes[OUTPUT]).toBe(spanId('step'));
  });

  it('that has a `next` of its own, as a database cursor has, ends by either', async () => {
    const cursor = () => {
      const rows = [{ id: 1 }, { id: 2 }];
      return {
        next: () => Promise.resolve(rows.shift() ?? null),
        async *[Symbol.asyncIterator]() {
          for (let row = await this.next(); row !== null; row = await this.next()) yield row;
        },
      };
    };
    expect(await drain(startActiveStep('loop', cursor))).toHaveLength(2);
    const rows = startActiveStep('next', cursor);
    while ((await rows.next()) !== null);
    expect(names()).toEqual(['loop', 'next']);
  });

  it('that is returned again and again stays readable, and the spans end all the same', async () => {
    const shared = { [Symbol.asyncIterator]: tokens };
    for (let count = 0; count < 20_000; count += 1) startActiveStep(`step ${count}`, () => shared);
    expect(await drain(shared)).toEqual(['one ', 'two']);
    expect(names().filter((name) => name.startsWith('step '))).toHaveLength(20_000);
  });
});

it('the context of the caller is not changed by what runs inside', async () => {
  const KEY = createContextKey('caller');
  await context.with(context.active().setValue(KEY, 'mine'), async () => {
    for await (const inside of startActiveStep('step', async function* () {
      await Promise.resolve();
      yield context.active().getValue(KEY);
    })) {
      expect(inside).toBe('mine');
      expect(activeSpanId()).toBeUndefined();
    }
  });
});
