/** Which process a file of the spool belongs to, and whether that process still lives. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process can't be asked about (another container, another machine), its files are old after so long without a sign of life. */
export const SILENT_AFTER_MS = 60_000;
/** So often a living process gives one. */
export const HEARTBEAT_MS = 15_000;

/** `<place>-<pid>-<start>-<random>`: `random` tells threads and copies of this package apart. */
export function newOwnerId(): string {
  return [place(), process.pid, startOf(process.pid) ?? 0, randomBytes(4).toString('hex')].join('-');
}

/** @param lastSignMs when its file was last written or touched, wall clock */
export function isAlive(ownerId: string, lastSignMs: number, wallMs: number): boolean {
  const [where, pid, start] = ownerId.split('-');
  if (where !== place()) return wallMs - lastSignMs < SILENT_AFTER_MS;
  const startNow = startOf(Number(pid));
  // Linux says when a process began: its number may have been given to another one since.
  if (startNow !== undefined) return startNow === start;
  return process.platform !== 'linux' && exists(Number(pid));
}

let knownPlace: string | undefined;

/** Where process numbers mean the same: one boot of one machine, and one process namespace on it (a container has its own). */
function place(): string {
  const read = (source: () => string) => {
    try {
      return source();
    } catch {
      return ''; // not Linux
    }
  };
  knownPlace ??= createHash('sha256')
    .update(hostname())
    .update(read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')))
    .update(read(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 8);
  return knownPlace;
}

/** Clock ticks from boot to the start of a process (proc(5), `/proc/<pid>/stat`, field 22); `undefined`: no such process, or not Linux. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, and may hold both.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
  }
}
