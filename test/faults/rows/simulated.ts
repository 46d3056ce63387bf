/** Hours, and thousands of sequences of faults, on a clock that is moved: what no test has the time to wait for. */
import { join } from 'node:path';
import { Delivery } from '../../../packages/sdk/src/delivery.ts';
import { resolveDeliveryOptions } from '../../../packages/sdk/src/options.ts';
import { ManualClock } from '../../../packages/sdk/src/testing/clock.ts';
import { tryRandomFaults } from '../../../packages/sdk/src/testing/random-faults.ts';
import { StandInTransport } from '../../../packages/sdk/src/testing/transport.ts';
import type { Row, Trial } from '../trial.ts';
import type { Count } from '../verdict.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 10_000;
const PER_SECOND = 10;
const CREDENTIALS = { apiKey: 'key', orgId: 7 };
/** Of 5 s at most, with jitter: some 1,440 in an hour. */
const MAX_PROBES = 2_000;
/** At 10,000 a minute, which 32 connections with 100 ms an answer do twice over. */
const DRAINED_WITHIN_MS = 180_000;
const ANSWER_MS = 100;

/** Ten interactions a second for an hour, while nobody answers. */
async function anHour(
  trial: Trial,
  { isSpooled, promptChars }: { isSpooled: boolean; promptChars: number },
): Promise<Count> {
  const clock = new ManualClock();
  const rows = new Set<string>();
  let repeated = 0;
  let isDown = true;
  const transport = new StandInTransport(clock, ({ body: { message_id: id = '' } }) => {
    if (isDown) return 503;
    if (rows.has(id)) repeated += 1;
    rows.add(id);
    return new Promise((resolve) => clock.schedule(() => resolve(200), ANSWER_MS));
  });
  const spoolDirectory = isSpooled ? join(trial.folder, 'spool') : undefined;
  const settings = resolveDeliveryOptions({ spoolDirectory }, {});
  const delivery = new Delivery({ ...settings, transport, clock });
  const baseBytes = process.memoryUsage.rss();
  let peakBytes = baseBytes;
  let sent = 0;
  const user_prompt = '?'.repeat(promptChars);
  for (let ms = 0; ms < HOUR_MS; ms += STEP_MS) {
    for (let i = 0; i < (PER_SECOND * STEP_MS) / 1_000; i += 1)
      delivery.enqueue({ user_prompt, ai_response: '!', mode: 'prod', message_id: String(sent++) }, CREDENTIALS);
    await clock.advance(STEP_MS);
    // What was sent is kept by the stand-in for tests that look at it.
    transport.attempts.splice(0, Math.max(0, transport.attempts.length - MAX_PROBES - 1));
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    if (ms % 600_000 === 0) trial.progress(`${ms / 60_000} minutes of 60, ${sent} interactions`);
  }
  const probes = transport.attempts.length;
  isDown = false;
  const backMs = clock.monotonicMs();
  while (rows.size < sent && clock.monotonicMs() - backMs < DRAINED_WITHIN_MS) {
    await clock.advance(1_000);
    transport.attempts.length = 0;
    transport.stored.length = 0;
  }
  const drainedMs = clock.monotonicMs() - backMs;
  const ended = delivery.shutdown(1_000);
  await clock.advance(1_000);
  const { dropped } = await ended;
  trial.progress(
    `${probes} requests while down; drained ${drainedMs / 1_000} s after it was back; memory grew by ${Math.round((peakBytes - baseBytes) / 2 ** 20)} MiB`,
  );
  return {
    sent,
    arrived: rows.size,
    repeated,
    lost: dropped,
    problems: [
      ...(probes > MAX_PROBES ? [`${probes} requests while it was down`] : []),
      ...(drainedMs > DRAINED_WITHIN_MS ? [`not drained within ${DRAINED_WITHIN_MS / 1_000} s`] : []),
    ],
  };
}

async function randomFaults(trial: Trial, hasSpool: boolean): Promise<Count> {
  let tried = 0;
  const { enqueued, arrived, repeated, losses } = await tryRandomFaults({
    hasSpool,
    sequences: trial.seeds,
    onSequence: () => {
      tried += 1;
      if (tried % 500 === 0) trial.progress(`${tried} of ${trial.seeds} sequences`);
    },
  });
  return { sent: enqueued, arrived, repeated, lost: Object.fromEntries(losses), problems: [] };
}

const RANDOM = {
  lost: Infinity,
  repeated: Infinity,
  because: 'every loss has a reason, and only what was lost on its way or killed goes again',
};

export const simulated: readonly Row[] = [
  {
    name: 'an hour’s outage on a simulated clock, 36,000 of 1 kB in memory',
    isOurs: true,
    run: (trial) => anHour(trial, { isSpooled: false, promptChars: 1_000 }),
  },
  {
    name: 'an hour’s outage on a simulated clock, with a spool (1 kB; long form 10 kB)',
    isOurs: true,
    run: (trial) => anHour(trial, { isSpooled: true, promptChars: trial.form === 'long' ? 10_000 : 1_000 }),
  },
  {
    name: 'random faults, without a spool (100 sequences; long form 10,000)',
    isOurs: true,
    allowance: RANDOM,
    run: (trial) => randomFaults(trial, false),
  },
  {
    name: 'random faults, with a spool (100 sequences; long form 10,000)',
    isOurs: true,
    allowance: RANDOM,
    run: (trial) => randomFaults(trial, true),
  },
];
