/** A span while it is held: where it stands among the others, and, once it has been opened, what it says. */
import { compareTimes, type EndedSpan, type HrTime, type LogEvent } from '../span.ts';
import type { Identity } from './identity.ts';
import type { CutSpans } from './interaction.ts';
import type { MemberKind, Reading } from './reading.ts';

/** How spans are read: the dialects, handed in, for assembly knows no vocabulary. */
export interface SpanReader {
  /** Cheap; `undefined`: an ordinary span, or one that does not say yet what it is. */
  kindOf(span: EndedSpan): MemberKind | undefined;
  read(span: EndedSpan): Reading | undefined;
}

/** A span as it is now, with its log events: attributes of an open span grow. */
export type View = (logs: readonly LogEvent[]) => EndedSpan;

/** The local spans below one local root, as far as they are known and have not left. */
export interface Tree {
  readonly spans: Set<HeldSpan>;
  /** The local root; behind an exporter, as long as its parent has not come, the topmost span that has. */
  root: HeldSpan;
  /** False as long as `root` may turn out to have a parent, and that is waited for. */
  isRootKnown: boolean;
  /** Of the root's parent, which has not come. */
  parentKey: string | undefined;
  /** An interaction of this tree has left: what still comes and makes none is `late`. */
  hasSent: boolean;
  /** A turn of it waits for what is open, though the next has begun. */
  holdsPastTurn: boolean;
  /** Interactions that its spans would make now. */
  records: number;
  /** How many of its spans are open. */
  open: number;
  /** Starts and ends since it was last looked at. */
  changes: number;
  /** What it has lost at the bound of one interaction (`span-cutter.ts`). */
  cut: CutSpans | undefined;
  /** The latest call that has ended beyond that bound: it stays until a later one has ended, for it may hold the answer. */
  latestCall: HeldSpan | undefined;
}

/** What is known of a span's start beside the span. */
export interface Started {
  readonly atMs: number;
  readonly identity?: Identity | undefined;
  readonly context?: unknown;
}

const NONE: readonly HeldSpan[] = [];

export class HeldSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** The instrumentation's name. */
  readonly scope: string;
  readonly startTime: HrTime;
  readonly startedAtMs: number;
  endedAtMs: number | undefined;
  /** Which end it was: clocks let a child end after a parent that ended later in fact. */
  endOrder: number | undefined;
  /** The span above, local or not, where it is known: identity is handed down across remote parents' borders only by context. */
  parent: HeldSpan | undefined;
  /** How many were above it when it started. */
  readonly depth: number;
  tree: Tree;
  readonly logs: LogEvent[] = [];
  /** From the context in which it started. */
  readonly contextIdentity: Identity | undefined;
  /** That context, for the user's `routing`. */
  readonly context: unknown;
  /** Other recordings of the same call, by other instrumentations, that ended earlier: the outermost first. */
  twins: readonly HeldSpan[] = NONE;
  /** Recordings of tries at it, of which no answer is known. */
  tries: readonly HeldSpan[] = NONE;
  /** It is the inner one of twins, or a try. */
  isInnerTwin = false;
  /** What it holds on to, as far as it can be known cheaply. */
  bytes = 0;
  /** A model call below it has left: it is no call itself, but a wrapper of one. */
  heldCall = false;
  /** It holds an interaction that has left, and others: it is nobody's root. */
  isShared = false;
  /** Nor is it a member any more. */
  isNobodys = false;
  /** Of a turn's last call: the call with which the next one began, where that has left before this. */
  nextTurn: HeldSpan | undefined;
  /** Its interaction has left; it is kept for the spans that may start below it. */
  hasLeft = false;

  #view: View;
  #span: EndedSpan | undefined;
  #kind: { readonly value: MemberKind | undefined } | undefined;
  #reading: { readonly value: Reading | undefined } | undefined;

  /** @param tree makes the tree, where the span is the root of one */
  constructor(
    view: View,
    started: Started & { readonly parent: HeldSpan | undefined },
    tree: (span: HeldSpan) => Tree,
  ) {
    const span = view(this.logs);
    this.traceId = span.traceId;
    this.spanId = span.spanId;
    this.scope = span.scope.name;
    this.startTime = span.startTime;
    this.startedAtMs = started.atMs;
    this.parent = started.parent;
    this.depth = started.parent === undefined ? 0 : started.parent.depth + 1;
    this.contextIdentity = started.identity;
    this.context = started.context;
    this.#view = view;
    this.tree = tree(this);
  }

  get span(): EndedSpan {
    if (this.isOpen) return this.#view(this.logs);
    this.#span ??= this.#view(this.logs);
    return this.#span;
  }

  get isOpen(): boolean {
    return this.endOrder === undefined;
  }

  end(view: View, order: number, atMs: number): void {
    this.#view = view;
    this.endOrder = order;
    this.endedAtMs = atMs;
    this.forget();
  }

  /** What was read is read again: more is known. */
  forget(): void {
    this.#kind = undefined;
    this.#reading = undefined;
  }

  kind(reader: SpanReader): MemberKind | undefined {
    if (this.#kind !== undefined) return this.#kind.value;
    const value = orElse(() => reader.kindOf(this.span), undefined);
    if (!this.isOpen || value !== undefined) this.#kind = { value };
    return value;
  }

  /** Opened once, when an interaction is decided on; of an open span as far as it goes. */
  reading(reader: SpanReader): Reading | undefined {
    if (this.#reading !== undefined) return this.#reading.value;
    const kind = this.kind(reader);
    const value = orElse(() => reader.read(this.span), kind && { kind, malformed: true });
    if (!this.isOpen) this.#reading = { value };
    return value;
  }
}

/** Values may be objects whose getters throw, or that go in circles: what can't be read is not known. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The spans above, nearest first. They never go in circles: `open-traces.ts` cuts those that arrive. */
export function* ancestorsOf(span: HeldSpan): Generator<HeldSpan> {
  for (let at = span.parent; at !== undefined; at = at.parent) yield at;
}

/** A value that each span takes over from the one above it. It is found once a span, however deep they hang. */
export class Inherited<T> {
  readonly #known = new Map<HeldSpan, T>();
  readonly #top: T;
  readonly #step: (above: T, span: HeldSpan) => T;

  /** @param top what stands above everything */
  constructor(top: T, step: (above: T, span: HeldSpan) => T) {
    this.#top = top;
    this.#step = step;
  }

  of(span: HeldSpan | undefined): T {
    const path: HeldSpan[] = [];
    let at = span;
    for (; at !== undefined && !this.#known.has(at); at = at.parent) path.push(at);
    let value = at === undefined ? this.#top : (this.#known.get(at) as T);
    for (let below = path.pop(); below !== undefined; below = path.pop()) {
      value = this.#step(value, below);
      this.#known.set(below, value);
    }
    return value;
  }
}

/** Puts spans in order: by start; of those that start together parents first, then by end (one that never ended last), then by id. */
export function compareSpans(a: HeldSpan, b: HeldSpan): number {
  return compareTimes(a.startTime, b.startTime) || compareSimultaneous(a, b);
}

function compareSimultaneous(a: HeldSpan, b: HeldSpan): number {
  if (a === b) return 0;
  // Where neither stands above the other, the branches are compared that part below their common ancestor: else the order could go in circles.
  const pathA = pathOf(a);
  const pathB = pathOf(b);
  let i = 0;
  while (i < pathA.length && pathA[i] === pathB[i]) i += 1;
  const branchA = pathA[i];
  const branchB = pathB[i];
  if (branchA === undefined) return -1;
  if (branchB === undefined) return 1;
  return (branchA.endOrder ?? Infinity) - (branchB.endOrder ?? Infinity) || (branchA.spanId < branchB.spanId ? -1 : 1);
}

/** From the topmost span that started at the same moment down to the span itself. */
function pathOf(span: HeldSpan): HeldSpan[] {
  const path = [span];
  for (const ancestor of ancestorsOf(span)) {
    if (compareTimes(ancestor.startTime, span.startTime) !== 0) break;
    path.push(ancestor);
  }
  return path.reverse();
}

/** Which ended last: the order of arrival, not the clock. One that never ended counts as the last. */
export const compareEnds = (a: HeldSpan, b: HeldSpan): number =>
  (a.endOrder ?? Infinity) - (b.endOrder ?? Infinity) || compareSpans(a, b);
