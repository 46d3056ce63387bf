/**
 * Candidates that wait for something from elsewhere: the call that continues their tool loop, or the end of a span that may be the outer recording of
 * their call (record.md, section 1, rules 4 and 5). Beside them tools that ran outside any interaction, until a loop claims them.
 */
import { type Candidate, continuesLoop, joined, openLoopOf } from './candidate.ts';
import { Deadlines } from './deadlines.ts';
import { type GroupContext, linkTry, linkTwins } from './group.ts';
import { compareSpans, type HeldSpan, type Tree } from './held-span.ts';
import { type Claims, contradict, Identities } from './identity.ts';
import { inOrder } from './order.ts';
import { folded, type History, type OpenLoop } from './turns.ts';
import { areTwins, isTryAt } from './twins.ts';
import { callsAmong } from './wrappers.ts';

export interface JoinWaits {
  readonly toolLoopWaitMs: number;
  readonly openMemberWaitMs: number;
}

interface Waiting {
  readonly candidate: Candidate;
  /** What a call has to bring; without it, the end of one of `outers` is waited for. */
  readonly loop: OpenLoop | undefined;
  readonly outers: readonly HeldSpan[];
}

/** A tool that ran outside any interaction. */
interface LooseTool {
  readonly span: HeldSpan;
  readonly claims: Claims;
}

/** By scope: in nearly every process all are of one, and then nothing has to be compared. */
class LoneCalls {
  readonly #byScope = new Map<string, Set<HeldSpan>>();

  add(call: HeldSpan): void {
    const own = this.#byScope.get(call.scope);
    if (own === undefined) this.#byScope.set(call.scope, new Set([call]));
    else own.add(call);
  }

  has(call: HeldSpan): boolean {
    return this.#byScope.get(call.scope)?.has(call) === true;
  }

  delete(call: HeldSpan): void {
    const own = this.#byScope.get(call.scope);
    if (own?.delete(call) === true && own.size === 0) this.#byScope.delete(call.scope);
  }

  /** Those that another scope than one of these has recorded. */
  *ofOtherScopes(scopes: ReadonlySet<string>): Generator<HeldSpan> {
    for (const [scope, calls] of this.#byScope) if (scopes.size > 1 || !scopes.has(scope)) yield* calls;
  }
}

const isHeld = (span: HeldSpan): boolean => span.tree.spans.has(span);

const MAX_LOOSE_TOOLS = 1_000;
/** Of those that have ended and are held with what stands above them. */
const MAX_HELD_TOOLS = 1_000;
/** Streams that are never finished gather here. */
const MAX_OPEN_LONE_CALLS = 1_000;

export class Joins {
  readonly #context: GroupContext;
  readonly #waits: JoinWaits;
  readonly #waiting = new Deadlines<Waiting>();
  /** They have waited for an outer recording, and need not wait any longer. */
  readonly #settled: Candidate[] = [];
  readonly #looseTools = new Deadlines<LooseTool>();
  /** Tools that have ended and not left: above them something is open, or nobody has looked yet. */
  readonly #heldTools = new Set<HeldSpan>();
  /** Model calls that are a trace of their own and have not left, or wait for their outer recording. */
  readonly #loneCalls = new LoneCalls();
  /** The same, open: they may be tries that never end (their provider failed) at a call that does. */
  readonly #openLoneCalls = new Set<HeldSpan>();

  readonly #takeTool: (tool: HeldSpan) => boolean;

  /** @param takeTool takes a tool out of its tree; false where an interaction may have it */
  constructor(context: GroupContext, waits: JoinWaits, takeTool: (tool: HeldSpan) => boolean) {
    this.#context = context;
    this.#waits = waits;
    this.#takeTool = takeTool;
  }

  /** The spans of what waits, those above it included. */
  *sources(): Generator<HeldSpan> {
    for (const { candidate } of this.#waiting.keys()) for (const { held } of candidate.sources) yield held;
  }

  /** Candidates that wait. */
  get size(): number {
    return this.#waiting.size + this.#settled.length;
  }

  get nextMs(): number {
    return Math.min(this.#waiting.nextMs, this.#looseTools.nextMs);
  }

  /**
   * Takes a complete candidate. Gives it back, with all that it continues, unless it waits.
   * @param outers open spans that may be the outer recording of its only call
   */
  offer(candidate: Candidate, outers: readonly HeldSpan[], nowMs: number): Candidate | undefined {
    if (outers.length > 0) {
      this.#waiting.set({ candidate, loop: undefined, outers }, nowMs + this.#waits.openMemberWaitMs);
      return undefined;
    }
    // It may continue the loop of one that waited for what has ended by now.
    this.#settleEnded(nowMs);
    return this.#take(candidate, nowMs);
  }

  #take(candidate: Candidate, nowMs: number): Candidate | undefined {
    for (const call of [...candidate.calls, ...(candidate.root ? [candidate.root] : [])]) this.#loneCalls.delete(call);
    const whole = this.#withContinued(candidate);
    const loop = openLoopOf(whole, this.#context);
    if (loop === undefined) return whole;
    this.#waiting.set({ candidate: whole, loop, outers: [] }, nowMs + this.#waits.toolLoopWaitMs);
    return undefined;
  }

  /** With the loop that it continues, and the tools that ran in between wherever they were recorded. */
  #withContinued(candidate: Candidate): Candidate {
    const context = this.#context;
    if (candidate.isMarked || context.interactionRoot === 'model-call') return candidate;
    for (const call of candidate.calls) {
      for (const waiting of this.#waiting.keys()) {
        const { loop, candidate: earlier } = waiting;
        if (loop === undefined || contradict(earlier.claims, candidate.claims)) continue;
        const history = continuesLoop(loop, call, context);
        if (history === undefined) continue;
        this.#waiting.delete(waiting);
        return this.#withContinued(joined(earlier, candidate, this.#claimTools(earlier, loop, history)));
      }
    }
    return candidate;
  }

  /** Tools that ran outside any interaction. Gives back those that there is no room for any more. */
  addLooseTools(tools: readonly HeldSpan[], claims: Claims, nowMs: number): readonly HeldSpan[] {
    for (const span of tools) this.#looseTools.set({ span, claims }, nowMs + this.#waits.toolLoopWaitMs);
    const surplus = [...this.#looseTools.keys()].slice(0, Math.max(0, this.#looseTools.size - MAX_LOOSE_TOOLS));
    for (const tool of surplus) this.#looseTools.delete(tool);
    return surplus.map(({ span }) => span);
  }

  noteTool(tool: HeldSpan): void {
    this.#heldTools.add(tool);
    for (const held of this.#heldTools) {
      if (isHeld(held) && this.#heldTools.size <= MAX_HELD_TOOLS) break;
      this.#heldTools.delete(held);
    }
  }

  /** Those whose call was asked for or is answered, or whose result the history holds. */
  #claimTools(earlier: Candidate, { toolCallIds }: OpenLoop, history: History): readonly HeldSpan[] {
    const { reader } = this.#context;
    const after = history.messages.slice(history.lastUserIndex + 1);
    const ids = new Set([...toolCallIds, ...after.flatMap((message) => message.toolResultIds)]);
    const results = new Set(after.flatMap((message) => message.toolResults));
    const asking = earlier.calls.at(-1);
    const isOfLoop = (span: HeldSpan, claims: Claims): boolean => {
      if (contradict(earlier.claims, claims)) return false;
      const { toolCallId, outputText } = span.reading(reader) ?? {};
      if (toolCallId !== undefined && ids.size > 0) return ids.has(toolCallId);
      const isAfter = asking !== undefined && compareSpans(asking, span) < 0;
      return isAfter && outputText !== undefined && results.has(folded(outputText));
    };
    const loose = [...this.#looseTools.keys()].filter(({ span, claims }) => isOfLoop(span, claims));
    for (const tool of loose) this.#looseTools.delete(tool);
    const identities = new Identities([], reader);
    const held = [...this.#heldTools].filter(
      (span) => isHeld(span) && isOfLoop(span, identities.resolve(span)) && this.#takeTool(span),
    );
    for (const tool of held) this.#heldTools.delete(tool);
    return [...loose.map(({ span }) => span), ...held];
  }

  /** A call in a trace of its own, in one recording or several around each other, may be the inner recording of a call in another. */
  noteLoneCall({ root, isRootKnown, spans }: Tree): void {
    if (!isRootKnown || root.isOpen || root.hasLeft || root.kind(this.#context.reader) !== 'llm') return;
    if (callsAmong([...spans], this.#context).length <= 1) this.#loneCalls.add(root);
  }

  isLoneCall(span: HeldSpan): boolean {
    return this.#loneCalls.has(span);
  }

  /** @param span a root that may be one, or turn out to be */
  noteLoneStart(span: HeldSpan): void {
    this.#openLoneCalls.add(span);
    for (const lone of this.#openLoneCalls) {
      if (lone.isOpen && this.#openLoneCalls.size <= MAX_OPEN_LONE_CALLS) break;
      this.#openLoneCalls.delete(lone);
    }
  }

  /**
   * Links the calls of this tree to their inner recordings in other traces, which it gives.
   * @param isLast nothing will end any more: a call that is open may have one too
   */
  pairInners(tree: Tree, isLast: boolean): readonly HeldSpan[] {
    for (const lone of this.#openLoneCalls) if (!lone.isOpen || lone.hasLeft) this.#openLoneCalls.delete(lone);
    const { reader } = this.#context;
    const calls = [...tree.spans].filter(
      (span) => span.kind(reader) === 'llm' && (isLast || !span.isOpen) && !span.isInnerTwin,
    );
    const scopes = new Set(calls.map(({ scope }) => scope));
    const mayBeInner = ({ tree: own, scope }: HeldSpan): boolean =>
      own !== tree && (scopes.size > 1 || !scopes.has(scope));
    const open = [...this.#openLoneCalls].filter((span) => mayBeInner(span) && span.kind(reader) === 'llm');
    const lone = [...this.#loneCalls.ofOtherScopes(scopes), ...open].filter(mayBeInner);
    if (calls.length === 0 || lone.length === 0) return [];
    // From the innermost outwards: wrappers say the same as their call.
    return inOrder(calls)
      .reverse()
      .flatMap((call) => {
        const twins: HeldSpan[] = [];
        for (const inner of lone) {
          if (inner.isOpen || inner.isInnerTwin || !areTwins(call, inner, reader)) continue;
          this.pair(call, inner, false);
          twins.push(inner);
        }
        const isFree = (inner: HeldSpan): boolean => !inner.isInnerTwin && inner.twins.length === 0;
        const tries = lone.filter((inner) => isFree(inner) && isTryAt(call, inner, reader));
        for (const inner of tries) this.pair(call, inner, true);
        return [...twins, ...tries];
      });
  }

  /** Neither waits any longer: the inner one, with all recordings of the call below it, is no call of its own. */
  pair(outer: HeldSpan, inner: HeldSpan, isTry: boolean): void {
    const { reader } = this.#context;
    const waiting = [...this.#waiting.keys()].find(({ loop, candidate }) => !loop && candidate.root === inner);
    if (waiting !== undefined) this.#waiting.delete(waiting);
    const below = waiting?.candidate.members ?? inOrder(inner.tree.spans);
    const recordings = [
      inner,
      ...below.filter((span) => span !== inner && !span.isInnerTwin && span.kind(reader) === 'llm'),
    ];
    if (isTry) for (const recording of recordings) linkTry(outer, recording);
    else linkTwins(outer, recordings);
    // The outer one may be the inner recording of yet another.
    for (const call of recordings) this.#loneCalls.delete(call);
    for (const call of [...recordings, outer]) this.#openLoneCalls.delete(call);
  }

  /** What has waited in vain, or need not wait any longer. */
  takeDue(nowMs: number): readonly Candidate[] {
    const due = this.#waiting.takeDue(nowMs).map((waiting) => this.#asItIs(waiting));
    this.#settleEnded(nowMs);
    return [...due, ...this.#settled.splice(0)];
  }

  #settleEnded(nowMs: number): void {
    const ended = [...this.#waiting.keys()].filter(
      ({ loop, outers }) => loop === undefined && outers.every((outer) => !outer.isOpen),
    );
    for (const waiting of ended) this.#waiting.delete(waiting);
    for (const waiting of ended) {
      const whole = this.#settle(waiting, nowMs);
      if (whole !== undefined) this.#settled.push(whole);
    }
  }

  /** All that may have been the outer recording has ended: it was one of them, in a tree that was not looked at yet, or none. */
  #settle({ candidate, outers }: Waiting, nowMs: number): Candidate | undefined {
    const inner = candidate.root;
    if (inner === undefined) return this.#take(candidate, nowMs);
    const { reader } = this.#context;
    const ended = outers.filter((span) => !span.hasLeft && !span.isInnerTwin);
    const twin = ended.find((span) => areTwins(span, inner, reader));
    const outer = twin ?? ended.find((span) => isTryAt(span, inner, reader));
    if (outer === undefined) return this.#take(candidate, nowMs);
    this.pair(outer, inner, twin === undefined);
    return undefined;
  }

  /** @param withTwins also those that wait for a span that is open */
  takeAll(withTwins: boolean): readonly Candidate[] {
    const all = [...this.#waiting.keys()].filter(({ loop }) => withTwins || loop !== undefined);
    for (const waiting of all) this.#waiting.delete(waiting);
    return all.map((waiting) => this.#asItIs(waiting));
  }

  /** Where the outer recording is still open, so is the call: its consumer left a stream, which the inner one may have read to its end. */
  #asItIs({ candidate, outers }: Waiting): Candidate {
    const isUnfinished = outers.some((outer) => outer.isOpen && outer.kind(this.#context.reader) === 'llm');
    return isUnfinished ? { ...candidate, isUnfinished } : candidate;
  }

  /** Tools that no loop has claimed in time. */
  takeUnclaimedTools(nowMs: number): readonly HeldSpan[] {
    return this.#looseTools.takeDue(nowMs).map(({ span }) => span);
  }
}
