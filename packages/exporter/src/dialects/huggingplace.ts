/**
 * Our own marks of a step, which `@huggingplace/tracing` sets and applications may set by hand (record.md, section 6). What such a step says in
 * other vocabularies beside (usage and model by `gen_ai.*`) they read.
 */
import type { MemberKind } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import { asText } from './attributes.ts';
import type { Dialect } from './dialect.ts';
import { readInput, readOutput } from './input-output.ts';

const SPAN_KIND = 'huggingplace.span.kind';
const STEP_TYPE = 'huggingplace.step.type';
const STEP_INPUT = 'huggingplace.step.input';
const STEP_OUTPUT = 'huggingplace.step.output';

const TYPES: ReadonlySet<string> = new Set<MemberKind>([
  'llm',
  'agent',
  'tool',
  'retrieval',
  'embedding',
  'reranker',
  'guardrail',
  'step',
]);
const isType = (type: unknown): type is MemberKind => typeof type === 'string' && TYPES.has(type);

const isStep = ({ attributes }: EndedSpan): boolean => attributes[SPAN_KIND] === 'step';

export const stepsWithType: Dialect = {
  name: 'HuggingPlace step',

  kindOf(span) {
    const type = span.attributes[STEP_TYPE];
    return isStep(span) && isType(type) ? type : undefined;
  },

  adds: isStep,

  read({ attributes }) {
    const [input, output] = [attributes[STEP_INPUT], attributes[STEP_OUTPUT]];
    if (attributes[STEP_TYPE] !== 'llm') return { inputText: asText(input), outputText: asText(output) };
    return {
      input: input === undefined ? undefined : readInput(input),
      output: output === undefined ? undefined : readOutput(output),
    };
  },
};

/** Last in the table: a step without a type is what another vocabulary knows it as, and else just a step. */
export const stepsWithoutType: Dialect = {
  name: 'HuggingPlace step without a type',
  kindOf: (span) => (isStep(span) ? 'step' : undefined),
  read: () => ({}),
};
