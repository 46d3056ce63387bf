// Runs an example on this machine alone: a HuggingPlace, a stand-in for the providers, and the example's application; then checks what arrived.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startDevServer } from '@huggingplace/dev-server';
import { addressOf } from './address-of.mjs';
import { startStandIn } from './stand-in.mjs';
import { summarise } from './summarise.mjs';

/**
 * @param {object} example
 * @param {string} example.directory
 * @param {string[]} example.application arguments of `node`
 * @param {object[]} example.interactions what has to be in the database afterwards, and nothing else
 * @param {(url: string) => Promise<void>} [example.client] where the application is a server: asks it, and then the server is told to end
 * @throws where anything else arrived
 */
export async function runExample({ directory, application, interactions, client }) {
  const huggingPlace = await startDevServer();
  const standIn = await startStandIn();
  try {
    const env = {
      ...process.env,
      HUGGINGPLACE_BASE_URL: huggingPlace.url,
      HUGGINGPLACE_API_KEY: huggingPlace.apiKey,
      HUGGINGPLACE_ORG_ID: huggingPlace.orgId,
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: `${standIn.url}/v1`,
      ANTHROPIC_API_KEY: 'none',
      ANTHROPIC_BASE_URL: standIn.url,
      // Nobody listens at localhost:4318, where NodeSDK sends metrics by itself.
      OTEL_METRICS_EXPORTER: 'none',
      // Warnings, of OpenTelemetry and of ours.
      OTEL_LOG_LEVEL: process.env.OTEL_LOG_LEVEL ?? 'warn',
    };
    await (client ? askServer : runToEnd)(start(application, directory, env), client);
    const rows = await huggingPlace.database.query(
      'SELECT * FROM chat JOIN prompt_details ON chat_id = id ORDER BY session_id, id',
    );
    const arrived = rows.map(summarise);
    console.dir(arrived, { depth: null });
    assert.deepEqual(arrived, interactions);
    console.log(`✓ ${arrived.length} interactions in HuggingPlace, as expected.`);
  } finally {
    standIn.close();
    await huggingPlace.close();
  }
}

const start = (args, cwd, env) => spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });

async function runToEnd(application) {
  application.stdout.pipe(process.stdout);
  const [code, signal] = await once(application, 'exit');
  if (code !== 0) throw new Error(`the application ended with ${signal ?? `exit code ${code}`}`);
}

async function askServer(server, client) {
  const exit = once(server, 'exit');
  try {
    await client(await addressOf(server));
  } finally {
    server.kill();
  }
  await exit;
}
