// Runs the server on this machine alone, asks it, and checks what is in HuggingPlace afterwards.
import { askAsTwoUsers, EXPECTED, runExample } from 'huggingplace-examples-offline';

const model = 'gpt-4o-mini-2024-07-18';
const steps = ['retrieval search handbook', 'llm chat gpt-4o-mini'];
await runExample({
  directory: import.meta.dirname,
  application: ['--import', './instrumentation.mjs', 'server.mjs'],
  client: (url) => askAsTwoUsers(`${url}/chat`),
  interactions: [
    { ...EXPECTED.parcel, model, steps },
    { ...EXPECTED.otherUser, model, steps },
  ],
});
