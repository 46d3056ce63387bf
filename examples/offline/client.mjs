// The client of those examples that are servers.
import assert from 'node:assert/strict';
import { EXPECTED } from './plot.mjs';

/** Two users ask at the same time, and read their answers as they come. */
export async function askAsTwoUsers(url) {
  await Promise.all([EXPECTED.parcel, EXPECTED.otherUser].map((expected) => ask(url, expected)));
}

async function ask(url, { session, user, question, answer }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      // A real application knows all this from its sign-in.
      'x-session-id': session,
      'x-user': JSON.stringify(user),
    },
    body: JSON.stringify({ question }),
  });
  assert.equal(response.status, 200);
  const pieces = [];
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) pieces.push(piece);
  assert.equal(pieces.join(''), answer);
  assert.ok(pieces.length > 1, 'the answer comes in pieces');
}
