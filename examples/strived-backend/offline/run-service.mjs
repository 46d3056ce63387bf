// Runs the service on this machine alone, in one stage or in two at once: asks it, ends it, and gives what it answered and what was stored.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startDevServer } from '@huggingplace/dev-server';
import { addressOf } from '../../offline/address-of.mjs';
import { startModel } from './model.mjs';

export { QUESTIONS } from './model.mjs';

const ASKING = {
  'content-type': 'application/json',
  'x-session-id': 'session-7f3a',
  'x-user': JSON.stringify({ id: 'user-42', email: 'ada@example.com', roles: ['analyst'] }),
};

/**
 * @param {string} recording what STRIVED_RECORDING is set to
 * @param {string[]} questions asked one after the other
 * @param {{ outage?: boolean }} [options] `outage`: HuggingPlace takes nothing until all is answered; default `false`
 * @returns the answers, each with its HTTP status; the rows of HuggingPlace, in the order of the questions; and how many POSTs it took
 */
export async function runService(recording, questions, { outage = false } = {}) {
  let posts = 0;
  const huggingPlace = await startDevServer({
    fail: outage ? '503:1' : '',
    onReceived: ({ method }) => (posts += method === 'POST' ? 1 : 0),
  });
  const model = await startModel();
  try {
    const server = spawn(process.execPath, ['--import', './recording.mjs', 'server.mjs'], {
      cwd: path.dirname(import.meta.dirname),
      env: {
        ...process.env,
        STRIVED_RECORDING: recording,
        // A busy machine is no fault of the SQL.
        STRIVED_SQL_TIMEOUT_MS: '60000',
        HUGGINGPLACE_BASE_URL: huggingPlace.url,
        HUGGINGPLACE_API_KEY: huggingPlace.apiKey,
        HUGGINGPLACE_ORG_ID: huggingPlace.orgId,
        OPENAI_API_KEY: 'none',
        OPENAI_BASE_URL: model.url,
        // Nobody listens at localhost:4318, where NodeSDK sends metrics by itself.
        OTEL_METRICS_EXPORTER: 'none',
        // Warnings, of OpenTelemetry and of ours.
        OTEL_LOG_LEVEL: process.env.OTEL_LOG_LEVEL ?? 'warn',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(server, 'exit');
    const answers = [];
    try {
      const url = await addressOf(server);
      for (const question of questions) answers.push(await ask(url, question));
      huggingPlace.fail('');
    } finally {
      server.kill();
    }
    const [code, signal] = await exit;
    if (code !== 0) throw new Error(`the service ended with ${signal ?? `exit code ${code}`}`);
    const stored = await huggingPlace.database.query('SELECT * FROM chat JOIN prompt_details ON chat_id = id');
    const rows = questions.flatMap((question) => stored.filter((row) => row.user_prompt === question));
    return { answers, rows, posts };
  } finally {
    model.close();
    await huggingPlace.close();
  }
}

async function ask(url, question) {
  const response = await fetch(`${url}/ask`, { method: 'POST', headers: ASKING, body: JSON.stringify({ question }) });
  return { status: response.status, ...(await response.json()) };
}
