/** On a platform that freezes the process after the answer: what ended with the request is delivered before. */
import { afterEach, describe, expect, it } from 'vitest';
import { startApplication } from './testing/application.ts';
import { chat, remote, request } from './testing/span-tree.ts';

const PLATFORM = Symbol.for('@vercel/request-context');
const provide = (get: unknown): readonly Promise<unknown>[] => {
  const promises: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>): void => void promises.push(promise);
  Reflect.set(globalThis, PLATFORM, { get: get ?? (() => ({ waitUntil })) });
  return promises;
};
afterEach(() => Reflect.deleteProperty(globalThis, PLATFORM));

describe('a platform with waitUntil', () => {
  it.each([
    ['a request', request(chat('why?', 'because'))],
    ['a request from another process', remote(request(chat('why?', 'because')))],
    ['a call alone', chat('why?', 'because')],
  ])('waits until %s is delivered, and for one thing a request', async (_name, tree) => {
    const waited = provide(undefined);
    await using app = await startApplication('processor at once');
    await app.play(tree);
    expect(waited).toHaveLength(1);
    expect(app.stats.delivered).toBe(0); // not within span.end()
    await Promise.all(waited);
    expect(app.stats).toMatchObject({ delivered: 1, queued: 0, open: 0 });
  });

  it.each([
    ['outside a request', () => undefined],
    ['without it', () => ({})],
    [
      'that fails',
      () => {
        throw new Error('platform');
      },
    ],
  ])('%s: nothing is thrown into the application', async (_name, get) => {
    void provide(get);
    await using app = await startApplication('processor at once');
    await app.play(request(chat('why?', 'because')));
    expect(await app.records()).toHaveLength(1);
  });
});
