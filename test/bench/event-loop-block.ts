/**
 * How long our span processor holds up the application's event loop at most, beside the same work without it. Each measurement is a process of its own;
 * the backend is another. `pnpm --filter huggingplace-tests run bench:block`
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Sink } from '../../packages/sdk/src/testing/sink.ts';
import { type LongestTurn, median } from './loop-turns.ts';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 7);
const LIMIT_MS = 50;
const SCENARIOS = [
  ['100,000 model calls below one root', 'fan', {}],
  ['100,000 spans, each below the last', 'chain', {}],
  ['100,000 spans, agents with tools and calls', 'tree', {}],
  ['a prompt of 10 MB, cut under the default limits', 'prompt', {}],
  ['a prompt of 10 MB, whole', 'prompt', { maxFieldChars: 16 * 2 ** 20, maxPayloadBytes: 32 * 2 ** 20 }],
] as const;

const run = promisify(execFile);

async function measure(sink: Sink, scenario: string, options: object | undefined): Promise<LongestTurn> {
  const app = fileURLToPath(new URL('event-loop-app.ts', import.meta.url));
  const job = JSON.stringify({ scenario, options, baseUrl: sink.url });
  const { stdout } = await run(process.execPath, ['--import', 'jiti/register', app, job]);
  return JSON.parse(stdout) as LongestTurn;
}

const sink = await Sink.start();
console.log(
  `Longest turn of the event loop in ms: medians of ${RUNS} runs, own work (wall clock). At most ${LIMIT_MS} ms.\n`,
);
console.log('| | with us | without | |\n|---|---|---|---|');
for (const [name, scenario, options] of SCENARIOS) {
  const withUs: LongestTurn[] = [];
  const without: LongestTurn[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    withUs.push(await measure(sink, scenario, options));
    without.push(await measure(sink, scenario, undefined));
    await sink.clear();
  }
  const of = (turns: readonly LongestTurn[], what: keyof LongestTurn): number =>
    Math.round(median(turns.map((turn) => turn[what])));
  const say = (turns: readonly LongestTurn[]): string => `${of(turns, 'ownMs')} (${of(turns, 'wallMs')})`;
  console.log(
    `| ${name} | ${say(withUs)} | ${say(without)} | ${of(withUs, 'ownMs') <= LIMIT_MS ? 'kept' : 'broken'} |`,
  );
}
await sink[Symbol.asyncDispose]();
