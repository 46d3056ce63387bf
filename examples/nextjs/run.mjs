// Builds and runs the server on this machine alone, asks it, and checks what is in HuggingPlace afterwards.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { askAsTwoUsers, EXPECTED, runExample } from 'huggingplace-examples-offline';

const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
process.env.NEXT_TELEMETRY_DISABLED = '1';
execFileSync(process.execPath, [next, 'build'], { cwd: import.meta.dirname, stdio: 'inherit' });

const model = 'gpt-4o-mini-2024-07-18';
const steps = ['retrieval search handbook', 'agent invoke_agent gpt-4o-mini', 'llm chat gpt-4o-mini'];
await runExample({
  directory: import.meta.dirname,
  application: [next, 'start', '--hostname', '127.0.0.1', '--port', '0'],
  client: (url) => askAsTwoUsers(`${url}/chat`),
  interactions: [
    { ...EXPECTED.parcel, model, steps },
    { ...EXPECTED.otherUser, model, steps },
  ],
});
