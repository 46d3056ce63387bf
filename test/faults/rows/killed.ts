/** Processes that are killed, disks that fill, directories that are shared: what the spool is for, and what it costs to have none. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AppPlan, Ended } from '../run-app.ts';
import { endedAs, type Row, type Trial } from '../trial.ts';
import type { Count } from '../verdict.ts';

/** Requests that may be under way when a process ends: the default of `concurrency`. */
const UNDER_WAY = 32;
const SHORT_EXIT = { env: { HUGGINGPLACE_EXIT_TIMEOUT_MS: '300' } };

const spooled = ({ folder }: Trial, plan: AppPlan): AppPlan => ({
  ...plan,
  options: { ...plan.options, spoolDirectory: join(folder, 'spool') },
});

/** A later process on the same directory, with one interaction of its own. */
async function adopt(trial: Trial, forMs = 1_500): Promise<Ended> {
  return trial.app(spooled(trial, { ends: 'live', count: 1, prefix: 'adopter-', forMs }), { otherwise: 200 });
}

const idsOf = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** A file of the spool that nobody will deliver. */
const leftOver = ({ folder }: Trial): readonly string[] => {
  const files = readdirSync(join(folder, 'spool')).filter((name) => name.endsWith('.spool'));
  return files.length === 0 ? [] : [`${files.length} files left in the spool`];
};

/** Kills so many processes one after another, at random moments of their work. Each begins with what the last one left. */
async function killAgainAndAgain(
  trial: Trial,
  kills: number,
  planOf: (plan: AppPlan) => AppPlan,
): Promise<readonly string[]> {
  const complete: string[] = [];
  await trial.sink.behave({ otherwise: { status: 200, delayMs: 5 } });
  for (let kill = 0; kill < kills; kill += 1) {
    const prefix = `${kill}-`;
    const afterMs = 50 + Math.random() * 500;
    const { done } = await trial.app(planOf({ ends: 'kill', prefix }), undefined, { signal: 'SIGKILL', afterMs });
    complete.push(...idsOf(prefix, done));
    if (kill % 10 === 9) trial.progress(`${kill + 1} of ${kills} killed, ${complete.length} interactions`);
  }
  return complete;
}

export const killed: readonly Row[] = [
  {
    name: 'SIGKILL at random moments, with a spool (×4; long form ×1,000)',
    isOurs: true,
    // How many at most is said below.
    allowance: { repeated: Infinity, because: 'what was under way goes again, with its id' },
    run: async (trial) => {
      const complete = await killAgainAndAgain(trial, trial.kills, (plan) => spooled(trial, plan));
      const adopter = await adopt(trial, 3_000);
      const count = await trial.count(complete, [adopter], leftOver(trial));
      return { ...count, problems: [...count.problems, ...perKill(trial, count)] };
    },
  },
  {
    name: 'SIGKILL at random moments, without a spool (×4)',
    allowance: { uncounted: 1_000, because: 'memory is gone with the process' },
    run: async (trial) => trial.count(await killAgainAndAgain(trial, 4, (plan) => plan), []),
  },
  {
    name: 'abort(), with a spool',
    isOurs: true,
    allowance: { repeated: UNDER_WAY, because: 'what was under way goes again, with its id' },
    run: async (trial) => {
      const plan = spooled(trial, { ends: 'abort', count: 100, handOver: true });
      const aborted = await trial.app(plan, { otherwise: { status: 200, delayMs: 50 } });
      const adopter = await adopt(trial);
      return trial.count(100, [adopter], [...endedAs(aborted, 'SIGABRT'), ...leftOver(trial)]);
    },
  },
  {
    name: 'the backend is down for a whole life, with a spool',
    isOurs: true,
    run: async (trial) => {
      const first = await trial.app(spooled(trial, { ends: 'exit', count: 100 }), { otherwise: 503 }, SHORT_EXIT);
      const isSpooled = first.account?.spooled === 100 && first.account.queued === 0;
      const adopter = await adopt(trial);
      return trial.count(100, [adopter], [...(isSpooled ? [] : ['not all was on disk']), ...leftOver(trial)]);
    },
  },
  {
    name: 'four processes on one spool, three of them killed',
    isOurs: true,
    run: async (trial) => {
      const plans = Array.from({ length: 4 }, (_, n) => ({ count: 50, prefix: `${n}-` }));
      await trial.sink.behave({ otherwise: 503 });
      await Promise.all(
        plans.map((plan, n) =>
          n === 3
            ? trial.app(spooled(trial, { ...plan, ends: 'exit' }), undefined, SHORT_EXIT)
            : trial.app(spooled(trial, { ...plan, ends: 'signal', handOver: true }), undefined, {
                signal: 'SIGKILL',
                afterMs: 200,
              }),
        ),
      );
      const adopter = await adopt(trial);
      const sent = plans.flatMap(({ prefix, count }) => idsOf(prefix, count));
      return trial.count(sent, [adopter], leftOver(trial));
    },
  },
  {
    name: 'a disk that fills',
    isOurs: true,
    allowance: { lost: 200, because: 'what the disk refused was in memory at the end, and is counted' },
    run: async (trial) => {
      const plan = spooled(trial, { ends: 'exit', count: 200, answerChars: 2_000, handOver: true });
      const full = await trial.app(plan, { otherwise: 503 }, { ...SHORT_EXIT, maxFileKiB: 64 });
      const { spooled: onDisk = 0, dropped = {} } = full.account ?? {};
      // Some 2.3 kB each: the disk took the first of them, and no more.
      const isStated = onDisk > 0 && onDisk < 60 && dropped['shutdown'] === 200 - onDisk;
      const adopter = await adopt(trial);
      const count = await trial.count(200, [adopter], isStated ? [] : ['the account does not say what the disk took']);
      return { ...count, lost: { ...count.lost, ...dropped } };
    },
  },
];

/** On the wire no more again than what can have been under way at each kill. */
function perKill({ kills }: Trial, { repeated }: Count): readonly string[] {
  return repeated <= UNDER_WAY * kills ? [] : [`${repeated} sent again by ${kills} kills`];
}
