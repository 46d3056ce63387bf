/** What is known of a model call: what its span leaves unsaid may stand in a wrapper that holds this call alone. */
import { type Member, membersAbove } from '../interaction/interaction.ts';
import type { Reading } from '../interaction/reading.ts';
import { answerText } from './messages.ts';

export function readingOf(member: Member): Reading {
  let reading = member.reading;
  if (!member.isCall) return reading;
  for (const above of membersAbove(member)) {
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

const hasAnswer = ({ output }: Reading): boolean =>
  output !== undefined && (answerText(output) !== '' || output.some((message) => message.parts.length > 0));

/** The model that answered, as far as any span around the calls knows it, else the one that was asked; a call each. */
export function modelsOf(calls: readonly Member[], members: readonly Member[]): readonly (string | undefined)[] {
  const below = new Map<Member, string>();
  for (const member of members) {
    const model = member.reading.responseModel;
    if (member.isCall || model === undefined) continue;
    for (const above of membersAbove(member)) if (above.isCall && !below.has(above)) below.set(above, model);
  }
  return calls.map(
    (call) => readingOf(call).responseModel ?? modelAbove(call) ?? below.get(call) ?? readingOf(call).requestModel,
  );
}

function modelAbove(call: Member): string | undefined {
  for (const above of membersAbove(call)) {
    if (above.callsBelow > 1) return undefined;
    if (above.reading.responseModel !== undefined) return above.reading.responseModel;
  }
  return undefined;
}
