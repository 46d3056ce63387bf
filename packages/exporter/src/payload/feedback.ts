/** What people and evaluators said about an interaction, from span events and log events (record.md, section 6; GenAI conventions 0.1.0, `gen_ai.evaluation.result`). */
import type { JsonValue } from 'huggingplace-sdk';
import { storableText } from 'huggingplace-sdk/internal';
import type { Interaction } from '../interaction/interaction.ts';
import { type Attributes, compareTimes } from '../span.ts';

export const FEEDBACK = 'huggingplace.feedback';
const EVALUATION = 'gen_ai.evaluation.result';
const NUMBERS = ['likes', 'dislikes', 'score'] as const;
const TEXTS = ['evaluation', 'comment'] as const;

/** @param capturesContent `false`: without comments, which are content as prompts are */
export function feedbackOf({ sources }: Interaction, capturesContent: boolean): ReadonlyMap<string, JsonValue> {
  const own = sources.filter(({ isShared }) => !isShared).map(({ span }) => span);
  const events = own.flatMap((span) => span.events.filter(({ name }) => isFeedback(name)));
  const logs = own.flatMap((span) => span.logs.filter(({ name }) => isFeedback(name)));
  const said = new Map<string, JsonValue>();
  const evaluations: JsonValue[] = [];
  // Of several the last one counts: people change their minds.
  for (const { name, attributes } of [...events.sort((a, b) => compareTimes(a.time, b.time)), ...logs]) {
    if (name === EVALUATION) evaluations.push(evaluationOf(attributes, capturesContent));
    else for (const [key, value] of feedbackIn(attributes, capturesContent)) said.set(key, value);
  }
  if (evaluations.length > 0) said.set('evaluations', evaluations);
  return said;
}

const isFeedback = (name: string): boolean => name === FEEDBACK || name === EVALUATION;

/** Of one event: what says something, and is of the right type. */
export function feedbackIn(attributes: Attributes, capturesContent: boolean): ReadonlyMap<string, JsonValue> {
  const said = new Map<string, JsonValue>();
  for (const key of NUMBERS) {
    const value = attributes[key];
    if (typeof value === 'number' && Number.isFinite(value)) said.set(key, value);
  }
  for (const key of TEXTS) {
    const value = attributes[key];
    if (key === 'comment' && !capturesContent) continue;
    if (typeof value === 'string' && value !== '') said.set(key, storableText(value));
  }
  return said;
}

function evaluationOf(attributes: Attributes, capturesContent: boolean): JsonValue {
  const value = (key: string): unknown => attributes[`gen_ai.evaluation.${key}`];
  const [name, score, label, explanation] = [
    value('name'),
    value('score.value'),
    value('score.label'),
    value('explanation'),
  ];
  return {
    ...(typeof name === 'string' && { name: storableText(name) }),
    ...(typeof score === 'number' && Number.isFinite(score) && { score }),
    ...(typeof label === 'string' && { label: storableText(label) }),
    ...(typeof explanation === 'string' && capturesContent && { comment: storableText(explanation) }),
  };
}
