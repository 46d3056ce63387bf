// Runs the application on this machine alone, and checks what is in HuggingPlace afterwards.
import { EXPECTED, runExample } from 'huggingplace-examples-offline';

const model = 'claude-haiku-4-5-20251001';
const call = 'llm anthropic.messages.create';
await runExample({
  directory: import.meta.dirname,
  application: ['--import', './instrumentation.mjs', 'app.mjs'],
  interactions: [
    { ...EXPECTED.order, model, steps: [call, 'tool get_order', call] },
    { ...EXPECTED.parcel, model, steps: ['retrieval search handbook', call] },
  ],
});
