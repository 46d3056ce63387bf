/** Limits of what is held, and spans that hang together as no tree does (record.md, section 7). */
import { describe, expect, it } from 'vitest';
import { ALL_WAYS, BOTH_WAYS, EXPORTER, startApplication } from '../testing/application.ts';
import {
  agent,
  chat,
  failing,
  named,
  request,
  saying,
  span,
  type SpanTree,
  tool,
  usage,
} from '../testing/span-tree.ts';

const call = chat('why?', 'because', usage(1, 2));
const TRACE = 'a'.repeat(32);
const id = (digit: number): string => String(digit).repeat(16);
const withIds = (spanId: string, parentSpanId: string | undefined, tree: SpanTree): SpanTree => ({
  ...tree,
  ids: { traceId: TRACE, spanId, ...(parentSpanId !== undefined && { parentSpanId }) },
});

describe.each(BOTH_WAYS)('%s', (way) => {
  describe('at maxSpansPerInteraction', () => {
    const tree = request(
      ...Array.from({ length: 50 }, () => tool('search')),
      ...Array.from({ length: 50 }, () => call),
      failing('busy', chat('last?', 'last', usage(1, 2))),
    );

    it('further steps are cut, tokens and errors still count, and it is marked', async () => {
      await using app = await startApplication(way, { maxSpansPerInteraction: 20 });
      await app.play(tree);
      const record = await app.record();
      expect(record).toMatchObject({
        ai_response: 'last',
        token_count: 153,
        metaData: { truncated: true, error: true, errorMessage: 'busy' },
      });
      expect(record.step_data?.length).toBeLessThanOrEqual(22);
      expect(app.stats).toMatchObject({ seen: 1, open: 0 });
    });

    it('one that has exactly so many is whole', async () => {
      await using app = await startApplication(way, { maxSpansPerInteraction: 102 });
      await app.play(tree);
      const record = await app.record();
      expect(record.step_data).toHaveLength(101);
      expect(record.metaData).not.toHaveProperty('truncated');
    });

    it('tokens that wrappers repeat count once', async () => {
      const wrapped = { ...named('outer', call), children: [call] };
      await using app = await startApplication(way, { maxSpansPerInteraction: 5 });
      await app.play(request(...Array.from({ length: 20 }, () => wrapped)));
      expect(await app.record()).toMatchObject({ token_count: 60, metaData: { truncated: true } });
    });
  });

  describe('spans whose parents are no tree', () => {
    it.each<[string, readonly SpanTree[], number]>([
      ['a span that is its own parent', [withIds(id(1), id(1), agent('a', call))], 1],
      [
        'two that are each other’s',
        [withIds(id(1), id(2), agent('a', call)), withIds(id(2), id(1), agent('b', call))],
        2,
      ],
      [
        'a circle of three',
        [
          withIds(id(1), id(3), span('a')),
          withIds(id(2), id(1), agent('b', call)),
          withIds(id(3), id(2), span('c', call)),
        ],
        2,
      ],
      ['a parent after its child', [withIds(id(2), id(1), call), withIds(id(1), undefined, request())], 1],
    ])('%s: every call is in one record', async (_, trees, calls) => {
      await using app = await startApplication(way);
      for (const tree of trees) await app.play(tree);
      await app.leftByNow();
      await app.pass(600_000);
      const records = await app.shutDown();
      const told = records.flatMap(
        ({ step_data: steps }) => steps?.filter((step) => step['step_type'] === 'llm') ?? [{}],
      );
      expect(told).toHaveLength(calls);
      expect(app.stats).toMatchObject({ open: 0, seen: records.length });
    });

    it('the same id twice: one of them is told, and nothing breaks', async () => {
      await using app = await startApplication(way);
      await app.play(withIds(id(1), undefined, call), withIds(id(1), undefined, call));
      expect((await app.records()).length).toBeLessThanOrEqual(1);
      await app.play(named('other', chat('how?', 'so')));
      expect(await app.records()).toContainEqual(expect.objectContaining({ user_prompt: 'how?' }));
    });
  });

  it('reads a chain of 100,000 spans, all of them begun in the same millisecond', async () => {
    await using app = await startApplication(way, { maxOpenSpans: 200_000, maxOpenBytes: 1e9 });
    const links = [span('deep'), tool('deep'), agent('deep')];
    let tree: SpanTree = call;
    for (let i = 0; i < 100_000; i += 1) tree = { ...links[i % 3]!, children: [tree] };
    await app.play(saying({ 'session.id': 's' }, request(tree)));
    expect(await app.record()).toMatchObject({ ai_response: 'because', session_id: 's', token_count: 3 });
  }, 120_000);
});

describe.each(ALL_WAYS)('%s', (way) => {
  it.each([
    ['maxOpenSpans', { maxOpenSpans: 10 }],
    ['maxOpenBytes', { maxOpenBytes: 30_000 }],
  ])('at %s the oldest interaction goes out incomplete', async (_, options) => {
    await using app = await startApplication(way, options);
    const big = chat('x'.repeat(2_000), 'y', {});
    const roots = [];
    for (let i = 0; i < 20; i += 1) {
      const root = await app.start(named(`request ${i}`, agent('helper')));
      await app.playBelow(
        root,
        named(`call ${i}`, { ...big, attributes: { ...big.attributes, 'gen_ai.response.id': `${i}` } }),
      );
      roots.push(root);
    }
    const left = await app.leftByNow();
    expect(left.length).toBeGreaterThan(5);
    expect(left.length).toBeLessThan(20);
    // The oldest first.
    expect(left.map(({ message_id }) => message_id)).toEqual(left.map((_, i) => app.messageId(`call ${i}`)));
    if (way.startsWith('processor')) expect(left[0]?.metaData).toMatchObject({ incomplete: true });
    // Those that were held come whole, and nothing comes twice.
    for (const root of roots) await app.end(root);
    const records = await app.shutDown();
    expect(new Set(records.map(({ message_id }) => message_id)).size).toBe(records.length);
    expect(records.filter(({ user_prompt }) => user_prompt.startsWith('x'))).toHaveLength(20);
    const { seen, open, delivered, dropped } = app.stats;
    expect({ seen, open, delivered, dropped }).toEqual({
      seen: delivered,
      open: 0,
      delivered: records.length,
      dropped: {},
    });
  });
});

it('spans that come faster than they can be looked at are counted, and what has begun goes on', async () => {
  await using app = await startApplication('processor at once', { maxOpenSpans: 1 });
  const first = await app.start(request());
  // The event loop does not run meanwhile.
  for (let i = 0; i < 20_100; i += 1) await app.start(request());
  await app.playBelow(first, named('call of the first', call));
  await app.play(...Array.from({ length: 3 }, () => request(call)));
  await app.end(first);
  const records = await app.shutDown();
  expect(records.map(({ message_id }) => message_id)).toEqual([app.messageId('call of the first')]);
  const { seen, dropped } = app.stats;
  expect({ seen, dropped }).toEqual({ seen: 4, dropped: { overloaded: 3 } });
});

describe.each(EXPORTER)('%s', (way) => {
  it('spans without a root do not stay for ever', async () => {
    await using app = await startApplication(way);
    for (let i = 0; i < 100; i += 1)
      await app.play({
        ...span('orphan'),
        ids: { traceId: TRACE, spanId: i.toString(16).padStart(16, 'c'), parentSpanId: id(9) },
      });
    await app.leftByNow();
    await app.pass(600_000);
    await app.play({ ...request(call), ids: { traceId: TRACE, spanId: id(9) } });
    expect((await app.record()).step_data).toHaveLength(1);
  });
});
