/** The order of spans, which decides what comes first and last wherever that is asked (record.md, "Words"). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endedSpan } from '../span.fixture.ts';
import { compareSpans, HeldSpan, type Tree } from './held-span.ts';
import { inOrder } from './order.ts';

/** Spans that start within few milliseconds, each below an earlier one of the list or none, and end in any order or never. */
const spans = fc
  .array(fc.record({ parent: fc.nat(), startMs: fc.nat({ max: 3 }), endOrder: fc.option(fc.nat({ max: 1_000 })) }), {
    maxLength: 30,
  })
  .map((given) => {
    const held: HeldSpan[] = [];
    for (const [i, { parent, startMs, endOrder }] of given.entries()) {
      const span = endedSpan({ spanId: String(i).padStart(16, '0'), startTime: [0, startMs * 1e6] });
      const above = i === 0 ? undefined : held[(parent % (i + 1)) - 1];
      const one = new HeldSpan(
        () => span,
        { atMs: 0, parent: above },
        () => above?.tree ?? ({} as Tree),
      );
      if (endOrder !== null) one.end(() => span, endOrder * 1_000 + i, 0);
      held.push(one);
    }
    return held;
  });

it('is a total one: by start, then parents before children, then by end, then by id', () => {
  fc.assert(
    fc.property(spans, fc.func(fc.boolean()), (all, isAsked) => {
      const some = all.filter((span) => isAsked(span.spanId));
      expect(inOrder(some).map(({ spanId }) => spanId)).toEqual(
        some.toSorted(compareSpans).map(({ spanId }) => spanId),
      );
      const ordered = inOrder(all);
      for (const [i, span] of ordered.entries()) {
        expect(ordered.slice(i).every((later) => later.startTime[1] >= span.startTime[1])).toBe(true);
        const isBeforeParent = span.parent?.startTime[1] === span.startTime[1] && ordered.indexOf(span.parent) > i;
        expect(isBeforeParent).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});
