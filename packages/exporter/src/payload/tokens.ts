/** Token sums of an interaction: each model call once (record.md, section 3, `token_count`). */
import type { Interaction, Member } from '../interaction/interaction.ts';
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

export function sumTokens({ members, calls }: Interaction): TokenSums {
  const counted = [...calls.filter((call) => totalOf(call.reading.usage) !== undefined)];
  // A wrapper's usage counts only when nothing below it has any; of wrappers in each other the innermost.
  const wrappers = members.filter(
    (member) =>
      !member.isCall &&
      (member.kind === 'agent' || (member.kind === 'chain' && member.callsBelow > 0)) &&
      totalOf(member.reading.usage) !== undefined,
  );
  for (const wrapper of wrappers.toSorted((a, b) => b.above.length - a.above.length)) {
    if (!counted.some((member) => member.above.includes(wrapper))) counted.push(wrapper);
  }
  const usages = counted.flatMap((member) => member.reading.usage ?? []);
  const embeddings = members.filter(
    (member) =>
      member.kind === 'embedding' &&
      !members.some((other) => other.kind === 'embedding' && other.above.includes(member)),
  );
  return {
    total: sum(usages.map(totalOf)),
    input: sum(usages.map((usage) => usage.input)),
    output: sum(usages.map((usage) => usage.output)),
    cachedInput: sum(usages.map((usage) => usage.cachedInput)),
    reasoning: sum(usages.map((usage) => usage.reasoning)),
    embedding: sum(embeddings.map((member) => embeddingTokens(member, members))),
  };
}

const embeddingTokens = (embedding: Member, members: readonly Member[]): number | undefined => {
  const own = totalOf(embedding.reading.usage);
  if (own !== undefined) return own;
  const wrapper = embedding.above.find(
    (above) => above.kind === 'embedding' && totalOf(above.reading.usage) !== undefined,
  );
  const isFirst =
    members.find((other) => other.kind === 'embedding' && wrapper !== undefined && other.above.includes(wrapper)) ===
    embedding;
  return isFirst ? totalOf(wrapper?.reading.usage) : undefined;
};
