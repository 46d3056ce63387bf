/** What people and evaluators said about an interaction, from span events and log events (record.md, section 6; GenAI conventions 0.1.0, `gen_ai.evaluation.result`). */
import type { JsonValue } from 'huggingplace-sdk';
import type { Interaction } from '../interaction/interaction.ts';
import { storableText } from './json.ts';

const FEEDBACK = 'huggingplace.feedback';
const EVALUATION = 'gen_ai.evaluation.result';
const NUMBERS = ['likes', 'dislikes', 'score'] as const;
const TEXTS = ['comment', 'evaluation'] as const;

export function feedbackOf({ sources }: Interaction): ReadonlyMap<string, JsonValue> {
  const said = new Map<string, JsonValue>();
  const evaluations: JsonValue[] = [];
  for (const { span, isShared } of sources) {
    if (isShared) continue;
    for (const { name, attributes } of [...span.events, ...span.logs]) {
      if (name === EVALUATION) evaluations.push(evaluationOf(attributes));
      if (name !== FEEDBACK) continue;
      // Of several the last one counts: people change their minds.
      for (const key of NUMBERS)
        if (typeof attributes[key] === 'number' && Number.isFinite(attributes[key])) said.set(key, attributes[key]);
      for (const key of TEXTS)
        if (typeof attributes[key] === 'string' && attributes[key] !== '') said.set(key, storableText(attributes[key]));
    }
  }
  if (evaluations.length > 0) said.set('evaluations', evaluations);
  return said;
}

function evaluationOf(attributes: Readonly<Record<string, unknown>>): JsonValue {
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
    ...(typeof explanation === 'string' && { comment: storableText(explanation) }),
  };
}
