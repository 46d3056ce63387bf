/**
 * The spans that are held, by their ids, and how they hang together. Bounded: what is held has a limit by count and by bytes, and of what has left
 * only the ids of the last ones are remembered.
 */
import { type EndedSpan, type LogEvent, SPAN_KIND } from '../span.ts';
import { HeldSpan, type Started, type Tree, type View } from './held-span.ts';
import { addCuts } from './span-cutter.ts';
import { markOf } from './user-attributes.ts';

/** Ids of spans whose interaction has left: 48 characters each, so some 10 MB at most. */
const MAX_REMEMBERED = 65_536;
/** Open spans whose interaction has left: streams that are never finished gather here. */
const MAX_LEFT_OPEN = 10_000;
/** Log events whose span has not come yet (behind a gateway they come in requests of their own). */
const MAX_WAITING_LOGS = 10_000;

export interface OpenTracesOptions {
  /** Whether starts are seen: if not, a parent that is not known may still come. */
  readonly seesStarts: boolean;
  /** Remote parents are parents (`interactionRoot: 'trace'`). */
  readonly joinsRemote: boolean;
}

/** Deeper spans count as beside their parent: whoever looks up from one (who is it? what holds it?) has to come to an end within a slice. */
const MAX_DEPTH = 1_000;

const notTooDeep = (parent: HeldSpan | undefined): HeldSpan | undefined =>
  parent !== undefined && parent.depth >= MAX_DEPTH ? parent.parent : parent;

const keyOf = (traceId: string, spanId: string): string => `${traceId}${spanId}`;

export class OpenTraces {
  readonly trees = new Set<Tree>();
  readonly #options: OpenTracesOptions;
  readonly #byId = new Map<string, HeldSpan>();
  /** Trees whose topmost span has a parent that has not come, by that parent's key. */
  readonly #orphans = new Map<string, Set<Tree>>();
  #rooted: Tree[] = [];
  readonly #leftOpen = new Map<string, HeldSpan>();
  readonly #open = new Set<HeldSpan>();
  /** Whether an interaction of theirs has left. */
  readonly #left = new Map<string, boolean>();
  readonly #logs = new Map<string, LogEvent[]>();
  #ends = 0;
  #bytes = 0;

  constructor(options: OpenTracesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Every span that is held, of whatever tree. */
  held(): Iterable<HeldSpan> {
    return this.#byId.values();
  }

  /** Those of them that are open. */
  open(): Iterable<HeldSpan> {
    return this.#open;
  }

  find(traceId: string, spanId: string): HeldSpan | undefined {
    const key = keyOf(traceId, spanId);
    return this.#byId.get(key) ?? this.#leftOpen.get(key);
  }

  /** True where a span of this id has been and left with its interaction. */
  hasLeft(traceId: string, spanId: string): boolean {
    return this.#left.get(keyOf(traceId, spanId)) === true;
  }

  /** A span has started (or, where starts are not seen, come in). `undefined`: one of this id is held already. */
  start(view: View, started: Started): HeldSpan | undefined {
    const span = view([]);
    const key = keyOf(span.traceId, span.spanId);
    if (this.#byId.has(key) || this.#leftOpen.has(key)) return undefined;
    const parentId = span.parentSpanId === span.spanId ? undefined : span.parentSpanId;
    const isLocal = parentId !== undefined && (span.parentIsRemote !== true || this.#options.joinsRemote);
    const parent = isLocal ? notTooDeep(this.find(span.traceId, parentId)) : undefined;
    const parentHasSent = isLocal && parent === undefined ? this.#left.get(keyOf(span.traceId, parentId)) : undefined;
    const isOrphan = isLocal && parent === undefined && parentHasSent === undefined && !this.#options.seesStarts;

    const held = new HeldSpan(view, { ...started, parent }, (self) =>
      parent !== undefined && markOf(parent.span) !== 'session'
        ? parent.tree
        : {
            spans: new Set(),
            root: self,
            isRootKnown: !isOrphan || this.#isLocalRoot(span),
            parentKey: isOrphan ? keyOf(span.traceId, parentId) : undefined,
            hasSent: parentHasSent === true,
            holdsPastTurn: false,
            records: 0,
            open: 0,
            changes: 0,
            cut: undefined,
            latestCall: undefined,
          },
    );
    this.#byId.set(key, held);
    held.tree.spans.add(held);
    held.tree.open += 1;
    this.#open.add(held);
    this.trees.add(held.tree);
    const { parentKey } = held.tree;
    if (isOrphan && parentKey !== undefined) {
      const waiting = this.#orphans.get(parentKey);
      if (waiting === undefined) this.#orphans.set(parentKey, new Set([held.tree]));
      else waiting.add(held.tree);
    }
    this.#adopt(held, key);
    const logs = this.#logs.get(key);
    if (logs !== undefined) {
      held.logs.push(...logs);
      this.#logs.delete(key);
    }
    return held;
  }

  /** Its parent is not waited for: what answers a request or takes a message was called from elsewhere, even where the SDK does not say so (1.x). */
  #isLocalRoot({ kind }: EndedSpan): boolean {
    return !this.#options.joinsRemote && (kind === SPAN_KIND.server || kind === SPAN_KIND.consumer);
  }

  /** A span has come after its children: their trees are its own now. */
  #adopt(held: HeldSpan, key: string): void {
    const orphans = this.#orphans.get(key);
    if (orphans === undefined) return;
    this.#orphans.delete(key);
    const isSession = markOf(held.span) === 'session';
    for (const tree of orphans) {
      if (tree === held.tree) {
        // A circle of parents: it is cut here, for somebody has to be the first.
        held.parent = undefined;
        tree.root = held;
        tree.isRootKnown = true;
        tree.parentKey = undefined;
        continue;
      }
      tree.root.parent = held;
      if (!isSession) held.heldCall ||= tree.root.heldCall;
      if (isSession) {
        tree.isRootKnown = true;
        tree.parentKey = undefined;
        this.#rooted.push(tree);
      } else this.#merge(tree, held.tree);
    }
  }

  /** Trees whose root is known since a session has come that it stands below. Each is given once. */
  takeRooted(): readonly Tree[] {
    return this.#rooted.splice(0);
  }

  /** The smaller one moves, so that a chain that comes from its end upwards is not moved again and again. */
  #merge(below: Tree, above: Tree): void {
    const { root, isRootKnown, parentKey } = above;
    const [from, to] = below.spans.size <= above.spans.size ? [below, above] : [above, below];
    for (const span of from.spans) {
      span.tree = to;
      to.spans.add(span);
    }
    from.spans.clear();
    to.root = root;
    to.isRootKnown = isRootKnown;
    to.parentKey = parentKey;
    to.hasSent ||= from.hasSent;
    to.holdsPastTurn ||= from.holdsPastTurn;
    to.open += from.open;
    to.changes += from.changes;
    to.cut = addCuts(to.cut, from.cut);
    to.latestCall ??= from.latestCall;
    from.open = 0;
    this.trees.delete(from);
    this.trees.add(to);
    const waiting = parentKey === undefined ? undefined : this.#orphans.get(parentKey);
    if (waiting?.delete(above) === true) waiting.add(to);
  }

  end(held: HeldSpan, view: View, atMs: number): void {
    held.end(view, this.#ends, atMs);
    this.#ends += 1;
    held.tree.open -= 1;
    this.#open.delete(held);
    held.bytes = bytesOf(held.span);
    if (!held.hasLeft) this.#bytes += held.bytes;
  }

  log(traceId: string, spanId: string, event: LogEvent): void {
    const held = this.find(traceId, spanId);
    if (held !== undefined) {
      held.logs.push(event);
      held.forget();
      return;
    }
    const key = keyOf(traceId, spanId);
    if (this.#options.seesStarts || this.#left.has(key)) return;
    const waiting = this.#logs.get(key);
    if (waiting !== undefined) waiting.push(event);
    else this.#logs.set(key, [event]);
    if (this.#logs.size > MAX_WAITING_LOGS) forgetOldest(this.#logs);
  }

  /**
   * Takes a span out of its tree. One that is open is kept under its id, for its end and for the spans that may start below it.
   * @param hasSent it left with its interaction: what comes after is late
   */
  release(held: HeldSpan, hasSent: boolean): void {
    if (held.tree.spans.delete(held) && !held.isOpen) this.#bytes -= held.bytes;
    held.hasLeft = hasSent;
    if (!held.isOpen) {
      this.forget(held, hasSent);
      return;
    }
    const key = keyOf(held.traceId, held.spanId);
    this.#open.delete(held);
    if (!this.#byId.delete(key)) return;
    this.#leftOpen.set(key, held);
    if (this.#leftOpen.size > MAX_LEFT_OPEN) forgetOldest(this.#leftOpen);
  }

  /** Where starts are not seen, every id is remembered: of a span that comes later it says that its parent will not. */
  forget(held: HeldSpan, hasSent: boolean): void {
    const key = keyOf(held.traceId, held.spanId);
    this.#byId.delete(key);
    this.#leftOpen.delete(key);
    if (!hasSent && this.#options.seesStarts) return;
    this.#left.set(key, hasSent);
    if (this.#left.size > MAX_REMEMBERED) forgetOldest(this.#left);
  }

  /** Lets a tree go, with all that it still holds. */
  drop(tree: Tree): void {
    this.trees.delete(tree);
    for (const held of tree.spans) this.release(held, true);
    const { parentKey } = tree;
    if (parentKey === undefined) return;
    const waiting = this.#orphans.get(parentKey);
    waiting?.delete(tree);
    if (waiting?.size === 0) this.#orphans.delete(parentKey);
  }
}

/** More than a span's own entries; structured values (SDK 3, log bodies) may be larger, and go in circles. */
const MAX_SIZED_VALUES = 5_000;

/** What a span's attributes, events and log events hold on to: the texts, two bytes a character at most, and some for each entry. */
function bytesOf({ attributes, events, logs }: EndedSpan): number {
  let bytes = 500;
  const values: unknown[] = [
    attributes,
    ...events.map((event) => event.attributes),
    ...logs.flatMap((log) => [log.attributes, log.body]),
  ];
  for (let i = 0; i < values.length && i < MAX_SIZED_VALUES; i += 1) {
    const value = values[i];
    bytes += 24;
    if (typeof value === 'string') bytes += 2 * value.length;
    else if (ArrayBuffer.isView(value)) bytes += value.byteLength;
    else if (typeof value === 'object' && value !== null) addValues(value, values);
  }
  return bytes;
}

function addValues(object: object, to: unknown[]): void {
  try {
    for (const key in object) {
      if (to.length >= MAX_SIZED_VALUES) return;
      to.push((object as Record<string, unknown>)[key]);
    }
  } catch {
    // A getter or a proxy of the application's that throws: what it holds is not known.
  }
}

/**
 * Maps and sets keep the order in which their keys came. An eighth at a time: the more have been taken from the front since it was last put in order,
 * the longer V8 looks for the first (a second in all for 10,000 one by one).
 */
function forgetOldest(collection: Map<string, unknown> | Set<string>): void {
  let count = Math.ceil(collection.size / 8);
  for (const oldest of collection.keys()) {
    if (count === 0) return;
    collection.delete(oldest);
    count -= 1;
  }
}
