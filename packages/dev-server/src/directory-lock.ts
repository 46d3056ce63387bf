/** An exclusive lock on a data directory: two processes on one PGlite directory silently lose each other's rows. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

export interface DirectoryLock {
  release(): Promise<void>;
}

const holder = z.object({
  pid: z.number(),
  started: z.string(),
  host: z.string(),
  token: z.string(),
  isReleased: z.literal(true).optional(),
});
type Holder = z.infer<typeof holder>;

/** Tokens of the locks that this process holds: elsewhere than on Linux a process id alone cannot tell an earlier life of it. */
const held = new Set<string>();

/** Locks are numbered, and the highest one counts: `server.lock.7`. */
const NAME = /^server\.lock\.(\d+)$/;

/**
 * The lock after the highest one is linked into place, which only one can do; it is never taken away, but replaced by a higher one. So however slow a
 * starter is between looking and linking, two never hold the directory.
 * @throws if another process that is alive holds the directory; its process id is named.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fileOf = (number: number): string => path.join(directory, `server.lock.${number}`);
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', host: hostname(), token: randomUUID() };
  const draft = path.join(directory, `server.lock.${mine.token}`);
  // Written aside and linked into place, so that nobody ever reads half a lock.
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  // Before it can be read: another start in this process must not take it for a dead one's.
  held.add(mine.token);
  try {
    for (;;) {
      const highest = Math.max(0, ...(await numbersIn(directory)));
      const other = await read(fileOf(highest));
      if (other !== undefined && isAlive(other)) throw heldBy(other, directory, fileOf(highest));
      const number = highest + 1;
      if (!(await isLinked(draft, fileOf(number)))) continue;
      const numbers = await numbersIn(directory);
      if (numbers.some((another) => another > number)) {
        // It was high once: others came and went meanwhile, and took theirs away.
        await rm(fileOf(number), { force: true });
        continue;
      }
      for (const lower of numbers) if (lower < number) await rm(fileOf(lower), { force: true });
      return {
        release: async () => {
          if (!held.delete(mine.token)) return;
          await writeFile(draft, JSON.stringify({ ...mine, isReleased: true }), { mode: 0o600 });
          await rename(draft, fileOf(number));
        },
      };
    }
  } catch (error) {
    held.delete(mine.token);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function numbersIn(directory: string): Promise<readonly number[]> {
  return (await readdir(directory))
    .flatMap((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
    .filter(Number.isSafeInteger);
}

const isLinked = async (draft: string, file: string): Promise<boolean> => {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/** `undefined`: there is none, or nobody can read whose it is. */
const read = async (file: string): Promise<Holder | undefined> => {
  try {
    return holder.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
};

function isAlive(other: Holder): boolean {
  if (other.isReleased === true) return false;
  // The process table of another machine, or container, cannot be looked at.
  if (other.host !== hostname()) return true;
  if (other.pid === process.pid) return held.has(other.token);
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const started = startOf(other.pid);
  return started === undefined || started === other.started;
}

/** When a process started, so that a process id used again is told apart; `undefined` where the system does not say (not Linux). */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // Fields after the command's name, which is in brackets and may hold anything: the start time is the 22nd of all (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ') ?? [];
    return `${boot}/${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

const heldBy = (other: Holder, directory: string, file: string): Error =>
  new Error(
    other.host === hostname()
      ? `the data directory ${directory} is in use by process ${other.pid}: stop it, or name another directory`
      : `the data directory ${directory} is in use by process ${other.pid} on ${other.host}: stop it, or remove ${file} if that machine is gone`,
  );
