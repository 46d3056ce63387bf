/** Token sums of an interaction: each model call once (record.md, section 3, `token_count`). */
import { type Interaction, type Member, membersAbove } from '../interaction/interaction.ts';
import type { Usage } from '../interaction/reading.ts';

export interface TokenSums {
  readonly total: number | undefined;
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cachedInput: number | undefined;
  readonly reasoning: number | undefined;
  readonly embedding: number | undefined;
}

/** Input and output, or a known total without its parts. */
export function totalOf(usage: Usage | undefined): number | undefined {
  if (usage === undefined) return undefined;
  const { input, output, total } = usage;
  return input === undefined && output === undefined
    ? total
    : input !== undefined && output !== undefined
      ? input + output
      : (total ?? (input ?? 0) + (output ?? 0));
}

const sum = (numbers: readonly (number | undefined)[]): number | undefined => {
  const known = numbers.filter((number) => number !== undefined);
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : undefined;
};

export function sumTokens({ members, calls, cut, isMarked, rootMember }: Interaction): TokenSums {
  const isCounted = (member: Member): boolean => totalOf(member.reading.usage) !== undefined;
  const counted = calls.filter(isCounted);
  const holding = new Set<Member>();
  for (const call of counted) markAbove(call, holding);
  // A wrapper's usage counts only when nothing below it has any; of wrappers in each other the innermost, and those come last.
  for (const wrapper of members.toReversed()) {
    const isWrapper =
      wrapper.kind === 'agent' ||
      (wrapper.kind === 'chain' && wrapper.callsBelow > 0) ||
      (isMarked && wrapper === rootMember);
    if (!isWrapper || holding.has(wrapper) || !isCounted(wrapper)) continue;
    counted.push(wrapper);
    markAbove(wrapper, holding);
  }
  const usages = counted.flatMap((member) => member.reading.usage ?? []);
  return {
    total: sum([...usages.map(totalOf), cut?.total]),
    input: sum([...usages.map((usage) => usage.input), cut?.input]),
    output: sum([...usages.map((usage) => usage.output), cut?.output]),
    cachedInput: sum(usages.map((usage) => usage.cachedInput)),
    reasoning: sum(usages.map((usage) => usage.reasoning)),
    embedding: embeddingTokens(members),
  };
}

/** Adds the members above, up to the first that is in already: those above it are too. */
function markAbove(member: Member, holding: Set<Member>): void {
  for (const above of membersAbove(member)) {
    if (holding.has(above)) return;
    holding.add(above);
  }
}

/** Of embeddings in each other, and the calls that make them up, the innermost that says its usage. */
function embeddingTokens(members: readonly Member[]): number | undefined {
  const holding = new Set<Member>();
  const counts: (number | undefined)[] = [];
  for (const member of members.toReversed()) {
    if (member.kind !== 'embedding' || holding.has(member)) continue;
    const total = totalOf(member.reading.usage);
    if (total === undefined) continue;
    counts.push(total);
    markAbove(member, holding);
  }
  return sum(counts);
}
