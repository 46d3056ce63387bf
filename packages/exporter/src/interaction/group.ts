/** Which of the spans below one local root make which interaction (record.md, section 1, rules 1 to 3 and 5). */
import { compareTimes, type EndedSpan } from '../span.ts';
import { ancestorsOf, compareSpans, type HeldSpan, Inherited, type SpanReader, type Tree } from './held-span.ts';
import { type Claims, completed, contradict, Identities } from './identity.ts';
import type { Reading } from './reading.ts';
import { addToTurn, asksForTool, beginsNewTurn, historyOf, newTurn, type Turn } from './turns.ts';
import { areTwins } from './twins.ts';
import { markOf } from './user-attributes.ts';

/**
 * What makes an interaction, beside marks: `request` the local root; `genai` the outermost member; `model-call` each model call;
 * `trace` the trace's root, remote parents being parents; or a predicate whose `true` is a mark.
 */
export type InteractionRoot = 'request' | 'genai' | 'model-call' | 'trace' | ((span: EndedSpan) => boolean);

export interface Group {
  /** In order. */
  readonly members: readonly HeldSpan[];
  /** Model calls: generation spans without another below them, in order. */
  readonly calls: readonly HeldSpan[];
  /** The outermost span that holds all members and no other's; none where it shares every one. */
  readonly root: HeldSpan | undefined;
  readonly isMarked: boolean;
  /** Where it was looked for: its mark, or the local root. */
  readonly territory: Territory;
  /** The next turn has begun: nothing more will come. */
  readonly isSuperseded: boolean;
  readonly claims: Claims;
}

/** The spans that belong to one mark, or to the local root. */
export interface Territory {
  readonly root: HeldSpan;
  readonly isMark: boolean;
  /** In order. */
  readonly spans: readonly HeldSpan[];
}

export interface GroupContext {
  readonly reader: SpanReader;
  readonly interactionRoot: InteractionRoot;
}

export function isMember(span: HeldSpan, { reader }: GroupContext): boolean {
  if (span.isInnerTwin || span.isNobodys) return false;
  const mark = markOf(span.span);
  return mark === undefined ? span.kind(reader) !== undefined : mark !== 'session';
}

/** The groups of a tree, as far as it has come. Yields between spans and between passes over them, so that the event loop can run. */
export function* groupTree(tree: Tree, context: GroupContext): Generator<undefined, readonly Group[]> {
  const { reader } = context;
  const spans = [...tree.spans].sort(compareSpans);
  yield;
  const wrappers = wrappersAmong(spans, reader);
  const isCall = (span: HeldSpan): boolean => span.kind(reader) === 'llm' && !wrappers.has(span) && !span.isInnerTwin;
  for (const span of spans) {
    if (isMember(span, context)) span.reading(reader);
    yield;
  }
  pairTwins(spans.filter(isCall), reader);
  yield;
  const territories = territoriesOf(tree, spans, context, isCall);
  yield;
  const identities = new Identities(spans, reader);
  yield;
  const drafts: Draft[] = [];
  for (const territory of territories) {
    const members = territory.spans.filter((span) => isMember(span, context));
    if (members.length === 0) continue;
    drafts.push(
      ...(territory.isMark
        ? [draftOf(territory, members, identities.resolve(territory.root))]
        : yield* splitTerritory(territory, members, { identities, isCall, reader })),
    );
    yield;
  }
  const shares = new Shares(drafts, tree.spans);
  yield;
  const groups: Group[] = [];
  for (const draft of drafts) {
    const { territory, isSuperseded, claims } = draft;
    const members = draft.members.toSorted(compareSpans);
    groups.push({
      members,
      calls: members.filter(isCall),
      root: territory.isMark ? territory.root : shares.rootOf(draft),
      isMarked: territory.isMark,
      territory,
      isSuperseded,
      claims,
    });
    yield;
  }
  return groups;
}

/** Generation spans with another one below them: they repeat what the inner one says. */
function wrappersAmong(spans: readonly HeldSpan[], reader: SpanReader): ReadonlySet<HeldSpan> {
  const holding = new Set<HeldSpan>();
  for (const span of spans) if (span.kind(reader) === 'llm' && !span.isInnerTwin) markAbove(span, holding);
  return holding;
}

/** Adds the spans above, up to the first that is in already: those above it are too. */
function markAbove(span: HeldSpan, holding: Set<HeldSpan>): void {
  for (const ancestor of ancestorsOf(span)) {
    if (holding.has(ancestor)) return;
    holding.add(ancestor);
  }
}

/** Links model calls that are one call (the inner one then is no member). Calls are in order: the outer one comes first, or shares its start. */
function pairTwins(calls: readonly HeldSpan[], reader: SpanReader): void {
  const scopes = new Set(calls.map((call) => call.span.scope.name));
  if (scopes.size < 2) return;
  for (const inner of calls) {
    if (inner.isInnerTwin || inner.twin !== undefined || inner.isOpen) continue;
    const outer = calls.find(
      (call) => call.twin === undefined && !call.isInnerTwin && !call.isOpen && areTwins(call, inner, reader),
    );
    if (outer !== undefined) linkTwins(outer, inner);
  }
}

export function linkTwins(outer: HeldSpan, inner: HeldSpan): void {
  outer.twin = inner;
  inner.isInnerTwin = true;
}

/** Every span belongs to its nearest mark, else to the local root. */
function territoriesOf(
  tree: Tree,
  spans: readonly HeldSpan[],
  context: GroupContext,
  isCall: (span: HeldSpan) => boolean,
): readonly Territory[] {
  const { interactionRoot } = context;
  const isMark = (span: HeldSpan): boolean =>
    markOf(span.span) === 'interaction' ||
    (typeof interactionRoot === 'function' && markOf(span.span) !== 'session' && says(interactionRoot, span.span));
  const marks = new Set(spans.filter(isMark));
  const isWork = (span: HeldSpan): boolean =>
    interactionRoot === 'genai' ? isMember(span, context) : interactionRoot === 'model-call' && isCall(span);
  // Nothing begins below a mark, nor below work that has begun one.
  const beginsOne = (span: HeldSpan, above: HeldSpan): boolean =>
    marks.has(span) || (!marks.has(above) && !isWork(above) && isWork(span));
  const homes = new Inherited<HeldSpan>(tree.root, (above, span) =>
    tree.spans.has(span) && beginsOne(span, above) ? span : above,
  );
  const territories = new Map<HeldSpan, HeldSpan[]>();
  for (const span of spans) {
    const home = homes.of(span);
    const own = territories.get(home);
    if (own === undefined) territories.set(home, [span]);
    else own.push(span);
  }
  return [...territories].map(([root, own]) => ({ root, isMark: marks.has(root), spans: own }));
}

/** A predicate of the user's that throws says no. */
function says(predicate: (span: EndedSpan) => boolean, span: EndedSpan): boolean {
  try {
    return predicate(span);
  } catch {
    return false;
  }
}

interface Draft {
  readonly territory: Territory;
  readonly members: HeldSpan[];
  claims: Claims;
  isSuperseded: boolean;
}

const draftOf = (territory: Territory, members: HeldSpan[], claims: Claims): Draft => ({
  territory,
  members,
  claims,
  isSuperseded: false,
});

interface SplitContext {
  readonly identities: Identities;
  readonly isCall: (span: HeldSpan) => boolean;
  readonly reader: SpanReader;
}

/** One interaction, but for identities that differ and turns that begin. */
function* splitTerritory(
  territory: Territory,
  members: readonly HeldSpan[],
  context: SplitContext,
): Generator<undefined, readonly Draft[]> {
  const { reader } = context;
  const holding = new Set<HeldSpan>();
  for (const member of members) markAbove(member, holding);
  // What holds others (agents, chains, wrappers) goes where they go, or is nobody's: first the others are told apart.
  const isContainer = (span: HeldSpan): boolean =>
    holding.has(span) && ['agent', 'chain', 'llm', 'step'].includes(span.kind(reader) ?? 'step');
  const drafts: Draft[] = [];
  yield;
  const conversations = yield* byIdentity(
    members.filter((span) => !isContainer(span)),
    context,
  );
  for (const conversation of conversations) drafts.push(...(yield* byTurn(territory, conversation, context)));
  const containers = members.filter(isContainer);
  if (containers.length > 0) {
    const shares = new Shares(drafts, new Set(territory.spans));
    for (const container of containers) shares.ownerOf(container)?.members.push(container);
  }
  return drafts;
}

interface Conversation {
  readonly members: HeldSpan[];
  claims: Claims;
}

/** In order, a member joins the latest interaction that it does not contradict, which takes over what the member knows of identity and it did not. */
function* byIdentity(
  members: readonly HeldSpan[],
  { identities, reader }: SplitContext,
): Generator<undefined, readonly Conversation[]> {
  const conversations: Conversation[] = [];
  const isWork = (span: HeldSpan): boolean => ['agent', 'tool'].includes(span.kind(reader) ?? '');
  const wholes = new Inherited<HeldSpan | undefined>(
    undefined,
    (above, span) => above ?? (isWork(span) ? span : undefined),
  );
  for (const member of members) {
    yield;
    const whole = wholes.of(member.parent);
    const claims = whole === undefined ? identities.resolve(member) : identities.resolveWithin(member, whole);
    const joined = conversations.findLast((conversation) => !contradict(conversation.claims, claims));
    if (joined === undefined) conversations.push({ members: [member], claims });
    else {
      joined.members.push(member);
      joined.claims = completed(joined.claims, claims);
    }
  }
  return conversations;
}

/** The turns of one conversation. Work without a turn of its own (retrievals before a call) belongs to the call that it stands with. */
function* byTurn(
  territory: Territory,
  { members, claims }: Conversation,
  { isCall, reader }: SplitContext,
): Generator<undefined, readonly Draft[]> {
  const drafts: Draft[] = [draftOf(territory, [], claims)];
  let turn: Turn = newTurn();
  /** Since the last call's answer: of this turn or of the next, which the next call will tell. */
  let pending: HeldSpan[] = [];
  let lastCall: { readonly span: HeldSpan; readonly reading: Reading | undefined } | undefined;
  for (const member of members) {
    yield;
    const draft = drafts.at(-1);
    if (draft === undefined) break;
    if (!isCall(member)) {
      const followsAnswer =
        lastCall !== undefined && !asksForTool(lastCall.reading) && hasEndedBefore(lastCall.span, member);
      if (followsAnswer && member.kind(reader) !== 'tool') pending.push(member);
      else draft.members.push(member);
      continue;
    }
    const reading = member.reading(reader);
    const history = historyOf(reading?.input);
    if (beginsNewTurn(turn, history, reading)) {
      draft.isSuperseded = true;
      drafts.push(draftOf(territory, [...pending, member], claims));
      turn = newTurn();
    } else draft.members.push(...pending, member);
    pending = [];
    addToTurn(turn, history, reading);
    lastCall = { span: member, reading };
  }
  drafts.at(-1)?.members.push(...pending);
  return drafts;
}

const hasEndedBefore = (earlier: HeldSpan, later: HeldSpan): boolean => {
  const { endTime } = earlier.span;
  return endTime !== undefined && compareTimes(endTime, later.startTime) <= 0;
};

/** Which spans hold members of one group only. */
class Shares {
  readonly #owners = new Map<HeldSpan, Draft | 'shared'>();

  /** @param within spans above these are nobody's */
  constructor(groups: readonly Draft[], within: ReadonlySet<HeldSpan>) {
    for (const group of groups) for (const member of group.members) this.#claim(member, group, within);
  }

  /** Claims a member and all above it. Where one is the group's already, or shared, those above it are too. */
  #claim(member: HeldSpan, group: Draft, within: ReadonlySet<HeldSpan>): void {
    for (let span: HeldSpan | undefined = member; span !== undefined; span = span.parent) {
      const owner = this.#owners.get(span);
      if (owner === group || owner === 'shared' || !within.has(span)) return;
      this.#owners.set(span, owner === undefined && !span.isShared ? group : 'shared');
    }
  }

  ownerOf(span: HeldSpan): Draft | undefined {
    const owner = this.#owners.get(span);
    return owner === 'shared' ? undefined : owner;
  }

  /** The outermost span that holds all of the group's members, and no other's. */
  rootOf(group: Draft): HeldSpan | undefined {
    const outermost = new Inherited<HeldSpan | undefined>(undefined, (above, span) =>
      this.#owners.get(span) === group ? (above ?? span) : undefined,
    );
    const tops = new Set(group.members.map((member) => outermost.of(member)));
    const [top] = tops;
    return tops.size === 1 ? top : undefined;
  }
}
