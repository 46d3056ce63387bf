/** Every row of the fault matrix in its short form; `pnpm faults` runs the long one. */
import { afterAll, expect, it } from 'vitest';
import { ROWS } from './rows.ts';
import { simulated } from './rows/simulated.ts';
import { type Row, Trial } from './trial.ts';
import { KEPT, tableHead, tableLine, verdictOf } from './verdict.ts';

const lines: string[] = [];
afterAll(() => console.log([tableHead(), ...lines].join('\n')));

async function keep(row: Row): Promise<void> {
  const count = await Trial.run(row, { form: 'short', progress: () => undefined });
  const verdict = verdictOf(count, row.allowance);
  lines.push(tableLine(row.name, count, verdict));
  expect(verdict).toMatch(new RegExp(`^${KEPT}`));
}

// Most of the time is waiting, but where clocks are moved it is work.
it.concurrent.each(ROWS.filter((row) => !simulated.includes(row)))('$name', keep, 120_000);
it.each(simulated)('$name', keep, 120_000);
