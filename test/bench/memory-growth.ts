/**
 * How much memory grows with the backend down and 10,000 spans a second for a minute: with our span processor, and the same work without it.
 * `pnpm --filter huggingplace-tests run bench:memory [seconds]`
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Beside `maxQueueBytes` of 64 MiB. */
const LIMIT_MIB = 64 + 64;
const run = promisify(execFile);
const app = fileURLToPath(new URL('memory-app.ts', import.meta.url));
const seconds = process.argv[2] ?? '60';

console.log(
  `Growth of resident memory in MiB, ${seconds} s of 10,000 spans a second, nobody listens. At most ${LIMIT_MIB} MiB with us.\n`,
);
for (const way of ['with us', 'without']) {
  const { stdout } = await run(process.execPath, ['--import', 'jiti/register', app, way, seconds]);
  console.log(`${way}: ${stdout.trim()}`);
}
