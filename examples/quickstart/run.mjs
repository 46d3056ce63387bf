// Runs everything on this machine: a HuggingPlace, a stand-in for OpenAI, and the application; then shows and checks what arrived.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startDevServer } from '@huggingplace/dev-server';
import { startStandIn } from '../offline/stand-in.mjs';
import { checkRows } from './check.mjs';
import { describe } from './describe.mjs';

console.log('Starting a HuggingPlace on this machine …');
const huggingPlace = await startDevServer();
const standIn = process.env.OPENAI_API_KEY ? undefined : await startStandIn();

console.log(
  `Asking ${standIn ? 'a stand-in for OpenAI on this machine (set OPENAI_API_KEY for the real one)' : 'OpenAI'} …\n`,
);
await runApplication({
  HUGGINGPLACE_BASE_URL: huggingPlace.url,
  HUGGINGPLACE_API_KEY: huggingPlace.apiKey,
  HUGGINGPLACE_ORG_ID: huggingPlace.orgId,
  // Nobody listens at localhost:4318, where NodeSDK sends metrics by itself.
  OTEL_METRICS_EXPORTER: 'none',
  // Warnings, of OpenTelemetry and of ours.
  OTEL_LOG_LEVEL: process.env.OTEL_LOG_LEVEL ?? 'warn',
  ...(standIn && { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: `${standIn.url}/v1` }),
});

const rows = await huggingPlace.database.query('SELECT * FROM chat JOIN prompt_details ON chat_id = id ORDER BY id');
console.log(`\nIn the database, tables chat and prompt_details:\n${rows.map(describe).join('')}`);
checkRows(rows, { isStandIn: standIn !== undefined });
console.log(`✓ ${rows.length} interactions, one for each question, with every step, token, session and user.`);

standIn?.close();
if (process.argv.includes('--stay') || (process.stdout.isTTY && !process.env.CI)) {
  console.log(`\nThe same as a page: ${huggingPlace.url}\nCtrl-C ends.`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
} else {
  console.log(`\nThe same was a page at ${huggingPlace.url} (--stay keeps it).`);
}
await huggingPlace.close();

async function runApplication(variables) {
  const app = spawn(process.execPath, ['--import', './telemetry.mjs', 'app.mjs'], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...variables },
    stdio: 'inherit',
  });
  const [code, signal] = await once(app, 'exit');
  if (code !== 0) throw new Error(`the application ended with ${signal ?? `exit code ${code}`}`);
}
