import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { isAlive, newOwnerId } from './spool-owner.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
/** Above every process number of Linux. */
const NO_PID = '4194304';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const [place, pid, start] = newOwnerId().split('-');
const ownerWith = (fields: { place?: string; pid?: string; start?: string }) =>
  [fields.place ?? place, fields.pid ?? pid, fields.start ?? start, 'ffffffff'].join('-');
const onPlatform = (platform: NodeJS.Platform) => vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);

it('is alive where the process is this one, another thread or copy of it too', () => {
  expect(newOwnerId()).not.toBe(newOwnerId());
  expect(newOwnerId()).toMatch(/^[0-9a-f]{8}-\d+-\d+-[0-9a-f]{8}$/);
  expect(pid).toBe(String(process.pid));
  expect(isAlive(newOwnerId(), 0, NOW_MS)).toBe(true);
  expect(isAlive(ownerWith({}), 0, NOW_MS)).toBe(true);
});

it('is dead where there is no such process, whatever its last sign of life', () => {
  expect(isAlive(ownerWith({ pid: NO_PID }), NOW_MS, NOW_MS)).toBe(false);
});

it('lives by its signs of life where it can not be asked about', () => {
  const elsewhere = ownerWith({ place: '00000000' });
  expect(isAlive(elsewhere, NOW_MS - 59_999, NOW_MS)).toBe(true);
  expect(isAlive(elsewhere, NOW_MS - 60_000, NOW_MS)).toBe(false);
  expect(isAlive('', NOW_MS - 60_000, NOW_MS)).toBe(false);
});

it.runIf(process.platform === 'linux')('is dead where its number was given to another process', () => {
  expect(isAlive(ownerWith({ start: '1' }), NOW_MS, NOW_MS)).toBe(false);
  expect(isAlive(ownerWith({ pid: '0' }), NOW_MS, NOW_MS)).toBe(false);
});

it.runIf(process.platform === 'linux')('is named by what other versions of this package read, too', () => {
  const machine = createHash('sha256')
    .update(hostname())
    .update(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
    .update(readlinkSync('/proc/self/ns/pid'));
  expect(place).toBe(machine.digest('hex').slice(0, 8));
  // Field 22; the program's name in parentheses is the second, and may hold spaces.
  const afterName = readFileSync(`/proc/${process.pid}/stat`, 'latin1').split(') ').at(-1)!;
  expect(start).toBe(afterName.split(' ')[22 - 3]);
});

// On other platforms there is no /proc: a process that it does not know is asked about with a signal.
it.each([
  ['that takes the signal', undefined, true],
  ['of somebody else', 'EPERM', true],
  ['that is none', 'ESRCH', false],
])('elsewhere than on Linux, a process %s', (_name, code, expected) => {
  onPlatform('darwin');
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    if (code !== undefined) throw Object.assign(new Error('kill'), { code });
    return true;
  });
  expect(isAlive(ownerWith({ pid: NO_PID }), 0, NOW_MS)).toBe(expected);
  expect(kill).toHaveBeenCalledWith(Number(NO_PID), 0);
});
