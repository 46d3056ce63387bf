/** Marks: what makes an interaction's root, whatever surrounds it (record.md, section 1, rule 1). */
import type { EndedSpan } from '../span.ts';
import { ancestorsOf, type HeldSpan } from './held-span.ts';
import { markOf } from './user-attributes.ts';

/**
 * What makes an interaction, beside marks: `request` the local root; `genai` the outermost member; `model-call` each model call;
 * `trace` the trace's root, remote parents being parents; or a predicate whose `true` is a mark.
 */
export type InteractionRoot = 'request' | 'genai' | 'model-call' | 'trace' | ((span: EndedSpan) => boolean);

export function isMarked({ span }: HeldSpan, interactionRoot: InteractionRoot): boolean {
  const mark = markOf(span);
  return (
    mark === 'interaction' ||
    (mark !== 'session' && typeof interactionRoot === 'function' && says(interactionRoot, span))
  );
}

/** A predicate of the user's that throws says no. */
function says(predicate: (span: EndedSpan) => boolean, span: EndedSpan): boolean {
  try {
    return predicate(span);
  } catch {
    return false;
  }
}

/** The spans above that may be of one interaction with it, nearest first: no further than a mark, or the local root. */
export function* ancestorsWithin(span: HeldSpan, interactionRoot: InteractionRoot): Generator<HeldSpan> {
  if (isMarked(span, interactionRoot)) return;
  for (const above of ancestorsOf(span)) {
    if (above.tree !== span.tree) return;
    yield above;
    if (isMarked(above, interactionRoot)) return;
  }
}
