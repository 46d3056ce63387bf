/** What a row has to work with: a backend that counts for itself, a folder that goes afterwards, and applications to run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sink, type SinkPlan } from '../../packages/sdk/src/testing/sink.ts';
import { type AppPlan, type Ended, runApp, type Surroundings } from './run-app.ts';
import type { Allowance, Count } from './verdict.ts';

/** `long` is what `pnpm faults` runs; `short` fits into continuous integration. */
export type Form = 'short' | 'long';

/** One row of the matrix. */
export interface Row {
  readonly name: string;
  /** Default: nothing is lost, and nothing sent twice. */
  readonly allowance?: Allowance;
  /** It is about something that OpenTelemetry's exporter does not have (a spool, a clock to be moved): it is not compared. */
  readonly isOurs?: boolean;
  run(trial: Trial): Promise<Count>;
}

export interface TrialOptions {
  readonly form: Form;
  /** Instead of ours: `otlp` is OpenTelemetry's own. */
  readonly peer?: 'otlp' | undefined;
  /** How often long rows are done. Default: 1,000 processes killed and 10,000 sequences of faults; 4 and 100 in the short form. */
  readonly kills?: number | undefined;
  readonly seeds?: number | undefined;
  /** Told how far a long row is. */
  readonly progress: (text: string) => void;
}

export class Trial {
  readonly form: Form;
  readonly kills: number;
  readonly seeds: number;
  readonly progress: (text: string) => void;
  readonly folder: string;
  readonly sink: Sink;
  readonly #peer: 'otlp' | undefined;

  private constructor({ form, peer, kills, seeds, progress }: TrialOptions, sink: Sink) {
    this.form = form;
    this.kills = kills ?? (form === 'long' ? 1_000 : 4);
    this.seeds = seeds ?? (form === 'long' ? 10_000 : 100);
    this.progress = progress;
    this.folder = mkdtempSync(join(tmpdir(), 'huggingplace-faults-'));
    this.sink = sink;
    this.#peer = peer;
  }

  static async run(row: Row, options: TrialOptions): Promise<Count> {
    const sink = await Sink.start();
    const trial = new Trial(options, sink);
    try {
      return await row.run(trial);
    } finally {
      await sink[Symbol.asyncDispose]();
      rmSync(trial.folder, { recursive: true, force: true });
    }
  }

  /** Runs an application before the backend, which behaves as planned from now on. */
  async app(plan: AppPlan, sink?: SinkPlan, around?: Surroundings): Promise<Ended> {
    if (sink !== undefined) await this.sink.behave(sink);
    return runApp(this.sink.url, this.#peer === undefined ? plan : { ...plan, way: this.#peer }, this.around(around));
  }

  /** Machines of continuous integration have much else to do: there the end may take longer than by default, where a row says nothing of it. */
  around(given: Surroundings = {}): Surroundings {
    const patience = { HUGGINGPLACE_EXIT_TIMEOUT_MS: '15000', HUGGINGPLACE_SHUTDOWN_TIMEOUT_MS: '15000' };
    return this.form === 'long' ? given : { ...given, env: { ...patience, ...given.env } };
  }

  /**
   * Counts at the backend.
   *
   * @param sent ids, as the application gave them out, or how many from 0 on
   * @param ended whose accounts say what became of the rest
   */
  async count(
    sent: number | readonly string[],
    ended: readonly Ended[],
    problems: readonly string[] = [],
  ): Promise<Count> {
    const { rows, repeated } = await this.sink.report();
    const ids = typeof sent === 'number' ? Array.from({ length: sent }, (_, n) => String(n)) : sent;
    const arrived = new Set(rows);
    return {
      sent: ids.length,
      arrived: ids.filter((id) => arrived.has(id)).length,
      repeated,
      lost: lossesIn(ended),
      problems: [...problems, ...ended.flatMap(brokenAccount)],
    };
  }
}

/** What no backend has: dropped, kept for people to look at, or on disk still. */
function lossesIn(ended: readonly Ended[]): Record<string, number> {
  const lost: Record<string, number> = {};
  for (const { account } of ended) {
    if (account === undefined) continue;
    const { dropped, deadLettered, spooled } = account;
    for (const [reason, count] of Object.entries({ ...dropped, dead_lettered: deadLettered, spooled }))
      if (count > 0) lost[reason] = (lost[reason] ?? 0) + count;
  }
  return lost;
}

/** The account of the design (section 4) holds wherever a process could still say it. */
function brokenAccount({ account }: Ended): readonly string[] {
  if (account === undefined) return [];
  const { seen, open, queued, delivered, spooled, deadLettered, dropped } = account;
  const sum = [open, queued, delivered, spooled, deadLettered, ...Object.values(dropped)].reduce(
    (all, n) => all + n,
    0,
  );
  return sum === seen ? [] : [`the account says ${seen} seen, and ${sum} in all`];
}

/** Whether the process ended as it would have without us. */
export const endedAs = ({ code, signal }: Ended, expected: number | NodeJS.Signals): readonly string[] =>
  (signal ?? code) === expected ? [] : [`it ended with ${signal ?? code}, not ${expected}`];

/** @param marginMs for a machine that has other things to do */
export const endedWithin = ({ endedAfterMs }: Ended, limitMs: number, marginMs = 3_000): readonly string[] =>
  endedAfterMs <= limitMs + marginMs ? [] : [`it ended after ${Math.round(endedAfterMs)} ms, not ${limitMs}`];
