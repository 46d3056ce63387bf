/** Which model answered. */
import { type Member, membersAbove } from '../interaction/interaction.ts';

/** As far as any span around the calls knows it, else the one that was asked; a call each. */
export function modelsOf(calls: readonly Member[], members: readonly Member[]): readonly (string | undefined)[] {
  const below = new Map<Member, string>();
  for (const member of members) {
    const model = member.reading.responseModel;
    if (member.isCall || model === undefined) continue;
    for (const above of membersAbove(member)) if (above.isCall && !below.has(above)) below.set(above, model);
  }
  return calls.map(
    (call) => call.reading.responseModel ?? modelAbove(call) ?? below.get(call) ?? call.reading.requestModel,
  );
}

function modelAbove(call: Member): string | undefined {
  for (const above of membersAbove(call)) {
    if (above.callsBelow > 1) return undefined;
    if (above.reading.responseModel !== undefined) return above.reading.responseModel;
  }
  return undefined;
}
