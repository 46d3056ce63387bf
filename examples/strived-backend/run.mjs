// Runs the service on this machine alone, in each of the three stages and in two at once, and checks that HuggingPlace has the same afterwards.
import assert from 'node:assert/strict';
import { comparable } from './offline/comparable.mjs';
import { QUESTIONS, runService } from './offline/run-service.mjs';

// One is answered at once, the other after the database has refused the first attempt.
const questions = QUESTIONS.slice(0, 2);
let before;
for (const recording of ['fetch', 'sdk', 'opentelemetry', 'fetch,opentelemetry']) {
  const { rows, posts } = await runService(recording, questions);
  const now = rows.map(comparable);
  if (before === undefined) console.dir(now, { depth: null });
  else assert.deepEqual(now, before);
  before = now;
  console.log(`STRIVED_RECORDING=${recording}: ${posts} POSTs`);
  console.log(`✓ ${rows.length} interactions in HuggingPlace, as expected.`);
}
