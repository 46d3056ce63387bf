// Stage 1, where many begin: a POST by hand. The user waits for it, and what HuggingPlace does not take at once is lost.
import { takeNotes } from './notes.mjs';

const { env } = process;
const baseUrl = env.HUGGINGPLACE_BASE_URL ?? 'https://api.huggingplace.com';
const mode = env.HUGGINGPLACE_MODE ?? 'prod';
const TIMEOUT_MS = 5_000;

export const { recordInteraction, recordStep, recordModelCall } = takeNotes(store);
export const closeRecording = () => {};

async function store(noted) {
  const { id, roles, ...aboutUser } = noted.user;
  const { error } = noted;
  const body = {
    org_id: env.HUGGINGPLACE_ORG_ID,
    mode,
    message_id: noted.messageId,
    session_id: noted.sessionId,
    user_uuid: id,
    user_roles: roles,
    user_prompt: noted.question,
    ai_response: error ? `Error: ${error.message}` : noted.answer,
    llm_model: noted.model,
    token_count: noted.tokens,
    response_time: inWords(noted.elapsedMs),
    mapping_table: noted.mappingTable,
    metaData: {
      ...noted.metadata,
      ...(error && { error: true, errorMessage: error.message, errorType: error.name }),
      input_tokens: noted.inputTokens,
      output_tokens: noted.outputTokens,
    },
    user_meta_data: aboutUser,
    step_data: noted.steps,
  };
  try {
    const response = await fetch(`${baseUrl}/v2/chatgpt/store_generated_response`, {
      method: 'POST',
      headers: { authorization: `Bearer ${env.HUGGINGPLACE_API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    console.error(`HuggingPlace: an interaction is lost (${error.message})`);
  }
}

/** `"0 min 2.50 sec"` */
function inWords(ms) {
  const hundredths = Math.round(ms / 10);
  return `${Math.floor(hundredths / 6000)} min ${((hundredths % 6000) / 100).toFixed(2)} sec`;
}
