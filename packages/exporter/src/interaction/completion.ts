/** When an interaction leaves (record.md, section 2). */
import { compareTimes, SPAN_KIND, STATUS } from '../span.ts';
import { type Group, type GroupContext, isMember } from './group.ts';
import { ancestorsOf, type HeldSpan, Inherited } from './held-span.ts';
import { markOf } from './user-attributes.ts';

/** In milliseconds. */
export interface Waits {
  readonly toolLoopWaitMs: number;
  readonly idleMs: number;
  /** After a root came in, where spans come in batches; 0 where starts are seen. */
  readonly stragglerMs: number;
  readonly openMemberWaitMs: number;
}

/** Attributes by which a span that says nothing else yet is known to be ordinary. */
const ORDINARY = /^(?:http|db|rpc|messaging)\./;

/** An open span counts as a member as long as it may still say that it is one: half of the vocabularies say it only at the end. */
const mayBeMember = (span: HeldSpan, context: GroupContext): boolean =>
  isMember(span, context) ||
  (markOf(span.span) !== 'session' && !Object.keys(span.span.attributes).some((key) => ORDINARY.test(key)));

export function hasFailed(span: HeldSpan, { reader }: GroupContext): boolean {
  if (span.span.status.code === STATUS.error) return true;
  return (
    span.kind(reader) !== undefined &&
    (span.span.events.some((event) => event.name === 'exception') || span.reading(reader)?.error !== undefined)
  );
}

const lastActivityMs = (spans: Iterable<HeldSpan>): number => {
  let last = -Infinity;
  for (const span of spans) last = Math.max(last, span.endedAtMs ?? span.startedAtMs);
  return last;
};

export interface Circumstances {
  readonly waits: Waits;
  readonly context: GroupContext;
  /** Members of any group of the tree. */
  readonly taken: ReadonlySet<HeldSpan>;
  readonly isRootKnown: boolean;
}

/** Which of the spans that do not say what they are may turn out to be of the turn before that call: what began earlier, and what stands below the turn's own. */
function inTurnBefore(next: HeldSpan, own: ReadonlySet<HeldSpan>): (span: HeldSpan) => boolean {
  const around = new Set(ancestorsOf(next));
  const isBelowOwn = new Inherited(false, (above, span: HeldSpan) => above || own.has(span));
  return (span) => !around.has(span) && (compareTimes(span.startTime, next.startTime) <= 0 || isBelowOwn.of(span));
}

/** From when on the group may leave: in the past, now; `Infinity` never occurs, every wait is bounded. */
export function leavesAtMs(group: Group, { waits, context, taken, isRootKnown }: Circumstances): number {
  const { members, territory, supersededBy } = group;
  const { root } = territory;
  const own = new Set(members);
  const isInTurn = supersededBy === undefined ? () => true : inTurnBefore(supersededBy, own);
  const mayBelong = (span: HeldSpan): boolean =>
    own.has(span) || (!taken.has(span) && !span.isInnerTwin && isInTurn(span) && mayBeMember(span, context));
  const open = territory.spans.filter((span) => span.isOpen && (span !== root || own.has(root)) && mayBelong(span));

  const ordinaryRootMs = (span: HeldSpan): number =>
    lastActivityMs(members) + (isServer(span) ? waits.openMemberWaitMs : waits.idleMs);
  // Not the local root, but the outermost span that is all its own.
  const ownRootMs = group.root?.isOpen === true && group.root !== root ? ordinaryRootMs(group.root) : -Infinity;

  if (!root.isOpen && isRootKnown) {
    const endedMs = (root.endedAtMs ?? 0) + waits.stragglerMs;
    if (hasFailed(root, context)) return endedMs;
    if (open.length === 0) return Math.max(endedMs, ownRootMs);
    return lastActivityMs([...members, ...open]) + waits.openMemberWaitMs;
  }
  // Below a root that stays open there are always new spans that do not say what they are: they hold up nothing for ever.
  const openMemberMs = lastActivityMs(members) + waits.openMemberWaitMs;
  if (open.length > 0) return openMemberMs;
  if (supersededBy !== undefined) return ownRootMs;
  return !isRootKnown || isMember(root, context) || markOf(root.span) !== undefined
    ? openMemberMs
    : ordinaryRootMs(root);
}

const isServer = ({ span }: HeldSpan): boolean => span.kind === SPAN_KIND.server || span.kind === SPAN_KIND.consumer;
