/** Sessions, interactions and steps around `tracer.startActiveSpan`. Depends on `@opentelemetry/api` alone, and does nothing where no SDK is registered. */
export { startActiveSession, startSession } from './session.ts';
export type { Session, SessionOptions } from './session.ts';
export { getActiveInteraction, startActiveInteraction, startInteraction } from './interaction.ts';
export type { Interaction, InteractionOptions } from './interaction.ts';
export { startActiveStep, startStep } from './step.ts';
export type { Step, StepOptions, StepType } from './step.ts';
export { withStep } from './with-step.ts';
export type { WithStepOptions } from './with-step.ts';
export { recordFeedback } from './feedback.ts';
export type { Feedback, FeedbackOutcome, FeedbackRefusal, FeedbackSink } from './feedback.ts';
export type { IdentityOptions, User } from './identity.ts';
export type { Metadata } from './named-attributes.ts';
export type { ContentHandle, Scope, SpanHandle, Usage } from './handles.ts';
export {
  ATTR_HUGGINGPLACE_AI_RESPONSE,
  ATTR_HUGGINGPLACE_CAPTURE_CONTENT,
  ATTR_HUGGINGPLACE_EXPORT,
  ATTR_HUGGINGPLACE_FILE_NAME,
  ATTR_HUGGINGPLACE_LLM_MODEL,
  ATTR_HUGGINGPLACE_LLM_MODEL2,
  ATTR_HUGGINGPLACE_MAPPING_TABLE,
  ATTR_HUGGINGPLACE_MESSAGE_ID,
  ATTR_HUGGINGPLACE_METADATA,
  ATTR_HUGGINGPLACE_ORG_UUID,
  ATTR_HUGGINGPLACE_SPAN_KIND,
  ATTR_HUGGINGPLACE_STEP_INPUT,
  ATTR_HUGGINGPLACE_STEP_OUTPUT,
  ATTR_HUGGINGPLACE_STEP_TYPE,
  ATTR_HUGGINGPLACE_USER_METADATA,
  ATTR_HUGGINGPLACE_USER_PROMPT,
  EVENT_HUGGINGPLACE_FEEDBACK,
} from './attributes.ts';
