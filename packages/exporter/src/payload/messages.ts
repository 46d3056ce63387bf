/** Structured messages flattened to text, once. */
import type { Message, Part } from '../interaction/reading.ts';

/** Streamed pieces of an answer belong together as they are; parts of a question stand on lines of their own. */
const SEPARATORS = { assistant: '', user: '\n', system: '\n', tool: '\n' } as const satisfies Record<
  Message['role'],
  string
>;

function partText(part: Part): string | undefined {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'media':
      return mediaMarker(part);
    case 'reasoning':
    case 'tool_call':
    case 'tool_result':
      return undefined;
  }
}

/** `[image image/png 12 kB]`: what is known of it, never its data. */
function mediaMarker({ media, mimeType, bytes }: Part & { type: 'media' }): string {
  const size = bytes === undefined ? undefined : bytes < 1000 ? `${bytes} B` : `${Math.round(bytes / 1000)} kB`;
  return `[${[media, mimeType, size].filter((word) => word !== undefined).join(' ')}]`;
}

export const textOfMessage = (message: Message): string =>
  message.parts.flatMap((part) => partText(part) ?? []).join(SEPARATORS[message.role]);

/** A message of the user's own. Text beside a tool's result (a reminder) carries on with it. */
export const isQuestion = ({ role, parts }: Message): boolean =>
  role === 'user' && !parts.some(({ type }) => type === 'tool_result');

/** The last thing that the user said; `undefined`: nothing of the user's is recorded. */
export function lastUserText(input: readonly Message[] | undefined): string | undefined {
  const texts = (input ?? []).filter(isQuestion).map(textOfMessage);
  return texts.findLast((text) => text.trim() !== '');
}

/** What the model said; `''`: it answered, but without text; `undefined`: not recorded. */
export function answerText(output: readonly Message[] | undefined): string | undefined {
  if (output === undefined) return undefined;
  return output
    .filter((message) => message.role === 'assistant')
    .map(textOfMessage)
    .join('');
}

/** System messages at the head of a history. */
export function systemText(input: readonly Message[] | undefined): string | undefined {
  const texts = (input ?? [])
    .filter((message) => message.role === 'system')
    .map(textOfMessage)
    .filter((text) => text !== '');
  return texts.length > 0 ? texts.join('\n') : undefined;
}
