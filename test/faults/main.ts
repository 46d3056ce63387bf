/** `pnpm faults`: the matrix from a command line, in its long form, as one table. */
import { parseArgs } from 'node:util';
import { ROWS } from './rows.ts';
import { type Row, Trial, type TrialOptions } from './trial.ts';
import { type Count, KEPT, tableHead, tableLine, verdictOf } from './verdict.ts';

const HELP = `pnpm faults [--short] [--only <text>] [--peer otlp] [--kills <n>] [--seeds <n>]

Lets everything go wrong that can, and counts what arrives: a backend of its own process counts, the processes are really killed.
The packages have to be built (pnpm build).

  --short        the form that continuous integration runs: every row, in less than three minutes
  --only <text>  the rows whose name contains the text, in any case
  --peer otlp    the same faults before OpenTelemetry's own: BatchSpanProcessor and OTLP exporter, with their defaults
  --kills <n>    processes that are killed. Default 1,000; short form 4
  --seeds <n>    sequences of random faults. Default 10,000; short form 100
  --help         this text

Exit code 0: every promise was kept (or a peer was measured, which has made none); 1: one was broken; 2: what was asked for is not there.
`;

interface Asked {
  readonly rows: readonly Row[];
  readonly options: Omit<TrialOptions, 'progress'>;
}

/** @throws TypeError naming what was expected and what came */
function readArguments(): Asked | undefined {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean' },
      only: { type: 'string' },
      peer: { type: 'string' },
      kills: { type: 'string' },
      seeds: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const { only = '', peer } = values;
  if (peer !== undefined && peer !== 'otlp') throw new TypeError(`--peer: expected otlp, got ${peer}`);
  const rows = ROWS.filter(
    ({ name, isOurs }) => name.toLowerCase().includes(only.toLowerCase()) && (peer === undefined || isOurs !== true),
  );
  if (rows.length === 0) throw new TypeError(`--only: expected a part of a row's name, got ${only}`);
  return {
    rows,
    options: {
      form: values.short === true ? 'short' : 'long',
      peer,
      kills: readCount('kills', values.kills),
      seeds: readCount('seeds', values.seeds),
    },
  };
}

function readCount(name: string, given: string | undefined): number | undefined {
  if (given === undefined || /^[1-9]\d*$/.test(given)) return given === undefined ? undefined : Number(given);
  throw new TypeError(`--${name}: expected a whole number above 0, got ${given}`);
}

/** Where a person looks on, one line that is written over; else nothing: a log has the table. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text.slice(0, process.stderr.columns - 1)}`);
}

async function runRow(row: Row, options: Asked['options'], place: string): Promise<boolean> {
  const progress = (text: string): void => showProgress(`${place} ${row.name}: ${text}`);
  const startMs = performance.now();
  progress('…');
  // Long work says every minute that it goes on, whoever looks.
  let latest = '';
  const beat = setInterval(
    () => process.stderr.isTTY || process.stderr.write(`${place} ${row.name}: ${latest}\n`),
    60_000,
  );
  let count: Count;
  try {
    count = await Trial.run(row, { ...options, progress: (text) => progress((latest = text)) });
  } catch (error) {
    count = {
      sent: 0,
      arrived: 0,
      repeated: 0,
      lost: {},
      problems: [error instanceof Error ? error.message : String(error)],
    };
  } finally {
    clearInterval(beat);
    showProgress('');
  }
  const verdict = verdictOf(count, row.allowance);
  console.log(tableLine(row.name, count, verdict));
  if (latest !== '' && performance.now() - startMs > 5_000) process.stderr.write(`  ${row.name}: ${latest}\n`);
  return verdict.startsWith(KEPT);
}

async function main(): Promise<number> {
  let asked;
  try {
    asked = readArguments();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (asked === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const { rows, options } = asked;
  const startMs = performance.now();
  console.log(tableHead());
  let broken = 0;
  for (const [index, row] of rows.entries())
    if (!(await runRow(row, options, `${index + 1}/${rows.length}`))) broken += 1;
  const took = `${Math.round((performance.now() - startMs) / 1_000)} s`;
  console.log(`\n${rows.length - broken} of ${rows.length} promises kept, in ${took}, on Node ${process.version}`);
  return broken > 0 && options.peer === undefined ? 1 : 0;
}

process.exitCode = await main();
