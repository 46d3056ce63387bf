/** The text in a piece of a stream. */
import { isObject, member } from './override.ts';

/** Pieces of these types are a text's: Responses API, OpenAI Agents, AI SDK. */
const TEXT_DELTA = /^(response\.output_text\.|output_text_|text-)delta$/;

/**
 * A text as itself; of an event of the common LLM SDKs the text that it adds to the answer, `''` where it adds none; `undefined` where it is neither.
 */
export function pieceText(piece: unknown): string | undefined {
  if (typeof piece === 'string') return piece;
  if (!isObject(piece)) return undefined;
  const choices = member(piece, 'choices');
  // Chat Completions
  if (Array.isArray(choices)) return textIn(member(member(choices[0], 'delta'), 'content'));
  const type = member(piece, 'type');
  if (typeof type !== 'string') return undefined;
  const delta = member(piece, 'delta');
  if (TEXT_DELTA.test(type)) return textIn(delta, member(piece, 'text'));
  // Anthropic
  if (type === 'content_block_delta') return textIn(member(delta, 'text'));
  // OpenAI Agents
  if (type === 'raw_model_stream_event') return pieceText(member(piece, 'data')) ?? '';
  // LangChain
  return textIn(member(piece, 'content'));
}

const textIn = (...values: readonly unknown[]): string => values.find((value) => typeof value === 'string') ?? '';
