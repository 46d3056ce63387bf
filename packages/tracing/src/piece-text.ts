/** The text in a piece of a stream. */
import { member } from './override.ts';

/** What the types of pieces that add to a text end in: Responses API, OpenAI Agents, AI SDK. Reasoning and tool calls have deltas, too. */
const TEXT_DELTA = /^(response\.output_text\.|output_text_|text-)delta$/;

/**
 * A text as itself; of an event of the common LLM SDKs the text that it adds to the answer, `''` where it adds none; `undefined` where it is neither.
 */
export function pieceText(piece: unknown): string | undefined {
  if (typeof piece === 'string') return piece;
  const at = (...path: readonly string[]): unknown => path.reduce(member, piece);
  const type = at('type');
  const chatDelta = at('choices', '0', 'delta');
  if (typeof type !== 'string' && chatDelta === undefined) return undefined;
  const texts = [
    member(chatDelta, 'content'),
    ...(TEXT_DELTA.test(String(type)) ? [at('delta'), at('text')] : []),
    at('delta', 'text'), // Anthropic
    pieceText(at('data')), // OpenAI Agents
    at('content'), // LangChain
  ];
  return texts.find((text) => typeof text === 'string') ?? '';
}
