// Runs the application on this machine alone, and checks what is in HuggingPlace afterwards.
import { EXPECTED, runExample } from 'huggingplace-examples-offline';

const model = 'gpt-4o-mini-2024-07-18';
await runExample({
  directory: import.meta.dirname,
  application: ['--import', './instrumentation.mjs', 'app.mjs'],
  interactions: [
    { ...EXPECTED.order, model, steps: ['llm chat gpt-4o-mini', 'tool get_order', 'llm chat gpt-4o-mini'] },
    { ...EXPECTED.parcel, model, steps: ['retrieval search handbook', 'llm chat gpt-4o-mini'] },
  ],
});
