/** Which of the spans below one local root make which interaction (record.md, section 1, rules 1 to 3 and 5). */
import { compareTimes } from '../span.ts';
import { ancestorsOf, type HeldSpan, Inherited, type SpanReader, type Tree } from './held-span.ts';
import { type Claims, completed, contradict, Identities, type MemberClaims, NOTHING } from './identity.ts';
import { type InteractionRoot, isMarked } from './marks.ts';
import { inOrder } from './order.ts';
import type { MemberKind, Reading } from './reading.ts';
import { addToTurn, asksForTool, beginsNewTurn, bringsResultOf, historyOf, newTurn, type Turn } from './turns.ts';
import { areTwins, isTryAt } from './twins.ts';
import { markOf } from './user-attributes.ts';
import { callsAmong, generationsAround } from './wrappers.ts';

export type { InteractionRoot } from './marks.ts';

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
  /** The call with which the next turn has begun: nothing more will come. */
  readonly supersededBy: HeldSpan | undefined;
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
  const kind = span.kind(reader);
  if (span.isInnerTwin || (span.isNobodys && mayHoldOthers(kind) && (kind !== 'llm' || span.heldCall))) return false;
  const mark = markOf(span.span);
  return mark === undefined ? kind !== undefined : mark !== 'session';
}

/** Agents, chains, wrappers and marked steps go where those go that they hold; other work is somebody's, whatever stands below it. */
const mayHoldOthers = (kind: MemberKind = 'step'): boolean => ['agent', 'chain', 'llm', 'step'].includes(kind);

/** The groups of a tree, as far as it has come. Yields between spans and between passes over them, so that the event loop can run. */
export function* groupTree(tree: Tree, context: GroupContext): Generator<undefined, readonly Group[]> {
  const { reader } = context;
  const spans = inOrder(tree.spans);
  yield;
  for (const span of spans) {
    if (isMember(span, context)) span.reading(reader);
    yield;
  }
  pairTwins(callsAmong(spans, context), context);
  yield;
  // Inner recordings are no calls any more.
  const calls = new Set(callsAmong(spans, context));
  const isCall = (span: HeldSpan): boolean => calls.has(span);
  const territories = territoriesOf(tree, spans, context, isCall);
  yield;
  const identities = new Identities(territories, reader);
  yield;
  const drafts: Draft[] = [];
  for (const territory of territories) {
    const members = territory.spans.filter((span) => isMember(span, context));
    if (members.length === 0) continue;
    drafts.push(
      ...(territory.isMark
        ? [markedDraft(territory, members, identities)]
        : yield* splitTerritory(territory, members, { identities, isCall, reader })),
    );
    yield;
  }
  const shares = new Shares(drafts, tree.spans, (span) => span.isShared);
  yield;
  const groups: Group[] = [];
  for (const draft of drafts) {
    const { territory, supersededBy } = draft;
    const members = inOrder(draft.members);
    const root = territory.isMark ? territory.root : shares.rootOf(draft);
    groups.push({
      members,
      calls: members.filter(isCall),
      root,
      isMarked: territory.isMark,
      territory,
      supersededBy,
      claims: root === undefined ? draft.claims : completed(draft.claims, identities.resolve(root)),
    });
    yield;
  }
  return groups;
}

/** Adds the spans above, up to the first that is in already: those above it are too. */
function markAbove(span: HeldSpan, holding: Set<HeldSpan>): void {
  for (const ancestor of ancestorsOf(span)) {
    if (holding.has(ancestor)) return;
    holding.add(ancestor);
  }
}

/** Links the model calls of a tree that are one call (the inner one then is no member). */
export const pairTwinsOf = (tree: Tree, context: GroupContext): void =>
  pairTwins(callsAmong(inOrder(tree.spans), context), context);

function pairTwins(calls: readonly HeldSpan[], { reader, interactionRoot }: GroupContext): void {
  const scopes = new Set(calls.map((call) => call.scope));
  if (scopes.size < 2) return;
  for (const inner of calls) {
    if (inner.isInnerTwin || inner.isOpen) continue;
    // A client that is patched twice records its call in a wrapper: that is the same call, too.
    const recordings = [inner, ...generationsAround(inner, { reader, interactionRoot })];
    for (const outer of calls) {
      if (outer === inner || outer.isInnerTwin || outer.isOpen) continue;
      const outermost = recordings.findLastIndex((recording) => areTwins(outer, recording, reader));
      if (outermost < 0) continue;
      linkTwins(outer, recordings.slice(0, outermost + 1).reverse());
      break;
    }
  }
  for (const inner of calls) {
    if (inner.isInnerTwin || inner.twins.length > 0) continue;
    const outer = calls.find((call) => !call.isInnerTwin && isTryAt(call, inner, reader));
    if (outer !== undefined) linkTry(outer, inner);
  }
}

/** @param inner recordings of the outer one's call, the outermost first; those that they stood for go with them */
export function linkTwins(outer: HeldSpan, inner: readonly HeldSpan[]): void {
  outer.twins = [...outer.twins, ...inner.flatMap((recording) => [recording, ...recording.twins])];
  outer.tries = [...outer.tries, ...inner.flatMap(({ tries }) => tries)];
  for (const recording of inner) recording.isInnerTwin = true;
}

export function linkTry(outer: HeldSpan, inner: HeldSpan): void {
  outer.tries = [...outer.tries, inner];
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
  const marks = new Set(spans.filter((span) => isMarked(span, interactionRoot)));
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

/** An interaction as far as it has come. */
interface Draft {
  readonly territory: Territory;
  readonly members: HeldSpan[];
  claims: Claims;
  /** What a member must not contradict. */
  binding: Claims;
  turn: Turn;
  lastCall: { readonly span: HeldSpan; readonly reading: Reading | undefined } | undefined;
  /** Since the last call's answer: of this turn or of the next, which the next call will tell. */
  pending: (readonly [member: HeldSpan, claims: MemberClaims])[];
  supersededBy: HeldSpan | undefined;
}

const newDraft = (territory: Territory): Draft => ({
  territory,
  members: [],
  claims: NOTHING,
  binding: NOTHING,
  turn: newTurn(),
  lastCall: undefined,
  pending: [],
  supersededBy: undefined,
});

function markedDraft(territory: Territory, members: HeldSpan[], identities: Identities): Draft {
  const draft = { ...newDraft(territory), members, claims: identities.resolve(territory.root) };
  for (const member of members) draft.claims = completed(draft.claims, identities.resolve(member));
  return draft;
}

/** It takes over what the member knows of identity and it did not. */
function addMember(draft: Draft, member: HeldSpan, { all, binding }: MemberClaims): void {
  draft.members.push(member);
  draft.claims = completed(draft.claims, all);
  draft.binding = completed(draft.binding, binding);
}

interface SplitContext {
  readonly identities: Identities;
  readonly isCall: (span: HeldSpan) => boolean;
  readonly reader: SpanReader;
}

/** One interaction, but for identities that differ and turns that begin. */
function* splitTerritory(
  territory: Territory,
  members: readonly HeldSpan[],
  { identities, isCall, reader }: SplitContext,
): Generator<undefined, readonly Draft[]> {
  const holding = new Set<HeldSpan>();
  for (const member of members) markAbove(member, holding);
  // First the others are told apart.
  const isContainer = (span: HeldSpan): boolean =>
    holding.has(span) && mayHoldOthers(span.kind(reader)) && !isCall(span);
  const isWork = (span: HeldSpan): boolean => ['agent', 'tool'].includes(span.kind(reader) ?? '');
  const wholes = new Inherited<HeldSpan | undefined>(undefined, (above, span) => {
    // What stands above a session is of another tree.
    if (span.tree !== territory.root.tree) return undefined;
    return above ?? (isWork(span) ? span : undefined);
  });
  yield;
  const drafts: Draft[] = [];
  // Turns that have left still end those before them.
  const left = new Set(members.flatMap(({ nextTurn }) => nextTurn ?? []));
  for (const member of left.size > 0 ? inOrder([...members, ...left]) : members) {
    if (left.has(member)) {
      const past = drafts.find(({ lastCall }) => lastCall?.span.nextTurn === member);
      if (past !== undefined) past.supersededBy = member;
      continue;
    }
    if (isContainer(member)) continue;
    yield;
    const claims = identities.ofMember(member, wholes.of(member.parent));
    let draft = drafts.findLast((open) => open.supersededBy === undefined && !contradict(open.binding, claims.binding));
    if (draft === undefined) {
      draft = newDraft(territory);
      drafts.push(draft);
    }
    if (!isCall(member)) addOtherWork(draft, member, claims, reader);
    else if (!continuesTurn(draft, member, claims, reader)) {
      draft.supersededBy = member;
      const next = newDraft(territory);
      next.pending = draft.pending;
      draft.pending = [];
      drafts.push(next);
      continuesTurn(next, member, claims, reader);
    }
  }
  for (const draft of drafts) addPending(draft);
  const shares = new Shares(drafts, new Set(territory.spans), (span) => span.isNobodys);
  for (const container of members.filter(isContainer)) {
    const owner = shares.ownerOf(container);
    if (owner === undefined) continue;
    owner.members.push(container);
    owner.claims = completed(owner.claims, identities.resolve(container));
  }
  return drafts;
}

/** A turn leaves before those that it ended: they stay over. */
export function noteTurnLeft(calls: readonly HeldSpan[], groups: readonly Group[]): void {
  for (const { calls: earlier, supersededBy } of groups) {
    const last = earlier.at(-1);
    if (last !== undefined && supersededBy !== undefined && calls.includes(supersededBy)) last.nextTurn = supersededBy;
  }
}

/** Work without a turn of its own: after an answer (retrievals before a call) it belongs to the call that it stands with. */
function addOtherWork(draft: Draft, member: HeldSpan, claims: MemberClaims, reader: SpanReader): void {
  const { lastCall } = draft;
  const followsAnswer =
    lastCall !== undefined && !asksForTool(lastCall.reading) && hasEndedBefore(lastCall.span, member);
  if (followsAnswer && member.kind(reader) !== 'tool') draft.pending.push([member, claims]);
  else addMember(draft, member, claims);
}

/** Adds a call to the turn; false, and nothing is changed, where it is the first of the next. */
function continuesTurn(draft: Draft, call: HeldSpan, claims: MemberClaims, reader: SpanReader): boolean {
  const reading = call.reading(reader);
  const history = historyOf(reading?.input);
  if (!bringsResultOf(draft.lastCall?.reading, history) && beginsNewTurn(draft.turn, history, reading)) return false;
  addPending(draft);
  addMember(draft, call, claims);
  addToTurn(draft.turn, history, reading);
  draft.lastCall = { span: call, reading };
  return true;
}

function addPending(draft: Draft): void {
  for (const [member, claims] of draft.pending) addMember(draft, member, claims);
  draft.pending = [];
}

const hasEndedBefore = (earlier: HeldSpan, later: HeldSpan): boolean => {
  const { endTime } = earlier.span;
  return endTime !== undefined && compareTimes(endTime, later.startTime) <= 0;
};

/** Which spans hold members of one group only. */
class Shares {
  readonly #owners = new Map<HeldSpan, Draft | 'shared'>();

  readonly #within: ReadonlySet<HeldSpan>;
  readonly #heldOthers: (span: HeldSpan) => boolean;

  /**
   * @param within spans above these are nobody's
   * @param heldOthers what has held members that have left by now
   */
  constructor(groups: readonly Draft[], within: ReadonlySet<HeldSpan>, heldOthers: (span: HeldSpan) => boolean) {
    this.#within = within;
    this.#heldOthers = heldOthers;
    for (const group of groups) for (const member of group.members) this.#claim(member, group);
  }

  /** Claims a member and all above it. Where one is the group's already, or shared, those above it are too. */
  #claim(member: HeldSpan, group: Draft): void {
    for (let span: HeldSpan | undefined = member; span !== undefined; span = span.parent) {
      const owner = this.#owners.get(span);
      if (owner === group || owner === 'shared' || !this.#within.has(span)) return;
      this.#owners.set(span, owner === undefined && !this.#heldOthers(span) ? group : 'shared');
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
