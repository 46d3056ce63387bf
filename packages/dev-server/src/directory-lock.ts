/** An exclusive lock on a data directory: two processes on one PGlite directory silently lose each other's rows. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

export interface DirectoryLock {
  release(): Promise<void>;
}

const holder = z.object({ pid: z.number(), started: z.string(), host: z.string(), token: z.string() });
type Holder = z.infer<typeof holder>;

/** Tokens of the locks that this process holds: elsewhere than on Linux a process id alone cannot tell an earlier life of it. */
const held = new Set<string>();

/** @throws if another process that is alive holds the directory; its process id is named. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'server.lock');
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', host: hostname(), token: randomUUID() };
  const draft = `${file}.${mine.token}`;
  // Written aside and linked into place, so that nobody ever reads half a lock.
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  // Before it can be read: another start in this process must not take it for a dead one's.
  held.add(mine.token);
  try {
    while (!(await isLinked(draft, file))) {
      const other = await read(file);
      if (other && isAlive(other)) throw heldBy(other, directory, file);
      await setAside(file, other);
    }
  } catch (error) {
    held.delete(mine.token);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return {
    release: async () => {
      if (!held.delete(mine.token)) return;
      await rm(file, { force: true });
    },
  };
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

const read = async (file: string): Promise<Holder | undefined> => {
  try {
    return holder.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
};

/** Removes a dead process's lock. Another starter may have been faster: a lock that is not the one that was looked at goes back. */
async function setAside(file: string, stale: Holder | undefined): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const moved = await read(aside);
  if (moved && moved.token !== stale?.token) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function isAlive(other: Holder): boolean {
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
