/** How types of steps look. */

const KNOWN = ['llm', 'agent', 'tool', 'retrieval', 'embedding', 'reranker', 'guardrail', 'step'];

/** The type comes from outside: only a known one becomes the name of a class. */
export const stepClass = (type: string | null | undefined): string =>
  `type-${type && KNOWN.includes(type) ? type : 'step'}`;
