/** Which generation spans are model calls, and which wrap one: of those in each other the innermost is the call (record.md, "Words"). */
import type { HeldSpan, SpanReader } from './held-span.ts';
import { ancestorsWithin, type InteractionRoot } from './marks.ts';

interface WrapperContext {
  readonly reader: SpanReader;
  readonly interactionRoot: InteractionRoot;
}

/** The model calls among the spans of a tree, in their order. */
export function callsAmong(spans: readonly HeldSpan[], { reader, interactionRoot }: WrapperContext): HeldSpan[] {
  const generations = spans.filter((span) => span.kind(reader) === 'llm' && !span.isInnerTwin);
  const holding = new Set<HeldSpan>();
  for (const span of generations) {
    for (const above of ancestorsWithin(span, interactionRoot)) {
      if (holding.has(above)) break;
      holding.add(above);
    }
  }
  return generations.filter((span) => !holding.has(span) && !span.heldCall);
}

/** The generation spans above a call that have ended, nearest first. */
export const generationsAround = (call: HeldSpan, { reader, interactionRoot }: WrapperContext): readonly HeldSpan[] =>
  [...ancestorsWithin(call, interactionRoot)].filter(
    (above) => above.kind(reader) === 'llm' && !above.isOpen && !above.isInnerTwin,
  );

/** A call leaves, or is cut: what stands above it stays a wrapper. Where one is known for that, those above it are too. */
export function noteCallAbove(call: HeldSpan, interactionRoot: InteractionRoot): void {
  for (const above of ancestorsWithin(call, interactionRoot)) {
    if (above.heldCall) return;
    above.heldCall = true;
  }
}
