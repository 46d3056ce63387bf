/**
 * Spans in, interactions out. Starts, ends and log events are only noted; what they mean is found out in `advance`, later and in pieces.
 * Everything that waits here waits for a bounded time (`completion.ts`) and within bounds by count and bytes.
 */
import type { EndedSpan, LogEvent } from '../span.ts';
import { buildInteraction } from './build.ts';
import { type Candidate, candidateOf, isUnknown } from './candidate.ts';
import { leavesAtMs, type Waits } from './completion.ts';
import { Deadlines } from './deadlines.ts';
import { type Group, type GroupContext, groupTree, isMember, noteTurnLeft } from './group.ts';
import { ancestorsOf, compareSpans, type HeldSpan, type Started, type Tree, type View } from './held-span.ts';
import type { Interaction } from './interaction.ts';
import { Joins } from './joins.ts';
import { isMarked } from './marks.ts';
import { OpenTraces } from './open-traces.ts';
import { SpanCutter } from './span-cutter.ts';
import { isInstrumentation, TwinTraces } from './twin-traces.ts';
import { ATTRIBUTE, markOf } from './user-attributes.ts';
import { noteCallAbove } from './wrappers.ts';

export interface AssemblerOptions extends GroupContext {
  readonly waits: Waits;
  /** Whether starts are seen (our span processor), or ended spans only (an exporter, OTLP). */
  readonly seesStarts: boolean;
  readonly maxOpenSpans: number;
  readonly maxOpenBytes: number;
  readonly maxSpansPerInteraction: number;
  /** In pieces, for an interaction may be large. */
  readonly emit: (interaction: Interaction) => Generator<undefined, void>;
  /** Told of each group, as often as it is looked at. */
  readonly watch: (group: Group, nowMs: number) => void;
  /** Spans that came after their interaction had left, spans that make none, and model calls that there was no time to look at. */
  readonly count: (what: 'late' | 'ignored' | 'overloaded', spans: number) => void;
}

/**
 * `wait`: only what is complete leaves. `flush`: nothing is waited for that may or may not come (tool loops, stragglers).
 * `shutdown`: everything leaves as it is.
 */
export type Urgency = 'wait' | 'flush' | 'shutdown';

/** What may come beyond the limits before the event loop runs and the oldest can go: the limits' defaults once more. */
const BURST_SPANS = 20_000;
const BURST_BYTES = 64 * 1024 * 1024;
/** Trees with more spans than this are not looked at again for every single end. */
const SMALL_TREE = 16;
const LARGE_TREE_PAUSE_MS = 1_000;
/** A tree in which nothing can leave is looked at for what it need not hold any longer. */
const PRUNE_AFTER = 1_000;

export class Assembler {
  readonly #options: AssemblerOptions;
  readonly #traces: OpenTraces;
  readonly #joins: Joins;
  readonly #twins: TwinTraces;
  readonly #cutter: SpanCutter;
  /** Trees of which something may leave. */
  readonly #changed = new Set<Tree>();
  readonly #deadlines = new Deadlines<Tree>();

  constructor(options: AssemblerOptions) {
    const { seesStarts, interactionRoot, maxSpansPerInteraction } = options;
    this.#options = options;
    this.#traces = new OpenTraces({ seesStarts, joinsRemote: interactionRoot === 'trace' });
    this.#joins = new Joins(options, options.waits, (tool) => this.#takeTool(tool));
    this.#twins = new TwinTraces(options, this.#traces, this.#joins, (tree) => this.#changed.add(tree));
    this.#cutter = new SpanCutter(options, maxSpansPerInteraction);
  }

  /** Interactions that would be records now. */
  get open(): number {
    let open = this.#joins.size;
    for (const tree of this.#traces.trees) open += tree.records;
    return open;
  }

  get hasWork(): boolean {
    return this.#changed.size > 0;
  }

  /** When the first wait runs out, at the earliest; `Infinity` while nothing waits. */
  get nextDeadlineMs(): number {
    return Math.min(this.#deadlines.nextMs, this.#joins.nextMs);
  }

  start(view: View, started: Started): void {
    if (this.#isOverloadedBy(view)) return;
    const held = this.#traces.start(view, started);
    if (held === undefined) return;
    if (held.tree.root === held && isInstrumentation(held.scope)) this.#joins.noteLoneStart(held);
    held.tree.changes += 1;
    // It may never end, and nothing else happen.
    this.#deadlines.setBy(held.tree, started.atMs + this.#options.waits.openMemberWaitMs);
  }

  end(view: View, nowMs: number): void {
    const span = view([]);
    let held = this.#traces.find(span.traceId, span.spanId);
    if (held === undefined) {
      // Of an interaction that has left.
      if (this.#options.seesStarts && this.#traces.hasLeft(span.traceId, span.spanId)) {
        this.#options.count('late', 1);
        return;
      }
      if (this.#isOverloadedBy(view)) {
        if (this.#options.reader.kindOf(span) === 'llm') this.#options.count('overloaded', 1);
        return;
      }
      // Behind an exporter every span comes so; else it started before anybody looked.
      held = this.#traces.start(view, { atMs: nowMs });
      for (const tree of this.#traces.takeRooted())
        this.#deadlines.setBy(tree, nowMs + this.#options.waits.stragglerMs);
    }
    if (held?.isOpen !== true) return;
    this.#traces.end(held, view, nowMs);
    const kind = held.kind(this.#options.reader);
    if (kind === 'llm') this.#twins.noteCall(held);
    if (kind === 'tool') this.#joins.noteTool(held);
    const { tree } = held;
    tree.changes += 1;
    if (held.hasLeft) {
      this.#options.count('late', 1);
      this.#traces.forget(held, true);
    } else if (this.#cutter.isFull(tree)) for (const cut of this.#cutter.cut(held)) this.#traces.release(cut, false);
    this.#noteEnd(held, nowMs);
  }

  /**
   * Spans come faster than the event loop lets them be looked at: nothing new is begun, so that memory stays bounded, and the application as fast as it
   * was. What has begun goes on.
   */
  #isOverloadedBy(view: View): boolean {
    const { maxOpenSpans, maxOpenBytes } = this.#options;
    if (this.#traces.size < maxOpenSpans + BURST_SPANS && this.#traces.bytes < maxOpenBytes + BURST_BYTES) return false;
    const { traceId, parentSpanId } = view([]);
    return parentSpanId === undefined || this.#traces.find(traceId, parentSpanId) === undefined;
  }

  /** What ended may complete something: at once where all of it has been seen, else after a wait. */
  #noteEnd(held: HeldSpan, nowMs: number): void {
    const { tree } = held;
    const { reader, waits, seesStarts } = this.#options;
    if (!seesStarts) {
      const isComplete = tree.isRootKnown || markOf(held.span) === 'interaction';
      this.#deadlines.setBy(tree, nowMs + (isComplete ? waits.stragglerMs : waits.openMemberWaitMs));
    } else if (
      !tree.root.isOpen ||
      markOf(held.span) !== undefined ||
      held.kind(reader) === 'llm' ||
      tree.holdsPastTurn ||
      tree.changes > PRUNE_AFTER
    )
      this.#changed.add(tree);
    else this.#deadlines.setBy(tree, nowMs + Math.min(waits.idleMs, waits.openMemberWaitMs));
  }

  log(traceId: string, spanId: string, event: LogEvent): void {
    this.#traces.log(traceId, spanId, event);
  }

  /** Adds an event to an interaction that has not left; false where none of that id is here. */
  addTo(messageId: string, event: LogEvent): boolean {
    const [traceId = '', spanId = ''] = messageId.split('-');
    const named = this.#traces.find(traceId, spanId);
    const span = named?.hasLeft === false ? named : this.#spanNamed(messageId);
    span?.logs.push(event);
    span?.forget();
    return span !== undefined;
  }

  /** One of the spans of an interaction with this id, given by the application or by a first span that waits with it. */
  #spanNamed(messageId: string): HeldSpan | undefined {
    for (const spans of [this.#traces.held(), this.#joins.sources()]) {
      for (const held of spans) {
        const { attributes, traceId, spanId } = held.span;
        if (attributes[ATTRIBUTE.messageId] === messageId || `${traceId}-${spanId}` === messageId) return held;
      }
    }
    return undefined;
  }

  /** Looks at what may be complete and at what has waited long enough. Yields between spans and between passes over a tree. */
  *advance(nowMs: number, urgency: Urgency = 'wait'): Generator<undefined, void> {
    const trees = this.#treesToLookAt(nowMs, urgency);
    for (const tree of trees) this.#joins.noteLoneCall(tree);
    for (const tree of trees) if (this.#traces.trees.has(tree)) yield* this.#look(tree, nowMs, urgency);
    for (const candidate of this.#joins.takeDue(nowMs)) {
      yield* this.#emit(candidate);
    }
    for (const candidate of urgency === 'wait' ? [] : this.#joins.takeAll(urgency === 'shutdown')) {
      yield* this.#emit(candidate);
    }
    for (const tool of this.#joins.takeUnclaimedTools(urgency === 'wait' ? nowMs : Infinity))
      this.#discard([tool], tool.tree);
    yield* this.#evict(nowMs);
  }

  /** In order of their starts: of a tool loop the call that asks comes before the one that brings the result. */
  #treesToLookAt(nowMs: number, urgency: Urgency): readonly Tree[] {
    const trees = new Set<Tree>(this.#deadlines.takeDue(nowMs));
    for (const tree of this.#changed) {
      // A large tree that grows is looked at a few times in all, not once a span.
      const isWorthIt =
        (!tree.root.isOpen && tree.open === 0) || tree.changes >= Math.max(1, (tree.spans.size - SMALL_TREE) / 4);
      if (isWorthIt) trees.add(tree);
      else if (!trees.has(tree)) this.#deadlines.setBy(tree, nowMs + LARGE_TREE_PAUSE_MS);
    }
    this.#changed.clear();
    if (urgency !== 'wait') for (const tree of this.#traces.trees) trees.add(tree);
    return [...trees].sort((a, b) => compareSpans(a.root, b.root));
  }

  *#look(tree: Tree, nowMs: number, urgency: Urgency): Generator<undefined, void> {
    const context = this.#options;
    this.#deadlines.delete(tree);
    tree.changes = 0;
    for (const cut of this.#cutter.cutSurplus(tree)) this.#traces.release(cut, false);
    let groups: readonly Group[] = [];
    if (hasSome(tree.spans, (span) => isMember(span, context))) {
      this.#twins.pair(tree, urgency === 'shutdown');
      groups = yield* groupTree(tree, context);
    }
    // Something happened while the event loop ran: it is looked at again, as a whole.
    if (tree.changes > 0 && urgency === 'wait') {
      this.#changed.add(tree);
      return;
    }
    // Or what is around it: the outer recording of this call may have ended.
    if (groups.length > 0 && this.#twins.pairWithOuter(tree)) return;
    const waits = urgency === 'wait' ? context.waits : { ...context.waits, stragglerMs: 0 };
    let nextMs = Infinity;
    tree.records = 0;
    tree.holdsPastTurn = false;
    const taken = new Set(groups.flatMap(({ members }) => members));
    for (const group of groups) {
      context.watch(group, nowMs);
      const atMs = leavesAtMs(group, { waits, context, taken, isRootKnown: tree.isRootKnown });
      if (atMs <= nowMs || urgency === 'shutdown') yield* this.#leave(tree, group, { groups, taken }, nowMs);
      else {
        nextMs = Math.min(nextMs, atMs);
        tree.holdsPastTurn ||= group.supersededBy !== undefined;
        if (isRecord(group, context)) tree.records += 1;
      }
    }
    yield;
    this.#prune(tree, urgency);
    if (nextMs < Infinity) this.#deadlines.setBy(tree, nextMs);
  }

  /** The group is complete, or has waited long enough. */
  *#leave(
    tree: Tree,
    group: Group,
    { groups, taken }: { readonly groups: readonly Group[]; readonly taken: ReadonlySet<HeldSpan> },
    nowMs: number,
  ): Generator<undefined, void> {
    const context = this.#options;
    const { members, calls, isMarked } = group;
    if (!isRecord(group, context)) {
      const tools = members.filter((span) => span.kind(context.reader) === 'tool');
      for (const span of members) {
        // What they shared with others is those others' no more than it was.
        for (const above of ancestorsOf(span)) {
          if (above.isNobodys || above.tree !== tree) break;
          above.isShared = true;
          above.isNobodys = true;
        }
        this.#traces.release(span, tree.hasSent);
      }
      this.#discard(
        [...members.filter((span) => !tools.includes(span)), ...this.#joins.addLooseTools(tools, group.claims, nowMs)],
        tree,
      );
      return;
    }
    noteTurnLeft(calls, groups);
    const cut = group.supersededBy === undefined ? this.#cutter.takeCut(tree) : undefined;
    const candidate = candidateOf(group, context, taken, cut);
    for (const span of new Set([
      ...members,
      ...candidate.sources.filter(({ isShared }) => !isShared).map(({ held }) => held),
    ])) {
      for (const inner of [...span.twins, ...span.tries]) this.#traces.release(inner, true);
      this.#traces.release(span, true);
    }
    for (const { held, isShared } of candidate.sources) {
      // What stands above a session is of another tree.
      if (!isShared || held.tree !== tree) continue;
      held.isShared = true;
      // Around a mark the rest goes on as before; what held a turn that has left is no part of the next.
      held.isNobodys ||= !isMarked;
    }
    if (isUnknown(candidate, context)) {
      this.#discard(members, tree);
      return;
    }
    tree.hasSent = true;
    for (const one of calls) noteCallAbove(one, context.interactionRoot);
    // Its root may be the call itself, or a recording around it.
    const isLoneCall = calls.length === 1 && group.root === tree.root && tree.root.kind(context.reader) === 'llm';
    const whole = this.#joins.offer(candidate, isLoneCall ? this.#twins.openOutersOf(tree.root) : [], nowMs);
    yield;
    if (whole !== undefined) yield* this.#emit(whole);
  }

  *#emit(candidate: Candidate): Generator<undefined, void> {
    const interaction = yield* buildInteraction(candidate, this.#options.reader);
    yield* this.#options.emit(interaction);
  }

  #discard(spans: readonly HeldSpan[], { hasSent }: Tree): void {
    if (spans.length > 0) this.#options.count(hasSent ? 'late' : 'ignored', spans.length);
  }

  /** Takes a tool for a loop elsewhere, unless there is something in its trace that makes an interaction. */
  #takeTool(tool: HeldSpan): boolean {
    const { reader, interactionRoot } = this.#options;
    const makesOne = (span: HeldSpan): boolean =>
      ['llm', 'agent'].includes(span.kind(reader) ?? '') || isMarked(span, interactionRoot);
    // Behind an exporter a trace is in pieces until its root comes.
    const isOfTrace = (tree: Tree): boolean =>
      tree === tool.tree || (!tool.tree.isRootKnown && tree.root.traceId === tool.traceId);
    for (const tree of this.#traces.trees) if (isOfTrace(tree) && hasSome(tree.spans, makesOne)) return false;
    this.#traces.release(tool, true);
    return true;
  }

  /** Lets go of what no interaction can need: ordinary spans that have ended, with nothing held below them. */
  #prune(tree: Tree, urgency: Urgency): void {
    const isHeldFor = (span: HeldSpan): boolean =>
      span.isOpen || isMember(span, this.#options) || (tree.root === span && !tree.isRootKnown);
    const isOver = urgency === 'shutdown' || !hasSome(tree.spans, isHeldFor);
    const isNeeded = (span: HeldSpan): boolean => isHeldFor(span) || (!isOver && mayMatter(span.span));
    const needed = new Set<HeldSpan>();
    for (const span of tree.spans) {
      if (!isNeeded(span)) continue;
      for (let at: HeldSpan | undefined = span; at !== undefined && !needed.has(at); at = at.parent) needed.add(at);
    }
    for (const span of tree.spans) if (!needed.has(span)) this.#traces.release(span, tree.hasSent);
    if (tree.spans.size === 0) this.#traces.drop(tree);
  }

  /** At a bound the oldest interaction goes out as it is. */
  *#evict(nowMs: number): Generator<undefined, void> {
    const { maxOpenSpans, maxOpenBytes } = this.#options;
    while (this.#traces.size > maxOpenSpans || this.#traces.bytes > maxOpenBytes) {
      const [oldest] = this.#traces.trees;
      if (oldest === undefined) return;
      yield* this.#look(oldest, nowMs, 'shutdown');
      this.#deadlines.delete(oldest);
      this.#traces.drop(oldest);
    }
  }
}

/** An interaction holds at least one model call or agent run, or is marked. Where each call is one, a run says again what they say. */
const isRecord = ({ isMarked, calls, members }: Group, { reader, interactionRoot }: GroupContext): boolean =>
  isMarked ||
  calls.length > 0 ||
  (interactionRoot !== 'model-call' && members.some((span) => span.kind(reader) === 'agent'));

/** An ordinary span may carry the user's attributes, or say who it is. */
const mayMatter = ({ attributes }: EndedSpan): boolean =>
  Object.keys(attributes).some(
    (key) =>
      key.startsWith('huggingplace.') || key.startsWith('user.') || key === 'session.id' || key.startsWith('enduser.'),
  );

function hasSome<T>(items: Iterable<T>, predicate: (item: T) => boolean): boolean {
  for (const item of items) if (predicate(item)) return true;
  return false;
}
