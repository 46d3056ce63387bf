/**
 * The bound of one interaction: of spans beyond `maxSpansPerInteraction` only what their model calls used is kept (record.md, section 7). The latest
 * call is never cut: it may hold the answer.
 */
import { ancestorsOf, type HeldSpan, type SpanReader, type Tree } from './held-span.ts';
import type { CutSpans } from './interaction.ts';
import type { Usage } from './reading.ts';
import { markOf } from './user-attributes.ts';

interface Cut {
  sums: CutSpans;
  /** The latest call, which stays until a later one has ended. */
  latestCall: HeldSpan | undefined;
}

export class SpanCutter {
  readonly #reader: SpanReader;
  readonly #maxSpans: number;
  readonly #cuts = new WeakMap<Tree, Cut>();
  /** Spans above a call that was cut: of generation spans in each other only the innermost counts. */
  readonly #holding = new WeakSet<HeldSpan>();

  constructor(reader: SpanReader, maxSpans: number) {
    this.#reader = reader;
    this.#maxSpans = maxSpans;
  }

  isFull(tree: Tree): boolean {
    return tree.spans.size > this.#maxSpans;
  }

  /** Cuts a span that has ended in a full tree. Gives what is to be let go of. */
  cut(span: HeldSpan): readonly HeldSpan[] {
    const { tree } = span;
    if (span.isOpen || span === tree.root || markOf(span.span) !== undefined) return [];
    const kind = span.kind(this.#reader);
    if (kind === undefined) return [span];
    const cut = this.#cuts.get(tree) ?? {
      sums: { count: 0, input: undefined, output: undefined, total: undefined },
      latestCall: undefined,
    };
    this.#cuts.set(tree, cut);
    if (kind !== 'llm' || this.#holding.has(span)) {
      cut.sums.count += 1;
      return [span];
    }
    this.#markAbove(span);
    const earlier = cut.latestCall;
    cut.latestCall = span;
    if (earlier === undefined || earlier.hasLeft) return [];
    cut.sums = add(cut.sums, earlier.reading(this.#reader)?.usage);
    return [earlier];
  }

  /** The same for a tree that became too large at once, when its parts were joined. */
  cutSurplus(tree: Tree): readonly HeldSpan[] {
    if (!this.isFull(tree)) return [];
    return [...tree.spans].slice(this.#maxSpans).flatMap((span) => this.cut(span));
  }

  takeCut(tree: Tree): CutSpans | undefined {
    const sums = this.#cuts.get(tree)?.sums;
    this.#cuts.delete(tree);
    return sums;
  }

  #markAbove(span: HeldSpan): void {
    for (const above of ancestorsOf(span)) {
      if (this.#holding.has(above)) return;
      this.#holding.add(above);
    }
  }
}

const plus = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : a + (b ?? 0));

function add(sums: CutSpans, usage: Usage | undefined): CutSpans {
  const parts =
    usage?.input === undefined && usage?.output === undefined ? undefined : (usage.input ?? 0) + (usage.output ?? 0);
  return {
    count: sums.count + 1,
    input: plus(sums.input, usage?.input),
    output: plus(sums.output, usage?.output),
    total: plus(sums.total, parts ?? usage?.total),
  };
}
