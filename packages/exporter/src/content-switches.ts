/**
 * How the recording of prompts and answers is switched on, an instrumentation a row: most are silent about content until they are told otherwise, and
 * nothing in a span says so. Said by `hints.ts`; what the spans hold is the dialects' to read.
 */
import { dialectOf } from './dialects/index.ts';
import type { EndedSpan } from './span.ts';

const GEN_AI_VARIABLE = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';

/** By the name of the dialect that decides what the span is. */
const OF_DIALECT: ReadonlyMap<string, string> = new Map([
  [
    'Vercel AI SDK',
    'pass experimental_telemetry: { isEnabled: true, recordInputs: true, recordOutputs: true } (AI SDK 7: telemetry)',
  ],
  ['Langfuse', 'give the observation an input and an output (updateActiveObservation), or leave mask out'],
  ['LangSmith', 'unset LANGSMITH_HIDE_INPUTS and LANGSMITH_HIDE_OUTPUTS (hideInputs and hideOutputs of its Client)'],
  ['Mastra', 'leave hideInput and hideOutput out of its tracingOptions'],
  ['Google ADK', `set ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true`],
  ['OpenInference', 'unset OPENINFERENCE_HIDE_INPUTS, OPENINFERENCE_HIDE_OUTPUTS and the like (or its traceConfig)'],
  ['OpenLLMetry', 'set TRACELOOP_TRACE_CONTENT=true (or traceContent: true)'],
  ['HuggingPlace step', 'set huggingplace.step.input and huggingplace.step.output on the step'],
]);

/** Of instrumentations that write OpenTelemetry's own names, by their scope: the first that fits. */
const OF_SCOPE: readonly (readonly [scope: RegExp, howTo: (span: EndedSpan) => string])[] = [
  [/^@opentelemetry\/instrumentation-openai$|^opentelemetry\.instrumentation\.openai_v2/, inLogEvents],
  [
    /^@opentelemetry\/instrumentation-aws-sdk$/,
    () =>
      'it records none; another instrumentation of Bedrock does (@traceloop/instrumentation-bedrock, OpenInference)',
  ],
  [/^gen_ai$/, () => 'pass telemetry: { recordInputs: true, recordOutputs: true } to the AI SDK'],
  [/^pydantic-ai$/, () => 'set InstrumentationSettings(include_content=True)'],
  [/sentry/i, () => 'set recordInputs and recordOutputs of its AI integrations (or sendDefaultPii: true)'],
];

/** What to do, so that calls of this instrumentation come with their content; completes "…: ". */
export function contentSwitchOf(span: EndedSpan): string {
  const ofDialect = OF_DIALECT.get(dialectOf(span)?.name ?? '');
  if (ofDialect !== undefined) return ofDialect;
  const ofScope = OF_SCOPE.find(([scope]) => scope.test(span.scope.name));
  return ofScope?.[1](span) ?? `set ${GEN_AI_VARIABLE}=true, or what that instrumentation has for it`;
}

/** It says what was said in log events alone; with content switched off they come all the same, with empty bodies. */
function inLogEvents({ logs }: EndedSpan): string {
  return logs.length > 0
    ? `set ${GEN_AI_VARIABLE}=true (or captureMessageContent: true)`
    : `its content is in log events alone, and none arrived: register logRecordProcessors of huggingPlace() (an exporter of spans never sees them), and set ${GEN_AI_VARIABLE}=true`;
}
