/** Streams that nobody reads to their end, and that the garbage collector takes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startActiveStep } from './index.ts';
import { registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function collectUntil(isDone: () => boolean): Promise<void> {
  for (let tries = 0; tries < 50 && !isDone(); tries += 1) {
    collectGarbage();
    await turn();
  }
}

async function* tokens() {
  await Promise.resolve();
  yield 'one ';
  yield 'two';
}

const stream = () =>
  new ReadableStream<string>({ pull: (controller) => controller.enqueue('one ') }, { highWaterMark: 0 });

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it.each<[string, () => () => Promise<unknown>]>([
  [
    'an async generator',
    () => {
      const generator = startActiveStep('step', tokens);
      return () => generator.next();
    },
  ],
  [
    'a stream',
    () => {
      const reader = startActiveStep('step', stream).getReader();
      return () => reader.read();
    },
  ],
  [
    'an iterable',
    () => {
      const iterator = startActiveStep('step', () => ({ [Symbol.asyncIterator]: tokens }))[Symbol.asyncIterator]();
      return () => iterator.next();
    },
  ],
  [
    'a result object',
    () => {
      const reader = startActiveStep('step', () => ({
        get textStream() {
          return stream();
        },
      })).textStream.getReader();
      return () => reader.read();
    },
  ],
])('%s that is abandoned ends when it was last read, with what it gave', async (_, open) => {
  const lastReadMs = await (async () => {
    const read = open();
    await sleep(60);
    await read();
    return Date.now();
  })();
  await sleep(60);
  await collectUntil(() => sdk.ended().length > 0);

  const span = sdk.span('step');
  expect(span.attributes['huggingplace.step.output']).toBe('one ');
  const endMs = span.endTime[0] * 1000 + span.endTime[1] / 1e6;
  expect(endMs).toBeGreaterThan(lastReadMs - 30);
  expect(endMs).toBeLessThan(lastReadMs + 30);
});

it('a lazy promise that nobody asks ends', async () => {
  startActiveStep('step', () => ({ then: () => undefined }));
  await collectUntil(() => sdk.ended().length > 0);
  expect(sdk.span('step').name).toBe('step');
});

it('a part that is still read keeps the span open, though the rest is gone', async () => {
  const iterator = startActiveStep('iterable', () => ({ [Symbol.asyncIterator]: tokens }))[Symbol.asyncIterator]();
  const reader = startActiveStep('result', () => ({
    get textStream() {
      return stream();
    },
  })).textStream.getReader();
  await Promise.all([iterator.next(), reader.read()]);
  for (let count = 0; count < 10; count += 1) {
    collectGarbage();
    await turn();
  }
  expect(sdk.ended()).toEqual([]);
  while (!(await iterator.next()).done);
  await reader.cancel();
  expect(sdk.ended().map((span) => span.name)).toEqual(['iterable', 'result']);
});
