/** One call recorded by two instrumentations (record.md, section 1, rule 5). */
import { compareTimes, STATUS } from '../span.ts';
import type { HeldSpan, SpanReader } from './held-span.ts';
import type { Reading } from './reading.ts';
import { answerTextOf, asksForTool, folded, type History, historyOf, toolCallsOf, userTextOf } from './turns.ts';

/** True where `inner` is the same call as `outer`, recorded closer to the wire. Both are model calls. */
export function areTwins(outer: HeldSpan, inner: HeldSpan, reader: SpanReader): boolean {
  if (!mayBeTwins(outer, inner) || shareScope(outer, inner)) return false;
  const [a, b] = [outer.reading(reader), inner.reading(reader)];
  if (a === undefined || b === undefined) return false;
  if (a.responseId !== undefined && a.responseId === b.responseId) return true;
  if (hasContent(a) && hasContent(b)) return askTheSame(outer, inner, reader) && answerTheSame(a, b);
  return countTheSame(a, b) || failTheSame(outer, inner);
}

/** An instrumentation records a call once: what stands for a recording of its own stands for no other. */
function shareScope(outer: HeldSpan, inner: HeldSpan): boolean {
  const scopes = new Set([outer, ...outer.twins].map(({ scope }) => scope));
  return [inner, ...inner.twins].some(({ scope }) => scopes.has(scope));
}

const hasContent = ({ input, output }: Reading): boolean => input !== undefined || output !== undefined;

/** Where one of them records no content: the same tokens of the same model. */
function countTheSame(a: Reading, b: Reading): boolean {
  const { input, output } = a.usage ?? {};
  if (!input || !output || input !== b.usage?.input || output !== b.usage.output) return false;
  if (a.responseId !== undefined && b.responseId !== undefined) return false;
  const [models, others] = [modelsOf(a), modelsOf(b)];
  return models.length === 0 || others.length === 0 || models.some((model) => others.includes(model));
}

const modelsOf = ({ requestModel, responseModel }: Reading): readonly string[] =>
  [requestModel, responseModel].filter((model) => model !== undefined);

/** The same, failed: the outer one says what the inner one says, and more (LangChain adds a stack). */
function failTheSame({ span: outer }: HeldSpan, { span: inner }: HeldSpan): boolean {
  const { code, message = '' } = inner.status;
  const said = outer.status.message ?? '';
  return code === STATUS.error && outer.status.code === code && message !== '' && said.startsWith(message);
}

/** True where `inner` is a try at `outer` of which no answer is known: it failed and was repeated, it never ended, or what it answered was not recorded. */
export function isTryAt(outer: HeldSpan, inner: HeldSpan, reader: SpanReader): boolean {
  if (!mayBeTwins(outer, inner) || (outer.isOpen && !inner.isOpen)) return false;
  if (!askTheSame(outer, inner, reader)) return false;
  const reading = inner.reading(reader);
  return (answerTextOf(reading) ?? '') === '' && toolCallsOf(reading).length === 0;
}

const mayBeTwins = (outer: HeldSpan, inner: HeldSpan): boolean =>
  outer !== inner && outer.scope !== inner.scope && endsAround(outer, inner);

/**
 * The outer one ends last, by arrival; one that never ends does so after all. Their starts tell only that they overlap: LangChain's callbacks run late,
 * and may start its span after that of the request.
 */
function endsAround(outer: HeldSpan, inner: HeldSpan): boolean {
  const startsFirst = compareTimes(outer.startTime, inner.startTime) <= 0;
  const { endTime } = inner.span;
  if (inner.endOrder === undefined || endTime === undefined)
    return startsFirst && (outer.span.endTime === undefined || compareTimes(inner.startTime, outer.span.endTime) <= 0);
  return (outer.endOrder ?? Infinity) > inner.endOrder && (startsFirst || compareTimes(outer.startTime, endTime) < 0);
}

/** True where two model calls have the same history, as far as recordings of it can be compared. */
export function askTheSame(a: HeldSpan, b: HeldSpan, reader: SpanReader): boolean {
  const [askedA, askedB] = [historyOf(a.reading(reader)?.input), historyOf(b.reading(reader)?.input)];
  const text = withoutSpace(userTextOf(askedA));
  return text !== undefined && text === withoutSpace(userTextOf(askedB)) && lengthOf(askedA) === lengthOf(askedB);
}

function answerTheSame(a: Reading, b: Reading): boolean {
  const [answerA, answerB] = [answerTextOf(a) ?? '', answerTextOf(b) ?? ''];
  if (folded(answerA) !== folded(answerB)) return false;
  return answerA !== '' || asksForTool(a) === asksForTool(b);
}

/** Parts are joined with white space by one instrumentation and without by another. */
const withoutSpace = (text: string | undefined): string | undefined => text?.replace(/\s/g, '');

/**
 * In changes of role, for a message of one instrumentation may be several of another (tool results). System messages stand in the history with one and
 * beside it with another.
 */
function lengthOf({ messages }: History): number {
  const roles = messages.flatMap(({ role }) => (role === 'system' ? [] : role));
  return roles.filter((role, i) => role !== roles[i - 1]).length;
}
