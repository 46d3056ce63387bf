/**
 * Spans in, interactions out. Starts, ends and log events are only noted; what they mean is found out in `advance`, later and in pieces.
 * Everything that waits here waits for a bounded time (`completion.ts`) and within bounds by count and bytes.
 */
import type { EndedSpan, LogEvent } from '../span.ts';
import { buildInteraction } from './build.ts';
import { type Candidate, candidateOf, continuesLoop, isUnknown, joined, openLoopOf } from './candidate.ts';
import { leavesAtMs, type Waits } from './completion.ts';
import { type Group, type GroupContext, groupTree, isMember, linkTwins } from './group.ts';
import { compareSpans, type HeldSpan, type Started, type Tree, type View } from './held-span.ts';
import { contradict } from './identity.ts';
import type { Interaction } from './interaction.ts';
import { OpenTraces } from './open-traces.ts';
import type { History, OpenLoop } from './turns.ts';
import { areTwins } from './twins.ts';

export interface AssemblerOptions extends GroupContext {
  readonly waits: Waits;
  /** Whether starts are seen (our span processor), or ended spans only (an exporter, OTLP). */
  readonly seesStarts: boolean;
  readonly maxOpenSpans: number;
  readonly maxSpansPerInteraction: number;
  readonly emit: (interaction: Interaction) => void;
  /** Spans that came after their interaction had left, and spans that make none. */
  readonly count: (what: 'late' | 'ignored', spans: number) => void;
}

/**
 * `wait`: only what is complete leaves. `flush`: nothing is waited for that may or may not come (tool loops, stragglers).
 * `shutdown`: everything leaves as it is.
 */
export type Urgency = 'wait' | 'flush' | 'shutdown';

/** A complete candidate that waits for something from elsewhere. */
interface Held {
  readonly candidate: Candidate;
  readonly untilMs: number;
  readonly loop: OpenLoop | undefined;
  /** It may be the inner recording of a call that is still open. */
  readonly outer: HeldSpan | undefined;
}

interface LooseTool {
  readonly span: HeldSpan;
  readonly untilMs: number;
  readonly isLate: boolean;
}

/** Trees with more spans than this are not looked at again for every single end. */
const SMALL_TREE = 16;
const LARGE_TREE_PAUSE_MS = 1_000;
const MAX_LOOSE_TOOLS = 1_000;

export class Assembler {
  readonly #options: AssemblerOptions;
  readonly #traces: OpenTraces;
  /** Trees in which something happened since they were looked at. */
  readonly #changed = new Set<Tree>();
  readonly #deadlines = new Map<Tree, number>();
  readonly #held = new Set<Held>();
  readonly #looseTools = new Map<HeldSpan, LooseTool>();
  /** Model calls that are a trace of their own and have not left, or wait for their outer twin. */
  readonly #loneCalls = new Set<HeldSpan>();
  /** Scopes that have recorded model calls: an open span of theirs may become one. */
  readonly #callScopes = new Set<string>();

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#traces = new OpenTraces({ seesStarts: options.seesStarts, joinsRemote: options.interactionRoot === 'trace' });
  }

  /** Interactions that would be records now. */
  get open(): number {
    let open = this.#held.size;
    for (const tree of this.#traces.trees) open += tree.records;
    return open;
  }

  get hasWork(): boolean {
    return this.#changed.size > 0;
  }

  /** When the first wait runs out; `undefined` while nothing waits. */
  get nextDeadlineMs(): number | undefined {
    let next = Infinity;
    for (const atMs of this.#deadlines.values()) next = Math.min(next, atMs);
    for (const { untilMs } of this.#held) next = Math.min(next, untilMs);
    for (const { untilMs } of this.#looseTools.values()) next = Math.min(next, untilMs);
    return next === Infinity ? undefined : next;
  }

  start(view: View, started: Started): void {
    const held = this.#traces.start(view, started);
    if (held !== undefined) this.#noteChange(held.tree);
  }

  end(view: View, nowMs: number): void {
    const span = view([]);
    let held = this.#traces.find(span.traceId, span.spanId);
    if (held === undefined) {
      // Of an interaction that has left, or started before anybody looked.
      if (this.#options.seesStarts && this.#traces.isRemembered(span.traceId, span.spanId))
        return this.#options.count('late', 1);
      held = this.#traces.start(view, { atMs: nowMs });
    }
    if (held?.isOpen !== true) return;
    this.#traces.end(held, view, nowMs);
    if (held.hasLeft) {
      this.#options.count('late', 1);
      this.#traces.forgetLeft(held);
    }
    this.#noteChange(held.tree);
  }

  log(traceId: string, spanId: string, event: LogEvent): void {
    this.#traces.log(traceId, spanId, event);
  }

  #noteChange(tree: Tree): void {
    tree.changes += 1;
    this.#changed.add(tree);
  }

  /**
   * Looks at what has changed and at what has waited long enough. Yields between pieces of work of well under a millisecond, but for the opening of
   * a large attribute.
   */
  *advance(nowMs: number, urgency: Urgency = 'wait'): Generator<undefined, void> {
    const trees = this.#treesToLookAt(nowMs, urgency);
    for (const tree of trees) this.#noteLoneCall(tree);
    for (const tree of trees) if (this.#traces.trees.has(tree)) yield* this.#look(tree, nowMs, urgency);
    for (const held of this.#held) {
      const isDue =
        held.untilMs <= nowMs || urgency === 'shutdown' || (urgency === 'flush' && held.outer === undefined);
      if (isDue && this.#held.delete(held)) this.#send(held.candidate, nowMs, { mayWait: false });
      else if (held.outer !== undefined && !held.outer.isOpen && this.#held.delete(held))
        this.#send(held.candidate, nowMs, { mayWait: true });
      yield;
    }
    for (const [span, { untilMs, isLate }] of this.#looseTools) {
      if (untilMs > nowMs && urgency === 'wait') continue;
      this.#looseTools.delete(span);
      this.#options.count(isLate ? 'late' : 'ignored', 1);
    }
    this.#evict(nowMs);
  }

  /** In order of their starts: of a tool loop the call that asks comes before the one that brings the result. */
  #treesToLookAt(nowMs: number, urgency: Urgency): readonly Tree[] {
    const trees = new Set<Tree>();
    for (const tree of this.#changed) {
      // A large tree that grows is looked at a few times in all, not once a span.
      const isWorthIt = !tree.root.isOpen || tree.changes >= Math.max(1, (tree.spans.size - SMALL_TREE) / 4);
      if (isWorthIt) trees.add(tree);
      else this.#deadlines.set(tree, Math.min(this.#deadlines.get(tree) ?? Infinity, nowMs + LARGE_TREE_PAUSE_MS));
    }
    this.#changed.clear();
    for (const [tree, atMs] of this.#deadlines) if (atMs <= nowMs) trees.add(tree);
    if (urgency !== 'wait') for (const tree of this.#traces.trees) trees.add(tree);
    return [...trees].sort((a, b) => compareSpans(a.root, b.root));
  }

  /** A call in a trace of its own may be the inner recording of a call in another. */
  #noteLoneCall({ root, isRootKnown }: Tree): void {
    if (isRootKnown && !root.isOpen && !root.hasLeft && root.kind(this.#options.reader) === 'llm')
      this.#loneCalls.add(root);
  }

  *#look(tree: Tree, nowMs: number, urgency: Urgency): Generator<undefined, void> {
    this.#deadlines.delete(tree);
    tree.changes = 0;
    const context = this.#options;
    let groups: readonly Group[] = [];
    if (hasSome(tree.spans, (span) => isMember(span, context))) {
      this.#pairAcrossTraces(tree);
      groups = yield* groupTree(tree, context);
    }
    // Something happened while the event loop ran: it is looked at again, as a whole.
    if (tree.changes > 0 && urgency === 'wait') return;
    const waits = urgency === 'wait' ? context.waits : { ...context.waits, stragglerMs: 0 };
    let nextMs = Infinity;
    tree.records = 0;
    for (const group of groups) {
      const atMs = leavesAtMs(group, waits, context, tree.isRootKnown);
      if (atMs <= nowMs || urgency === 'shutdown') this.#leave(tree, group, nowMs);
      else {
        nextMs = Math.min(nextMs, atMs);
        if (isRecord(group, context)) tree.records += 1;
      }
      yield;
    }
    this.#prune(tree, urgency);
    if (nextMs < Infinity && this.#traces.trees.has(tree)) this.#deadlines.set(tree, nextMs);
  }

  /** Whether a call of this tree has been recorded a second time, closer to the wire, in a trace of its own. */
  #pairAcrossTraces(tree: Tree): void {
    if (this.#loneCalls.size === 0) return;
    const { reader } = this.#options;
    const calls = [...tree.spans].filter(
      (span) => span.kind(reader) === 'llm' && !span.isOpen && !span.isInnerTwin && span.twin === undefined,
    );
    for (const call of calls.sort(compareSpans)) {
      for (const inner of this.#loneCalls) {
        if (inner.tree === tree || !areTwins(call, inner, reader)) continue;
        linkTwins(call, inner);
        this.#loneCalls.delete(inner);
        this.#loneCalls.delete(call);
        for (const held of this.#held)
          if (held.candidate.calls[0] === inner && held.outer !== undefined) this.#held.delete(held);
        this.#traces.release(inner, true);
        this.#noteChange(inner.tree);
        break;
      }
    }
  }

  /** The group is complete, or has waited long enough. */
  #leave(tree: Tree, group: Group, nowMs: number): void {
    const context = this.#options;
    const makesRecord = isRecord(group, context);
    const candidate = candidateOf(group, context);
    const left = makesRecord
      ? new Set([...group.members, ...candidate.sources.filter(({ isShared }) => !isShared).map(({ held }) => held)])
      : new Set(group.members);
    for (const { held, isShared } of makesRecord ? candidate.sources : []) {
      if (!isShared) continue;
      held.isShared = true;
      // Around a mark the rest goes on as before; what held a turn that has left is no part of the next.
      held.isNobodys ||= !group.isMarked;
    }
    for (const span of left) {
      if (span.twin !== undefined) this.#traces.release(span.twin, makesRecord);
      this.#traces.release(span, makesRecord || tree.hasSent);
    }
    if (makesRecord && !isUnknown(candidate, context)) {
      tree.hasSent = true;
      this.#send(candidate, nowMs, {
        mayWait: true,
        isLoneCall: group.root !== undefined && group.root === group.calls[0] && group.root === tree.root,
      });
      return;
    }
    const tools = makesRecord ? [] : group.members.filter((span) => span.kind(context.reader) === 'tool');
    for (const span of tools)
      this.#looseTools.set(span, { span, untilMs: nowMs + context.waits.toolLoopWaitMs, isLate: tree.hasSent });
    while (this.#looseTools.size > MAX_LOOSE_TOOLS) {
      const [oldest] = this.#looseTools.values();
      if (oldest === undefined) break;
      this.#looseTools.delete(oldest.span);
      context.count(oldest.isLate ? 'late' : 'ignored', 1);
    }
    context.count(tree.hasSent ? 'late' : 'ignored', group.members.length - tools.length);
  }

  /** Sends a candidate on its way, unless it waits for something from elsewhere. */
  #send(
    candidate: Candidate,
    nowMs: number,
    { mayWait, isLoneCall = false }: { mayWait: boolean; isLoneCall?: boolean },
  ): void {
    const context = this.#options;
    const { reader, waits } = context;
    for (const call of candidate.calls) this.#callScopes.add(call.span.scope.name);
    const outer = isLoneCall && mayWait ? this.#openOuterOf(candidate) : undefined;
    const whole = outer === undefined ? this.#withContinued(candidate) : candidate;
    if (outer === undefined) for (const call of candidate.calls) this.#loneCalls.delete(call);
    if (outer !== undefined) {
      this.#held.add({ candidate: whole, untilMs: nowMs + waits.openMemberWaitMs, loop: undefined, outer });
      return;
    }
    const loop = mayWait ? openLoopOf(whole, context) : undefined;
    if (loop !== undefined) {
      this.#held.add({ candidate: whole, untilMs: nowMs + waits.toolLoopWaitMs, loop, outer: undefined });
      return;
    }
    context.emit(buildInteraction(whole, reader, context.maxSpansPerInteraction));
  }

  /** With the loop that it continues, and the tools that ran in between wherever they were recorded. */
  #withContinued(candidate: Candidate): Candidate {
    const context = this.#options;
    if (candidate.isMarked || context.interactionRoot === 'model-call') return candidate;
    for (const call of candidate.calls) {
      for (const held of this.#held) {
        if (held.loop === undefined || contradict(held.candidate.claims, candidate.claims)) continue;
        const history = continuesLoop(held.loop, call, context);
        if (history === undefined) continue;
        this.#held.delete(held);
        return this.#withContinued(joined(held.candidate, candidate, this.#takeTools(held.loop, history)));
      }
    }
    return candidate;
  }

  #takeTools(loop: OpenLoop, history: History): readonly HeldSpan[] {
    const { reader } = this.#options;
    const results = new Set(
      history.messages.slice(history.lastUserIndex + 1).flatMap((message) => message.toolResults),
    );
    const tools = [...this.#looseTools.keys()].filter((span) => {
      const reading = span.reading(reader);
      const id = reading?.toolCallId;
      return (
        (id !== undefined && loop.toolCallIds.has(id)) ||
        (reading?.outputText !== undefined && results.has(reading.outputText.replace(/\s+/g, ' ').trim()))
      );
    });
    for (const span of tools) this.#looseTools.delete(span);
    return tools;
  }

  /** An open span of another scope that started before and may be the outer recording of this call. */
  #openOuterOf({ calls: [call] }: Candidate): HeldSpan | undefined {
    if (call === undefined || !this.#options.seesStarts) return undefined;
    const { reader } = this.#options;
    for (const span of this.#traces.open()) {
      const scope = span.span.scope.name;
      if (scope === call.span.scope.name || compareSpans(span, call) >= 0 || span.hasLeft) continue;
      const kind = span.kind(reader);
      if (kind === 'llm' || (kind === undefined && (this.#callScopes.has(scope) || INSTRUMENTATION.test(scope))))
        return span;
    }
    return undefined;
  }

  /** Lets go of what no interaction can need: ordinary spans that have ended, with nothing held below them. */
  #prune(tree: Tree, urgency: Urgency): void {
    const needed = new Set<HeldSpan>();
    for (const span of tree.spans) {
      if (!span.isOpen && !isMember(span, this.#options) && !(tree.root === span && !tree.isRootKnown)) continue;
      for (let at: HeldSpan | undefined = span; at !== undefined && !needed.has(at); at = at.parent) needed.add(at);
    }
    const isOver = !tree.root.isOpen && tree.isRootKnown;
    for (const span of tree.spans) {
      if (!needed.has(span) && (isOver || urgency === 'shutdown' || !mayMatter(span.span)))
        this.#traces.release(span, tree.hasSent);
    }
    if (tree.spans.size === 0) this.#traces.drop(tree);
  }

  #evict(nowMs: number): void {
    while (this.#traces.size > this.#options.maxOpenSpans) {
      const [oldest] = this.#traces.trees;
      if (oldest === undefined) return;
      for (const _ of this.#look(oldest, nowMs, 'shutdown'));
      for (const span of oldest.spans) this.#traces.release(span, oldest.hasSent);
      this.#traces.drop(oldest);
      this.#deadlines.delete(oldest);
    }
  }
}

/** Scopes of instrumentations that record model calls. */
const INSTRUMENTATION =
  /traceloop|openinference|langfuse|langsmith|genkit|mastra|strands|vertex|gen_ai|^ai$|instrumentation[-.](?:openai|anthropic|langchain|bedrock|google|cohere|mistral)/;

/** An interaction holds at least one model call or agent run, or is marked. */
const isRecord = (group: Group, { reader }: GroupContext): boolean =>
  group.isMarked || group.calls.length > 0 || group.members.some((span) => span.kind(reader) === 'agent');

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
