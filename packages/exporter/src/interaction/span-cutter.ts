/**
 * The bound of one interaction: of spans beyond `maxSpansPerInteraction` only what their model calls used is kept (record.md, section 7). The latest
 * call is never cut: it may hold the answer.
 */
import type { GroupContext } from './group.ts';
import type { HeldSpan, SpanReader, Tree } from './held-span.ts';
import type { CutSpans } from './interaction.ts';
import type { InteractionRoot } from './marks.ts';
import type { Usage } from './reading.ts';
import { markOf } from './user-attributes.ts';
import { noteCallAbove } from './wrappers.ts';

const NOTHING: CutSpans = { input: undefined, output: undefined, total: undefined };

export class SpanCutter {
  readonly #reader: SpanReader;
  readonly #interactionRoot: InteractionRoot;
  readonly #maxSpans: number;

  constructor({ reader, interactionRoot }: GroupContext, maxSpans: number) {
    this.#reader = reader;
    this.#interactionRoot = interactionRoot;
    this.#maxSpans = maxSpans;
  }

  isFull(tree: Tree): boolean {
    return tree.spans.size > this.#maxSpans;
  }

  /** Cuts a span that has ended in a full tree. Gives what is to be let go of. */
  cut(span: HeldSpan): readonly HeldSpan[] {
    const { tree } = span;
    if (span.isOpen || span === tree.root || span === tree.latestCall || markOf(span.span) !== undefined) return [];
    const kind = span.kind(this.#reader);
    if (kind === undefined) return [span];
    if (tree.cut === undefined) for (const held of tree.spans) this.#markAbove(held);
    this.#markAbove(span);
    tree.cut ??= NOTHING;
    // Of generation spans in each other only the innermost counts.
    if (kind !== 'llm' || span.heldCall) return [span];
    const earlier = tree.latestCall;
    tree.latestCall = span;
    if (earlier === undefined || earlier.hasLeft) return [];
    tree.cut = add(tree.cut, earlier.reading(this.#reader)?.usage);
    return [earlier];
  }

  /** The same for a tree that became too large at once, when its parts were joined. */
  cutSurplus(tree: Tree): readonly HeldSpan[] {
    if (!this.isFull(tree)) return [];
    for (const span of tree.spans) this.#markAbove(span);
    return [...tree.spans].slice(this.#maxSpans).flatMap((span) => this.cut(span));
  }

  takeCut(tree: Tree): CutSpans | undefined {
    const { cut } = tree;
    tree.cut = undefined;
    tree.latestCall = undefined;
    return cut;
  }

  #markAbove(span: HeldSpan): void {
    if (span.kind(this.#reader) === 'llm') noteCallAbove(span, this.#interactionRoot);
  }
}

const plus = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : a + (b ?? 0));

function add(sums: CutSpans, usage: Usage | undefined): CutSpans {
  const parts =
    usage?.input === undefined && usage?.output === undefined ? undefined : (usage.input ?? 0) + (usage.output ?? 0);
  return {
    input: plus(sums.input, usage?.input),
    output: plus(sums.output, usage?.output),
    total: plus(sums.total, parts ?? usage?.total),
  };
}

/** Of two trees that turn out to be one. */
export function addCuts(a: CutSpans | undefined, b: CutSpans | undefined): CutSpans | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    input: plus(a.input, b.input),
    output: plus(a.output, b.output),
    total: plus(a.total, b.total),
  };
}
