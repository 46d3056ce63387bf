/** A group that is complete in itself, and what may still be joined to it: the call that continues its tool loop, the other recording of its call. */
import type { Group, GroupContext } from './group.ts';
import { ancestorsOf, compareEnds, compareSpans, type HeldSpan, Inherited, type SpanReader } from './held-span.ts';
import { hasFailed } from './completion.ts';
import { type Claims, completed } from './identity.ts';
import type { CutSpans } from './interaction.ts';
import { inOrder } from './order.ts';
import type { Reading } from './reading.ts';
import { addCuts } from './span-cutter.ts';
import { asksForTool, carriesOn, historyOf, type History, type OpenLoop, toolCallsOf } from './turns.ts';
import { askTheSame } from './twins.ts';

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
  readonly cut: CutSpans | undefined;
  /** What may be the outer recording of its call never ended. */
  readonly isUnfinished?: boolean;
}

export interface CandidateSource {
  readonly held: HeldSpan;
  readonly isShared: boolean;
}

/** @param taken members of any group of its tree: what stands below this one's and is another's is not its own */
export function candidateOf(
  group: Group,
  context: GroupContext,
  taken: ReadonlySet<HeldSpan>,
  cut: CutSpans | undefined,
): Candidate {
  const { members, calls, claims, isMarked, territory } = group;
  const root = endedRootOf(group, context);
  const tops = new Set(root === undefined ? members : [root]);
  const others = root === undefined ? holdingOthers(members, taken) : NONE;
  const isOwn = new Inherited(false, (above, span: HeldSpan) => tops.has(span) || (above && !others.has(span)));
  const above = new Set<HeldSpan>();
  for (const top of tops) {
    for (const ancestor of ancestorsOf(top)) {
      if (above.has(ancestor)) break;
      if (!isOwn.of(ancestor)) above.add(ancestor);
    }
  }
  return {
    members,
    calls,
    root,
    isMarked,
    claims,
    sources: [
      ...inOrder(above).map((held) => ({ held, isShared: true })),
      ...outermostFirst(territory.spans.filter((span) => isOwn.of(span))).map((held) => ({ held, isShared: false })),
    ],
    hasFailed: root !== undefined && hasFailed(root, context),
    cut,
  };
}

const NONE: ReadonlySet<HeldSpan> = new Set();

/** What is another's, and what holds that: a tool or a retrieval may stand above work that is not its own. */
function holdingOthers(members: readonly HeldSpan[], taken: ReadonlySet<HeldSpan>): ReadonlySet<HeldSpan> {
  const own = new Set(members);
  const holding = new Set<HeldSpan>();
  for (const span of taken) {
    if (own.has(span)) continue;
    for (let at: HeldSpan | undefined = span; at !== undefined && !holding.has(at); at = at.parent) holding.add(at);
  }
  return holding;
}

/** Those that stand equally deep stay in order. */
function outermostFirst(spans: readonly HeldSpan[]): readonly HeldSpan[] {
  const depths = new Inherited(0, (above) => above + 1);
  return spans.toSorted((a, b) => depths.of(a) - depths.of(b));
}

/** Below an ordinary span that stays open: the outermost one that has ended, or is a member, for what is not waited for is no root. */
function endedRootOf({ root, isMarked, members }: Group, { reader }: GroupContext): HeldSpan | undefined {
  const isIt = (span: HeldSpan): boolean => !span.isOpen || span.kind(reader) !== undefined;
  if (root === undefined || isMarked || isIt(root)) return root;
  // From `root` down; of what stands above it nothing is the group's own.
  const roots = new Inherited<HeldSpan | 'above' | undefined>('above', (above, span) => {
    if (span === root) return undefined;
    return above ?? (isIt(span) ? span : undefined);
  });
  const tops = new Set(members.map((member) => roots.of(member)));
  const [top] = tops;
  return tops.size === 1 && top !== 'above' ? top : undefined;
}

/** Joins what a call continues with what it is part of. Nothing holds both: the whole has no root. */
export function joined(earlier: Candidate, later: Candidate, tools: readonly HeldSpan[]): Candidate {
  const members = inOrder([...earlier.members, ...later.members, ...tools]);
  return {
    members,
    calls: inOrder([...earlier.calls, ...later.calls]),
    root: undefined,
    isMarked: false,
    claims: completed(earlier.claims, later.claims),
    sources: [...earlier.sources, ...later.sources, ...tools.map((held) => ({ held, isShared: false }))],
    hasFailed: later.hasFailed,
    cut: addCuts(earlier.cut, later.cut),
  };
}

/** The one that ended last. One that never ended counts as the last, unless it was given up: another that started later asks the same. */
export function lastCallOf(calls: readonly HeldSpan[], reader: SpanReader): HeldSpan | undefined {
  const last = calls.toSorted(compareEnds);
  if (last.at(-1)?.isOpen !== true) return last.at(-1);
  // Those that started later are looked at from the next on: where thousands were given up, the next asks the same.
  const ordered = inOrder(calls);
  const places = new Map(ordered.map((call, place) => [call, place]));
  const isGivenUp = (call: HeldSpan): boolean => {
    if (!call.isOpen) return false;
    let place = places.get(call) ?? 0;
    let later: HeldSpan | undefined;
    do later = ordered[++place];
    while (later !== undefined && !askTheSame(call, later, reader));
    return later !== undefined;
  };
  return last.findLast((call) => !isGivenUp(call)) ?? last.at(-1);
}

/** What the candidate waits for: its last call asked for a tool that none of its own tool spans answered. */
export function openLoopOf(candidate: Candidate, { reader, interactionRoot }: GroupContext): OpenLoop | undefined {
  if (candidate.isMarked || candidate.hasFailed || interactionRoot === 'model-call') return undefined;
  const last = lastCallOf(candidate.calls, reader);
  if (last === undefined || last.isOpen) return undefined;
  const reading = readingOfCall(last, candidate, reader);
  if (!asksForTool(reading)) return undefined;
  const toolCallIds = new Set(
    [reading, ...last.twins.map((twin) => twin.reading(reader))].flatMap(toolCallsOf).flatMap(({ id }) => id ?? []),
  );
  const tools = candidate.members.filter((member) => member.kind(reader) === 'tool' && compareSpans(last, member) < 0);
  const answered = tools.some((tool) => {
    const id = tool.reading(reader)?.toolCallId;
    return id === undefined || toolCallIds.size === 0 || toolCallIds.has(id);
  });
  return answered ? undefined : { toolCallIds, history: historyOf(reading?.input) };
}

/** A call's own reading; what it leaves out stands in a wrapper around it alone. */
function readingOfCall(call: HeldSpan, { calls }: Candidate, reader: GroupContext['reader']): Reading | undefined {
  let reading = call.reading(reader);
  if (reading?.output !== undefined && reading.input !== undefined) return reading;
  const others = new Set<HeldSpan>();
  for (const other of calls) if (other !== call) for (const above of ancestorsOf(other)) others.add(above);
  for (const above of ancestorsOf(call)) {
    if (!['llm', 'chain'].includes(above.kind(reader) ?? '') || others.has(above)) break;
    reading = { kind: 'llm', ...above.reading(reader), ...reading };
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
