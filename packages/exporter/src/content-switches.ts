/**
 * How the recording of prompts and answers is switched on, an instrumentation a row: half of them leave content out until they are told otherwise, and
 * nothing in a span says so.
 */
import { dialectOf } from './dialects/index.ts';
import type { EndedSpan } from './span.ts';

const GEN_AI_VARIABLE = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
const BEDROCK_CONVERSE = '@arizeai/openinference-instrumentation-bedrock records Converse, too';

/** By instrumentation, which the scope names: the first that fits. */
const OF_SCOPE: readonly (readonly [scope: RegExp, howTo: (span: EndedSpan) => string])[] = [
  [/^@opentelemetry\/instrumentation-openai$|^opentelemetry\.instrumentation\.openai_v2/, inLogEvents],
  [/^@opentelemetry\/instrumentation-aws-sdk$/, () => `it records none; ${BEDROCK_CONVERSE}`],
  [/^@traceloop\/instrumentation-bedrock$/, () => `set TRACELOOP_TRACE_CONTENT=true; ${BEDROCK_CONVERSE}`],
  [/^gen_ai$/, () => 'pass telemetry: { recordInputs: true, recordOutputs: true } to the AI SDK'],
  [/^pydantic-ai$/, () => 'set InstrumentationSettings(include_content=True)'],
  [/sentry/i, () => 'set recordInputs and recordOutputs of its AI integrations (or sendDefaultPii: true)'],
];

/** Of the others by vocabulary: the name of the dialect that decides what the span is. */
const OF_DIALECT: ReadonlyMap<string, string> = new Map([
  [
    'Vercel AI SDK',
    'pass experimental_telemetry: { isEnabled: true, recordInputs: true, recordOutputs: true } (since AI SDK 7 it is telemetry)',
  ],
  ['Langfuse', 'give the observation its input and output'],
  ['LangSmith', 'unset LANGSMITH_HIDE_INPUTS and LANGSMITH_HIDE_OUTPUTS (or hideInputs and hideOutputs of its Client)'],
  ['Mastra', 'leave hideInput and hideOutput out of tracingOptions'],
  ['Google ADK', 'set ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true'],
  [
    'OpenInference',
    'unset OPENINFERENCE_HIDE_INPUTS, OPENINFERENCE_HIDE_OUTPUTS and the like (or what its traceConfig hides)',
  ],
  ['OpenLLMetry', 'set TRACELOOP_TRACE_CONTENT=true (or traceContent: true)'],
  ['HuggingPlace step', 'set huggingplace.step.input and huggingplace.step.output'],
]);

/** What to do for calls of this instrumentation to come with their content. */
export function contentSwitchOf(span: EndedSpan): string {
  const ofScope = OF_SCOPE.find(([scope]) => scope.test(span.scope.name))?.[1];
  return (
    ofScope?.(span) ??
    OF_DIALECT.get(dialectOf(span)?.name ?? '') ??
    `set ${GEN_AI_VARIABLE}=true, or what that instrumentation has for it`
  );
}

/** Its content is in log events alone. With content switched off they come all the same, with empty bodies. */
function inLogEvents({ logs }: EndedSpan): string {
  return logs.length > 0
    ? `set ${GEN_AI_VARIABLE}=true (or captureMessageContent: true)`
    : `it says them in log events alone, and none arrived: register logRecordProcessors of huggingPlace() (an exporter of spans never sees log events), set ${GEN_AI_VARIABLE}=true, and see that there is one copy of @opentelemetry/api-logs (npm ls)`;
}
