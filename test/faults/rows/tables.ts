/** The dev server's tables, whatever happens on the way: each interaction is one row, once. */
import { startDevServer } from '@huggingplace/dev-server';
import { join } from 'node:path';
import { type AppPlan, type Ended, runApp, type Surroundings } from '../run-app.ts';
import type { Row, Trial } from '../trial.ts';
import type { Count } from '../verdict.ts';

const COUNT = 100;

/** Answers that are lost are the ones that make duplicates. */
const FAULTS: readonly (readonly [string, string])[] = [
  ['503', '503:0.3'],
  ['500', '500:0.3'],
  ['429 with Retry-After', '429:0.05'],
  ['connections reset', 'reset:0.3'],
  ['answers lost', 'lost:0.5'],
  ['answers that hang', 'hang:0.05'],
  ['all of these', '503:0.1,500:0.1,429:0.02,reset:0.1,lost:0.2,hang:0.02'],
];

type Play = (
  app: (plan: AppPlan, around?: Surroundings) => Promise<Ended>,
  heal: () => void,
) => Promise<readonly Ended[]>;

async function inTables(trial: Trial, fail: string, play: Play): Promise<Count> {
  // Nothing on disk: what is looked at is what the server did, not what survives it.
  const server = await startDevServer({ apiKey: 'key', orgId: '7', fail });
  try {
    const ended = await play(
      (plan, around) => runApp(server.url, plan, trial.around(around)),
      () => server.fail(''),
    );
    const [totals = {}] = await server.database.query(
      `SELECT count(*) AS rows, count(DISTINCT message_id) AS ids, (SELECT count(*) FROM prompt_details) AS prompts
        FROM chat WHERE message_id NOT LIKE 'adopter-%'`,
    );
    const [rows = 0, ids = 0, prompts = 0] = ['rows', 'ids', 'prompts'].map((name) => Number(totals[name]));
    const isOnce = rows === ids && prompts >= rows;
    const count = await trial.count(COUNT, ended, isOnce ? [] : [`${rows} rows of ${ids} interactions`]);
    return { ...count, arrived: ids, repeated: rows - ids };
  } finally {
    await server.close();
  }
}

const LIFE = {
  ends: 'live',
  count: COUNT,
  forMs: 300,
  options: { timeoutMs: 1_000, shutdownTimeoutMs: 20_000 },
} as const;

export const tables: readonly Row[] = [
  ...FAULTS.map(([name, fail]): Row => ({
    name: `the dev server’s tables: ${name}`,
    isOurs: true,
    run: (trial) => inTables(trial, fail, async (app) => [await app(LIFE)]),
  })),
  {
    name: 'the dev server’s tables: the process exits among lost answers',
    isOurs: true,
    // Each failure costs a wait.
    allowance: { lost: COUNT, because: 'exitTimeoutMs was over, and what was left is counted' },
    run: (trial) => inTables(trial, 'lost:0.3', async (app) => [await app({ ends: 'exit', count: COUNT })]),
  },
  {
    name: 'the dev server’s tables: SIGKILL among lost answers, then the next process',
    isOurs: true,
    run: (trial) =>
      inTables(trial, 'lost:0.3', async (app, heal) => {
        const options = { spoolDirectory: join(trial.folder, 'spool') };
        const plan: AppPlan = { ends: 'signal', handOver: true, count: COUNT, options };
        await app(plan, { signal: 'SIGKILL', afterMs: 100 });
        heal();
        return [await app({ ends: 'live', prefix: 'adopter-', count: 1, forMs: 1_500, options })];
      }),
  },
];
