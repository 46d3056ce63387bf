// Stage 2: huggingplace-sdk. It retries, keeps what waits within bounds, and delivers before the process ends; the notes are still our own.
import { HuggingPlace } from 'huggingplace-sdk';
import { takeNotes } from './notes.mjs';

const huggingPlace = new HuggingPlace(); // HUGGINGPLACE_API_KEY, HUGGINGPLACE_ORG_ID

export const { recordInteraction, recordStep, recordModelCall } = takeNotes(store);
export const closeRecording = () => huggingPlace.shutdown();

/** Nobody waits for it: `log` tries again by itself, and says at last what it could not deliver. */
function store(noted) {
  const { id, roles, ...aboutUser } = noted.user;
  const { error } = noted;
  huggingPlace
    .log({
      messageId: noted.messageId,
      sessionId: noted.sessionId,
      userId: id,
      userRoles: roles,
      userPrompt: noted.question,
      response: error ? `Error: ${error.message}` : noted.answer,
      llmModel: noted.model,
      tokenCount: noted.tokens,
      responseTime: noted.elapsedMs,
      mappingTable: noted.mappingTable,
      metadata: {
        ...noted.metadata,
        ...(error && { error: true, errorMessage: error.message, errorType: error.name }),
        input_tokens: noted.inputTokens,
        output_tokens: noted.outputTokens,
      },
      userMetadata: aboutUser,
      stepData: noted.steps,
    })
    .catch((failure) => console.error(`HuggingPlace: an interaction is lost (${failure.code})`));
}
