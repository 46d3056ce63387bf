/** A candidate that leaves becomes an interaction: what its spans say is put together, each fact once. */
import { compareTimes, type HrTime } from '../span.ts';
import { type Candidate, lastCallOf } from './candidate.ts';
import { ancestorsOf, type HeldSpan, Inherited, type SpanReader } from './held-span.ts';
import { type Interaction, type Member, membersAbove } from './interaction.ts';
import type { Reading, Usage } from './reading.ts';

/** Yields between spans. */
export function* buildInteraction(candidate: Candidate, reader: SpanReader): Generator<undefined, Interaction> {
  const { root, calls } = candidate;
  const isCall = new Set(calls);
  const isWrapper = embeddingWrappers(candidate, reader);
  const isStep = (span: HeldSpan): boolean => {
    const kind = span.kind(reader);
    return (
      span !== root &&
      kind !== undefined &&
      kind !== 'chain' &&
      (kind !== 'llm' || isCall.has(span)) &&
      !isWrapper.has(span)
    );
  };
  const own = new Set(candidate.members);
  const steps = new Inherited<HeldSpan | undefined>(undefined, (above, span) =>
    span === root || (own.has(span) && isStep(span)) ? span : above,
  );
  const callsBelow = countCallsBelow(candidate);

  const members = new Map<HeldSpan, Writable<Member>>();
  const nearest = new Inherited<Member | undefined>(undefined, (above, span) => members.get(span) ?? above);
  for (const span of candidate.members) {
    yield;
    const kind = span.kind(reader) ?? 'step';
    members.set(span, {
      span: span.span,
      kind: kind === 'llm' && !isCall.has(span) ? 'chain' : kind,
      reading: withTwins(span.reading(reader) ?? { kind }, span, reader),
      isCall: isCall.has(span),
      isStep: isStep(span),
      parentSpanId: steps.of(span.parent)?.spanId,
      endOrder: span.endOrder,
      // Asked for when all members are known: a parent may stand behind its child where clocks differ.
      get parent() {
        return nearest.of(span.parent);
      },
      callsBelow: callsBelow.get(span) ?? 0,
    });
  }
  const all = [...members.values()];
  const callMembers = all.filter((member) => member.isCall);
  yield;
  for (const call of callMembers) call.reading = withWrappers(call);
  yield;
  const lastCall = lastCallOf(calls, reader);
  const first = root ?? candidate.members[0];
  return {
    root: root?.span,
    rootMember: root === undefined ? undefined : members.get(root),
    isMarked: candidate.isMarked,
    members: all,
    calls: callMembers,
    lastCall: lastCall === undefined ? undefined : members.get(lastCall),
    startTime: first?.startTime ?? [0, 0],
    endTime: endOf(candidate),
    isIncomplete:
      candidate.isUnfinished === true || root?.isOpen === true || candidate.members.some((span) => span.isOpen),
    sources: candidate.sources.map(({ held, isShared }) => ({
      span: held.span,
      isShared,
      contextIdentity: held.contextIdentity,
    })),
    claims: candidate.claims,
    cut: candidate.cut,
    context: first?.context,
  };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What a call's span leaves unsaid may stand in a wrapper that holds this call alone. */
function withWrappers(call: Member): Reading {
  let { reading } = call;
  for (const above of membersAbove(call)) {
    if (above.kind !== 'chain' || above.callsBelow !== 1) break;
    const { usage, name: _, error: __, ...wrapper } = above.reading;
    reading = {
      ...wrapper,
      ...reading,
      usage: reading.usage && withPartsOf(usage, reading.usage),
      output: saysNothing(reading.output) ? (wrapper.output ?? reading.output) : reading.output,
    };
  }
  return reading;
}

/**
 * Sums repeat the call's. Of their parts another instrumentation around it may know more, and count what the call leaves out (ADK knows the thoughts
 * of which Gemini's own span says nothing).
 */
function withPartsOf({ input, output, cachedInput, reasoning }: Usage = {}, own: Usage): Usage {
  const leftOut = (
    whole: number | undefined,
    part: number | undefined,
    count: number | undefined,
  ): number | undefined => (part !== undefined && count !== undefined && whole === count + part ? whole : undefined);
  return {
    ...known({ cachedInput, reasoning }),
    ...own,
    ...(own.cachedInput === undefined && known({ input: leftOut(input, cachedInput, own.input) })),
    ...(own.reasoning === undefined && known({ output: leftOut(output, reasoning, own.output) })),
  };
}

const saysNothing = (output: Reading['output']): boolean =>
  (output ?? []).every(({ parts }) => parts.every((part) => part.type === 'text' && part.text === ''));

/** Of embeddings in each other only the innermost is work of its own. */
function embeddingWrappers({ members }: Candidate, reader: SpanReader): ReadonlySet<HeldSpan> {
  const wrappers = new Set<HeldSpan>();
  for (const span of members) {
    if (span.kind(reader) !== 'embedding') continue;
    for (const above of ancestorsOf(span)) if (above.kind(reader) === 'embedding') wrappers.add(above);
  }
  return wrappers;
}

/** For each span above a call how many calls it holds; counted no further than two, for only "this one alone" is asked. */
function countCallsBelow({ calls }: Candidate): ReadonlyMap<HeldSpan, number> {
  const below = new Map<HeldSpan, number>();
  for (const call of calls) {
    for (const above of ancestorsOf(call)) {
      const count = below.get(above) ?? 0;
      if (count >= 2) break;
      below.set(above, count + 1);
    }
  }
  return below;
}

/** From the outermost inwards. Tries are asked only where no recording has the answer. */
const withTwins = (own: Reading, { twins, tries }: HeldSpan, reader: SpanReader): Reading =>
  (twins.length > 0 ? twins : tries.slice(-1)).reduce(
    (reading, inner) => withTwin(reading, inner.reading(reader)),
    own,
  );

/** The outer recording stands for the call; the inner one, closer to the wire, knows model, usage, tool call ids and finish reason better. */
function withTwin(outer: Reading, inner: Reading | undefined): Reading {
  if (inner === undefined) return outer;
  const { requestModel, responseModel, usage, finishReasons, responseId, provider } = inner;
  const better = {
    requestModel,
    responseModel,
    // Each may know details that the other does not.
    usage: usage && { ...outer.usage, ...usage },
    finishReasons,
    responseId,
    provider,
    output: outputWithIds(outer, inner),
  };
  return { ...inner, ...outer, ...known(better) };
}

const known = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const hasToolCallIds = (reading: Reading): boolean =>
  reading.output?.some((message) =>
    message.parts.some((part) => part.type === 'tool_call' && part.id !== undefined),
  ) === true;

const outputWithIds = (outer: Reading, inner: Reading): Reading['output'] =>
  outer.output === undefined || (hasToolCallIds(inner) && !hasToolCallIds(outer)) ? inner.output : outer.output;

/** The root's end, or that of a member that outlived it: in order of ends, for clocks let a child end after its parent. */
function endOf({ root, members }: Candidate): HrTime | undefined {
  const outlives = (span: HeldSpan): boolean => root?.endOrder === undefined || (span.endOrder ?? -1) > root.endOrder;
  let last = root?.span.endTime;
  for (const span of members) {
    const { endTime } = span.span;
    if (endTime !== undefined && outlives(span) && (last === undefined || compareTimes(last, endTime) < 0))
      last = endTime;
  }
  return last;
}
