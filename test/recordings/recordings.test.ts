// The built exporter reads what real instrumentations emitted: every recording is replayed through SDK 1.30, 2 and 3, with our span processor and
// log record processor, and with the exporter alone, and its payloads are compared with what really went over the wire.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { otherSdks, SDK_2 } from '../compat/sdks.ts';

interface Score {
  right: number;
  total: number;
  perfect: number;
  count: number;
  wrong: readonly { id: string; fact: string; expected?: unknown; actual?: unknown }[];
  table: Record<string, { right: number; total: number; perfect: number; recordings: number }>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Most of the time is waiting, in the exporter's mode above all. */
const JOBS = 24;
const TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

describe.each([SDK_2, ...otherSdks()])('SDK $version', ({ folder, node }) => {
  it.each(['full', 'exporter'])(
    '%s: every fact of every recording is right',
    async (mode) => {
      const { right, total, count, wrong, table } = await score(node, ['--mode', mode, '--sdk-from', folder]);
      console.log(
        Object.entries(table)
          .map(
            ([dialect, row]) =>
              `${dialect.padEnd(36)} ${row.right}/${row.total} facts  ${row.perfect}/${row.recordings} perfect`,
          )
          .join('\n'),
      );
      expect(wrong).toEqual([]);
      expect(right).toBe(total);
      expect(count).toBeGreaterThan(mode === 'full' ? 400 : 350);
    },
    TIMEOUT_MS,
  );
});

function score(node: string, options: readonly string[]): Promise<Score> {
  const script = here('score-recordings.mjs');
  return new Promise((resolve, reject) => {
    const args = [script, '--json', '--jobs', String(JOBS), ...options];
    // Its exit status is 1 where a fact is wrong: what it says is then all the more of interest.
    execFile(node, args, { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(JSON.parse(stdout.slice(0, stdout.indexOf('\n'))) as Score);
      else
        reject(new Error(`Expected a score, got: ${stderr} (is the exporter built? \`pnpm build\`)`, { cause: error }));
    });
  });
}
