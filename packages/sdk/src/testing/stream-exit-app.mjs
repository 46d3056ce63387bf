/** Ends in the middle of a stream. */
import { HuggingPlace } from '../../dist/index.mjs';

const client = new HuggingPlace();
const { stream } = client.logStream(
  { userPrompt: 'q' },
  (async function* () {
    yield 'half an ';
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    yield 'answer';
  })(),
);
for await (const piece of stream) {
  console.log(piece);
  process.exit(3);
}
