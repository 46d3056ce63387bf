/** Every row of the fault matrix in its short form; `pnpm faults` runs the long one. */
import { afterAll, expect, it } from 'vitest';
import { ROWS } from './rows.ts';
import { Trial } from './trial.ts';
import { KEPT, tableHead, tableLine, verdictOf } from './verdict.ts';

const lines: string[] = [];
afterAll(() => console.log([tableHead(), ...lines].join('\n')));

// Most of the time is waiting.
it.concurrent.each(ROWS)('$name', async (row) => {
  const count = await Trial.run(row, { form: 'short', progress: () => undefined });
  const verdict = verdictOf(count, row.allowance);
  lines.push(tableLine(row.name, count, verdict));
  expect(verdict).toMatch(new RegExp(`^${KEPT}`));
});
