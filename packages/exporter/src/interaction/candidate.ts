/** A group that is complete in itself, and what may still be joined to it: the call that continues its tool loop, the other recording of its call. */
import type { Group, GroupContext } from './group.ts';
import { ancestorsOf, compareEnds, compareSpans, type HeldSpan } from './held-span.ts';
import { hasFailed } from './completion.ts';
import { type Claims, completed } from './identity.ts';
import type { Reading } from './reading.ts';
import { asksForTool, carriesOn, historyOf, type History, type OpenLoop, toolCallsOf } from './turns.ts';

export interface Candidate {
  /** In order. */
  readonly members: readonly HeldSpan[];
  readonly calls: readonly HeldSpan[];
  readonly root: HeldSpan | undefined;
  readonly isMarked: boolean;
  readonly claims: Claims;
  /** Spans that may carry the user's attributes: outermost first, then in order. */
  readonly sources: readonly CandidateSource[];
  /** Its root failed: nothing will continue it. */
  readonly hasFailed: boolean;
}

export interface CandidateSource {
  readonly held: HeldSpan;
  readonly isShared: boolean;
}

export function candidateOf(group: Group, context: GroupContext): Candidate {
  const { members, calls, claims, isMarked } = group;
  // An ordinary span that is still open is not waited for, and so is no root.
  const root =
    group.root === undefined || !group.root.isOpen || isMarked || group.root.kind(context.reader) !== undefined
      ? group.root
      : openedRoot(group, context);
  const above = new Set<HeldSpan>();
  for (const span of root === undefined ? members : [root])
    for (const ancestor of ancestorsOf(span)) above.add(ancestor);
  const own = new Set(members);
  const within =
    root === undefined
      ? ownSpans(group, own)
      : group.territory.spans.filter((span) => span === root || isWithin(span, root));
  return {
    members,
    calls,
    root,
    isMarked,
    claims,
    sources: [
      ...[...above]
        .filter((span) => !within.includes(span))
        .reverse()
        .map((held) => ({ held, isShared: true })),
      ...within.map((held) => ({ held, isShared: false })),
    ],
    hasFailed: root !== undefined && hasFailed(root, context),
  };
}

/** Below an ordinary root that stays open: the outermost span that has ended, or is a member. */
function openedRoot(group: Group, { reader }: GroupContext): HeldSpan | undefined {
  const [first] = group.members;
  if (first === undefined) return undefined;
  const path = [first, ...ancestorsOf(first)];
  const within = path
    .slice(0, path.indexOf(group.territory.root) + 1)
    .filter((span) => !span.isOpen || span.kind(reader) !== undefined);
  return within.findLast((span) => group.members.every((member) => member === span || isWithin(member, span)));
}

const isWithin = (span: HeldSpan, above: HeldSpan): boolean => {
  for (const ancestor of ancestorsOf(span)) if (ancestor === above) return true;
  return false;
};

/** Without a root: the members, and the ordinary spans below them. */
function ownSpans(group: Group, members: ReadonlySet<HeldSpan>): readonly HeldSpan[] {
  return group.territory.spans.filter((span) => {
    if (members.has(span)) return true;
    for (const ancestor of ancestorsOf(span)) if (members.has(ancestor)) return true;
    return false;
  });
}

/** Joins what a call continues with what it is part of. Nothing holds both: the whole has no root. */
export function joined(earlier: Candidate, later: Candidate, tools: readonly HeldSpan[]): Candidate {
  const members = [...earlier.members, ...later.members, ...tools].sort(compareSpans);
  return {
    members,
    calls: [...earlier.calls, ...later.calls].sort(compareSpans),
    root: undefined,
    isMarked: false,
    claims: completed(earlier.claims, later.claims),
    sources: [...earlier.sources, ...later.sources, ...tools.map((held) => ({ held, isShared: false }))],
    hasFailed: later.hasFailed,
  };
}

/** What the candidate waits for: its last call asked for a tool that none of its own tool spans answered. */
export function openLoopOf(candidate: Candidate, { reader, interactionRoot }: GroupContext): OpenLoop | undefined {
  if (candidate.isMarked || candidate.hasFailed || interactionRoot === 'model-call') return undefined;
  const last = candidate.calls.toSorted(compareEnds).at(-1);
  if (last === undefined || last.isOpen) return undefined;
  const reading = readingOfCall(last, candidate, reader);
  if (!asksForTool(reading)) return undefined;
  const toolCallIds = new Set(
    [...toolCallsOf(reading), ...toolCallsOf(last.twin?.reading(reader))].flatMap(({ id }) => id ?? []),
  );
  const tools = candidate.members.filter((member) => member.kind(reader) === 'tool' && compareSpans(last, member) < 0);
  const answered = tools.some((tool) => {
    const id = tool.reading(reader)?.toolCallId;
    return id === undefined || toolCallIds.size === 0 || toolCallIds.has(id);
  });
  return answered ? undefined : { toolCallIds, history: historyOf(reading?.input) };
}

/** A call's own reading; what it leaves out stands in a wrapper around it alone. */
function readingOfCall(call: HeldSpan, candidate: Candidate, reader: GroupContext['reader']): Reading | undefined {
  const own = call.reading(reader);
  if (own?.output !== undefined && own.input !== undefined) return own;
  let reading = own;
  for (const ancestor of ancestorsOf(call)) {
    if (
      !['llm', 'chain'].includes(ancestor.kind(reader) ?? '') ||
      candidate.calls.some((other) => other !== call && isWithin(other, ancestor))
    )
      break;
    reading = { kind: 'llm', ...ancestor.reading(reader), ...reading };
  }
  return reading;
}

/** True where the call brings what the loop waits for. */
export const continuesLoop = (loop: OpenLoop, call: HeldSpan, { reader }: GroupContext): History | undefined => {
  const history = historyOf(call.reading(reader)?.input);
  return carriesOn(loop, history) ? history : undefined;
};

/** True where nothing is known of it that a record could say. */
export function isUnknown(candidate: Candidate, context: GroupContext): boolean {
  return (
    !candidate.isMarked &&
    candidate.members.every((member) => {
      const reading = member.reading(context.reader);
      return (
        !hasFailed(member, context) &&
        (reading === undefined ||
          [
            reading.input,
            reading.output,
            reading.requestModel,
            reading.responseModel,
            reading.usage,
            reading.inputText,
            reading.outputText,
            reading.provider,
          ].every((known) => known === undefined))
      );
    })
  );
}
