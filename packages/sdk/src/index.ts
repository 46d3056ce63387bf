export type { InteractionPayload, JsonValue, Mode, StepPayload, StoreRequest } from './payload.ts';
export {
  AuthenticationError,
  createErrorFromResponse,
  HuggingPlaceSDKError,
  NetworkError,
  RateLimitError,
  ServerError,
  ValidationError,
  type ErrorCode,
  type ErrorDetails,
} from './errors.ts';
export {
  HuggingPlace,
  type LogBatchOptions,
  type LoggedStream,
  type LogOutcome,
  type LogReceipt,
} from './huggingplace.ts';
export { Session, type SessionDefaults, type SessionInfo } from './session.ts';
export { validateConfig, type HuggingPlaceConfig, type HuggingPlaceOptions } from './huggingplace-options.ts';
export { validateLogOptions } from './log-fields.ts';
export type { LogOptions, StepOptions } from './log-options.ts';
export type { AnswerStream } from './answer-stream.ts';
export type { DeliveryStats, DropCounts, DropReason } from './account.ts';
export type { Credentials, DeliveryOptions } from './options.ts';
export type { Mask } from './mask.ts';
export type { Outcome } from './outcome.ts';
export type { Transport } from './transport.ts';
export { calculateDuration, generateId, getCurrentTimestamp } from './trace-time.ts';
export type { Evaluation, TraceRecord } from './trace-record.ts';
export type { TraceFlowOptions, TraceFlowStep } from './trace-flow.ts';
export type { TraceLLMOptions } from './trace-llm.ts';
export type { TraceStepOptions } from './trace-step.ts';
export { FileTransport, type FileTransportOptions } from './file-transport.ts';
export { HttpTransport, type HttpTransportOptions } from './http-transport.ts';
export { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
export type { WebhookOptions } from './webhook-options.ts';
export type { WebhookEvent, WebhookEventData, WebhookEventType } from './webhook-event.ts';
