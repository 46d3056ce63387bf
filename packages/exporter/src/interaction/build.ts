/** A candidate that leaves becomes an interaction: what its spans say is put together, each fact once. */
import type { HrTime } from '../span.ts';
import { compareTimes } from '../span.ts';
import type { Candidate } from './candidate.ts';
import { ancestorsOf, compareEnds, type HeldSpan, type SpanReader } from './held-span.ts';
import type { Interaction, Member } from './interaction.ts';
import type { MemberKind, Reading } from './reading.ts';

export function buildInteraction(candidate: Candidate, reader: SpanReader, maxSpans: number): Interaction {
  const { root, calls } = candidate;
  const isCall = new Set(calls);
  const kept = candidate.members.length > maxSpans ? cut(candidate.members, maxSpans, isCall) : candidate.members;
  const below = callsBelow(candidate);
  const embeddingWrappers = new Set<HeldSpan>();
  for (const span of candidate.members)
    if (span.kind(reader) === 'embedding')
      for (const above of ancestorsOf(span)) if (above.kind(reader) === 'embedding') embeddingWrappers.add(above);

  const members = new Map<HeldSpan, Member>();
  const isStep = (span: HeldSpan): boolean =>
    span !== root &&
    isStepKind(span.kind(reader)) &&
    !(span.kind(reader) === 'llm' && !isCall.has(span)) &&
    !embeddingWrappers.has(span);
  const known = new Set(candidate.members);
  for (const span of kept) {
    const kind: MemberKind = span.kind(reader) ?? 'step';
    members.set(span, {
      span: span.span,
      kind: kind === 'llm' && !isCall.has(span) ? 'chain' : kind,
      reading: withTwin(span.reading(reader) ?? { kind }, span.twin?.reading(reader)),
      isCall: isCall.has(span),
      isStep: isStep(span),
      parentSpanId: parentOf(span, (above) => above === root || (known.has(above) && isStep(above)))?.spanId,
      endOrder: span.endOrder,
      get above() {
        return [...ancestorsOf(span)].flatMap((above) => members.get(above) ?? []);
      },
      callsBelow: below.get(span) ?? 0,
    });
  }
  const all = [...members.values()];
  const lastCall = [...calls].sort(compareEnds).at(-1);
  const first = root ?? candidate.members[0];
  return {
    root: root?.span,
    rootMember: root === undefined ? undefined : members.get(root),
    isMarked: candidate.isMarked,
    members: all,
    calls: all.filter((member) => member.isCall),
    lastCall: lastCall === undefined ? undefined : members.get(lastCall),
    startTime: first?.startTime ?? [0, 0],
    endTime: endOf(candidate),
    isIncomplete: root?.isOpen === true || candidate.members.some((span) => span.isOpen),
    sources: candidate.sources.map(({ held, isShared }) => ({
      span: held.span,
      isShared,
      contextIdentity: held.contextIdentity,
    })),
    claims: candidate.claims,
    isCut: kept.length < candidate.members.length,
    context: first?.context,
  };
}

const isStepKind = (kind: MemberKind | undefined): boolean => kind !== undefined && kind !== 'chain';

/** Model calls are kept before everything else, for tokens and errors count in full. */
function cut(members: readonly HeldSpan[], maxSpans: number, isCall: ReadonlySet<HeldSpan>): readonly HeldSpan[] {
  let others = maxSpans;
  return members.filter((span) => isCall.has(span) || (others -= 1) >= 0);
}

function callsBelow({ calls }: Candidate): ReadonlyMap<HeldSpan, number> {
  const below = new Map<HeldSpan, number>();
  for (const call of calls) for (const above of ancestorsOf(call)) below.set(above, (below.get(above) ?? 0) + 1);
  return below;
}

function parentOf(span: HeldSpan, isIt: (above: HeldSpan) => boolean): HeldSpan | undefined {
  for (const above of ancestorsOf(span)) if (isIt(above)) return above;
  return undefined;
}

/** The outer recording stands for the call; the inner one, closer to the wire, knows model, usage, tool call ids and finish reason better. */
function withTwin(outer: Reading, inner: Reading | undefined): Reading {
  if (inner === undefined) return outer;
  const { requestModel, responseModel, usage, finishReasons, responseId, provider } = inner;
  const better = {
    requestModel,
    responseModel,
    usage,
    finishReasons,
    responseId,
    provider,
    output: outputWithIds(outer, inner),
  };
  return {
    ...inner,
    ...outer,
    ...Object.fromEntries(Object.entries(better).filter(([, value]) => value !== undefined)),
  };
}

const hasToolCallIds = (reading: Reading): boolean =>
  reading.output?.some((message) =>
    message.parts.some((part) => part.type === 'tool_call' && part.id !== undefined),
  ) === true;

const outputWithIds = (outer: Reading, inner: Reading): Reading['output'] =>
  outer.output === undefined || (hasToolCallIds(inner) && !hasToolCallIds(outer)) ? inner.output : outer.output;

/** The root's end, or that of a member that outlived it: in order of ends, for clocks let a child end after its parent. */
function endOf({ root, members }: Candidate): HrTime | undefined {
  const ends = members.filter(
    (span) => !span.isOpen && (root?.endOrder === undefined || span === root || (span.endOrder ?? -1) > root.endOrder),
  );
  const times = [...ends, ...(root === undefined ? [] : [root])]
    .map(({ span }) => span.endTime)
    .filter((time) => time !== undefined);
  return times.reduce<HrTime | undefined>(
    (last, time) => (last === undefined || compareTimes(last, time) < 0 ? time : last),
    undefined,
  );
}
