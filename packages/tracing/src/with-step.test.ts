import { afterEach, beforeEach, expect, expectTypeOf, it } from 'vitest';
import { startActiveInteraction, withStep } from './index.ts';
import { drain, registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => (sdk = registerSdk()));
afterEach(unregisterSdk);

it('makes each call of a function a step of that name, with arguments and result', async () => {
  const search = withStep(
    async function search(query: string, limit: number) {
      await Promise.resolve();
      return [`${query} ${limit}`];
    },
    { type: 'retrieval' },
  );
  expectTypeOf(search).toEqualTypeOf<(query: string, limit: number) => Promise<string[]>>();
  expect(search).toHaveLength(2);
  expect(search.name).toBe('search');

  expect(await startActiveInteraction('answer', () => search('cats', 3))).toEqual(['cats 3']);
  expect(sdk.span('search').attributes).toEqual({
    'huggingplace.span.kind': 'step',
    'huggingplace.step.type': 'retrieval',
    'huggingplace.step.input': '["cats",3]',
    'huggingplace.step.output': '["cats 3"]',
  });
  expect(sdk.span('search').parentSpanContext?.spanId).toBe(sdk.span('answer').spanContext().spanId);
});

it('keeps `this`, generators and errors', async () => {
  const failure = new Error('broken');
  class Index {
    name = 'index';
    find = withStep(
      async function* (this: Index, word: string) {
        await Promise.resolve();
        yield `${this.name} ${word}`;
      },
      { name: 'find' },
    );
  }
  expect(await drain(new Index().find('cats'))).toEqual(['index cats']);
  expect(sdk.span('find').attributes['huggingplace.step.output']).toBe('index cats');
  expect(
    withStep(
      (): never => {
        throw failure;
      },
      { name: 'fail' },
    ),
  ).toThrow(failure);
  expect(sdk.span('fail').status.message).toBe('broken');
});

it('opens no client that is passed in, and keeps no arguments where they are not wanted', () => {
  class Client {
    apiKey = 'secret';
  }
  withStep((client: Client, query: string) => `${client.apiKey.length} ${query}`, { name: 'with client' })(
    new Client(),
    'q',
  );
  withStep((query: string) => query, { name: 'off', captureArguments: false, captureResult: false })('secret');
  expect(sdk.span('with client').attributes['huggingplace.step.input']).toBe('["[Client]","q"]');
  expect(sdk.span('off').attributes).toEqual({ 'huggingplace.span.kind': 'step' });
});
