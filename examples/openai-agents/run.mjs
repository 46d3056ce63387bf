// Runs the application on this machine alone, and checks what is in HuggingPlace afterwards.
import { EXPECTED, runExample } from 'huggingplace-examples-offline';

const model = 'gpt-4o-mini-2024-07-18';
await runExample({
  directory: import.meta.dirname,
  application: ['--import', './instrumentation.mjs', 'app.mjs'],
  interactions: [
    { ...EXPECTED.order, model, steps: ['agent Assistant', 'llm response', 'tool get_order', 'llm response'] },
    {
      ...EXPECTED.parcel,
      model,
      steps: ['retrieval search handbook', 'agent Agent workflow', 'agent Assistant', 'llm response'],
    },
  ],
});
