/** What is known of a model call: what its span leaves unsaid may stand in a wrapper that holds this call alone. */
import type { Member } from '../interaction/interaction.ts';
import type { Reading } from '../interaction/reading.ts';
import { answerText } from './messages.ts';

export function readingOf(member: Member): Reading {
  if (!member.isCall) return member.reading;
  let reading = member.reading;
  for (const above of member.above) {
    if (above.kind !== 'chain' || above.callsBelow !== 1) break;
    // Usage is not filled in: whose it is decides `tokens.ts`.
    const { usage: _, name: __, error: ___, ...wrapper } = above.reading;
    reading = {
      ...wrapper,
      ...reading,
      output: hasAnswer(reading) ? reading.output : (wrapper.output ?? reading.output),
    };
  }
  return reading;
}

const hasAnswer = (reading: Reading): boolean =>
  reading.output !== undefined &&
  (answerText(reading.output) !== '' || reading.output.some((message) => message.parts.length > 0));

/** The model that answered, as far as any span around the call knows it, else the one that was asked. */
export function modelOf(call: Member, others: readonly Member[]): string | undefined {
  const reading = readingOf(call);
  if (reading.responseModel !== undefined) return reading.responseModel;
  const above = call.above.find((member) => member.reading.responseModel !== undefined && member.callsBelow === 1);
  const below = others.find((member) => member.reading.responseModel !== undefined && member.above.includes(call));
  return above?.reading.responseModel ?? below?.reading.responseModel ?? reading.requestModel;
}
