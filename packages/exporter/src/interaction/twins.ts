/** One call recorded by two instrumentations (record.md, section 1, rule 5). */
import { compareTimes } from '../span.ts';
import type { HeldSpan, SpanReader } from './held-span.ts';
import type { Reading } from './reading.ts';
import { answerTextOf, asksForTool, folded, historyOf, userTextOf } from './turns.ts';

/** True where `inner` is the same call as `outer`, recorded closer to the wire. Both are model calls. */
export function areTwins(outer: HeldSpan, inner: HeldSpan, reader: SpanReader): boolean {
  if (outer === inner || outer.scope === inner.scope || !isNested(outer, inner)) return false;
  const [a, b] = [outer.reading(reader), inner.reading(reader)];
  if (a?.responseId !== undefined && a.responseId === b?.responseId) return true;
  return a !== undefined && b !== undefined && sameContent(a, b);
}

/** Starts may share a millisecond; ends are compared by arrival. */
function isNested(outer: HeldSpan, inner: HeldSpan): boolean {
  return (
    compareTimes(outer.startTime, inner.startTime) <= 0 &&
    inner.endOrder !== undefined &&
    (outer.endOrder ?? Infinity) > inner.endOrder
  );
}

function sameContent(a: Reading, b: Reading): boolean {
  const [askedA, askedB] = [historyOf(a.input), historyOf(b.input)];
  const text = userTextOf(askedA);
  if (text === undefined || text !== userTextOf(askedB)) return false;
  if (withoutSystem(askedA) !== withoutSystem(askedB)) return false;
  const [answerA, answerB] = [answerTextOf(a), answerTextOf(b)];
  if (folded(answerA ?? '') !== folded(answerB ?? '')) return false;
  return (answerA ?? '') !== '' || asksForTool(a) === asksForTool(b);
}

/** System messages stand in the history with one instrumentation and beside it with another. */
const withoutSystem = (history: ReturnType<typeof historyOf>): number =>
  history.messages.filter((message) => message.role !== 'system').length;
