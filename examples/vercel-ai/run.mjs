// Runs the application on this machine alone, and checks what is in HuggingPlace afterwards.
import { EXPECTED, runExample } from 'huggingplace-examples-offline';

const model = 'gpt-4o-mini-2024-07-18';
const call = 'llm chat gpt-4o-mini';
await runExample({
  directory: import.meta.dirname,
  application: ['--import', './instrumentation.mjs', 'app.mjs'],
  interactions: [
    { ...EXPECTED.order, model, steps: [call, 'tool get_order', call] },
    { ...EXPECTED.parcel, model, steps: ['retrieval search handbook', 'agent invoke_agent gpt-4o-mini', call] },
  ],
});
