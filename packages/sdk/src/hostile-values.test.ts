/** What an application's functions give is theirs: whatever looking at it does, they get it back as it was, and it is recorded as far as it can be read. */
import { describe, expect, it } from 'vitest';
import { HuggingPlace } from './huggingplace.ts';
import { MemoryTransport } from './memory-transport.ts';

const refuse = (): never => {
  throw new Error('not to be looked at');
};
const READ = [
  'finishReason',
  'inputTokens',
  'responseText',
  'text',
  'content',
  'choices',
  'output_text',
  'delta',
  'toJSON',
];

function circular(): object {
  const value: Record<string, unknown> = {};
  return Object.assign(value, { value, choices: [value] });
}

function deep(): object {
  let value: object = {};
  for (let depth = 0; depth < 50_000; depth += 1) value = { value };
  return value;
}

const HOSTILE: readonly (readonly [string, unknown])[] = [
  [
    'getters that throw',
    Object.defineProperties({}, Object.fromEntries(READ.map((key) => [key, { get: refuse, enumerable: true }]))),
  ],
  [
    'a proxy that lets nobody look',
    // Whoever awaits it asks for `then`.
    new Proxy(
      {},
      {
        get: (_, key) => (key === 'then' ? undefined : refuse()),
        ownKeys: refuse,
        getPrototypeOf: refuse,
        has: refuse,
      },
    ),
  ],
  ['a circle', circular()],
  ['a depth of 50,000', deep()],
  ['a symbol', Symbol('value')],
  ['a function', () => 1],
  ['a number beyond all', 2n ** 70n],
  ['nothing', null],
];

function simulate() {
  const transport = new MemoryTransport();
  return { transport, client: new HuggingPlace({ apiKey: 'key', orgId: 7, transport }) };
}

describe.each(HOSTILE)('%s', (_, value) => {
  it('from a traced function is given on, and so is what is said of it', async () => {
    const { client, transport } = simulate();
    expect(await client.traceStep({ stepName: 'step', func: () => value })).toBe(value);
    expect(await client.traceLLM({ prompt: 'q', llmFunction: () => value })).toBe(value);
    const given = value as Readonly<Record<string, unknown>>;
    const said = { metadata: { value }, customMetadata: given, userMetadata: given, logs: given };
    expect(await client.traceStep({ ...said, stepName: 'step', func: () => 'a' })).toBe('a');
    await client.flush();
    expect(transport.traces.map(({ status }) => status)).toEqual(['OK', 'OK', 'OK']);
  });

  it('from a timed call is given on, and the interaction is stored', async () => {
    const { client, transport } = simulate();
    expect(await client.logWithTiming('q', () => value)).toBe(value);
    expect(transport.interactions).toMatchObject([{ user_prompt: 'q' }]);
  });

  it('in a stream passes, and the rest of the answer is stored', async () => {
    const { client, transport } = simulate();
    const { stream, logged } = client.logStream(
      { userPrompt: 'q' },
      (async function* () {
        yield value;
        await Promise.resolve();
        yield 'the answer';
      })(),
    );
    const pieces: unknown[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces[0]).toBe(value);
    expect(pieces[1]).toBe('the answer');
    await logged;
    expect(transport.interactions).toMatchObject([{ user_prompt: 'q', ai_response: 'the answer' }]);
  });
});

it('what is thrown is thrown on, also where it has no words', async () => {
  const { client, transport } = simulate();
  const thrown: unknown = Object.create(null);
  const fails = () => {
    throw thrown;
  };
  await expect(client.traceStep({ stepName: 'step', func: fails })).rejects.toBe(thrown);
  await expect(client.logWithTiming('q', fails)).rejects.toBe(thrown);
  await client.flush();
  expect(transport.traces).toMatchObject([{ status: 'ERROR' }]);
  expect(transport.interactions).toMatchObject([{ metaData: { error: true } }]);
});

it('a file is named, and its bytes are not counted one by one', async () => {
  const { client, transport } = simulate();
  // The list of its indices alone would be 268 million texts.
  const file = new Uint8Array(2 ** 28);
  await client.log({ userPrompt: 'q', metaData: { file } });
  expect(transport.interactions[0]?.metaData).toEqual({ file: '[Uint8Array]' });
});
