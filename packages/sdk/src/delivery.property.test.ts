/** Random faults, as many sequences as fit into continuous integration; `pnpm faults` tries 10,000. */
import { expect, it } from 'vitest';
import { DiagLines } from './testing/diag.ts';
import { tryRandomFaults } from './testing/random-faults.ts';

it.each([
  ['without a spool', false, 200],
  ['with a spool', true, 100],
])(
  '%s: the account holds, and when the faults are over everything has arrived that was not counted',
  async (_name, hasSpool, sequences) => {
    using _ = new DiagLines();
    const { enqueued, arrived } = await tryRandomFaults({ hasSpool, sequences });
    expect(arrived).toBeGreaterThan(enqueued / 2);
  },
);
