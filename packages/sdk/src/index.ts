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
