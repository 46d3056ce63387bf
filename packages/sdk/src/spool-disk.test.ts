/** What a disk does that no test can ask of a real one: it is full in the middle of a line, or fails where it has worked before. */
import { readdirSync, readFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type * as FileSystem from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Notices } from './notices.ts';
import { Spool } from './spool.ts';
import { ManualClock } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';

const disk = vi.hoisted(() => ({ roomBytes: Infinity, failsAt: '' }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof FileSystem>();
  const fail = (what: string) => {
    if (disk.failsAt === what) throw Object.assign(new Error(`${what} fails`), { code: 'EIO' });
  };
  return {
    ...fs,
    writevSync: (fd: number, parts: Uint8Array[]) => {
      const line = Buffer.concat(parts);
      if (disk.roomBytes === 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      const written = fs.writeSync(fd, line.subarray(0, disk.roomBytes));
      disk.roomBytes -= written;
      return written;
    },
    ftruncateSync: (fd: number, length: number) => {
      fail('ftruncate');
      fs.ftruncateSync(fd, length);
    },
    renameSync: (from: string, to: string) => {
      fail('rename');
      fs.renameSync(from, to);
    },
    readdirSync: (path: string) => {
      fail('readdir');
      return fs.readdirSync(path);
    },
  };
});

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'huggingplace-disk-')), 'spool');
});
afterEach(() => {
  disk.roomBytes = Infinity;
  disk.failsAt = '';
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

const clock = new ManualClock();
const newSpool = () =>
  new Spool({ directory, maxBytes: 1_000_000, baseUrl: 'https://api.huggingplace.com' }, clock, new Notices(clock));
const write = (spool: Spool, n: number) => spool.write(Buffer.from(`{"n":${n}}`), '7');
const read = (spool: Spool, record: Parameters<Spool['read']>[0]) => Buffer.from(spool.read(record) ?? []).toString();
const pathOf = (name: string) => join(directory, name);
const sizes = () => readdirSync(directory).map((name) => statSync(pathOf(name)).size);

it('that is full leaves no half line, and no record of it; what was there stays', async () => {
  using said = new DiagLines();
  const spool = newSpool();
  const first = write(spool, 1)!;
  const [sizeBefore] = sizes();
  disk.roomBytes = 5;
  expect(write(spool, 2)).toBeUndefined();
  expect(sizes()).toEqual([sizeBefore]);
  expect(said.lines.join()).toContain('(the disk is full)');
  await clock.advance(1_000);
  expect(write(spool, 3)).toBeUndefined(); // no room at all
  disk.roomBytes = Infinity;
  await clock.advance(1_000);
  const fourth = write(spool, 4)!;
  expect([read(spool, first), read(spool, fourth)]).toEqual(['{"n":1}', '{"n":4}']);
});

it('that takes no “done” says what follows from it', () => {
  using said = new DiagLines();
  const spool = newSpool();
  const [first, second] = [write(spool, 1)!, write(spool, 2)!];
  disk.roomBytes = 0;
  spool.markDone(first);
  disk.failsAt = 'ftruncate';
  spool.markDone(second);
  expect(said.lines).toHaveLength(1);
  expect(said.lines[0]).toContain('what is delivered now may be sent again after a crash (ENOSPC)');
});

it('whose files can not be renamed at the end keeps them as they are, and says so', () => {
  using said = new DiagLines();
  const spool = newSpool();
  write(spool, 1);
  disk.failsAt = 'rename';
  spool.release();
  expect(said.lines.join()).toContain('could not be put in order (rename fails)');
  expect(readFileSync(pathOf(readdirSync(directory)[0] ?? ''), 'utf8')).toContain('{"n":1}');
});

it('on which another process was faster: what it took is its own', () => {
  using said = new DiagLines();
  const before = newSpool();
  write(before, 1);
  before.release();
  disk.failsAt = 'rename';
  expect(newSpool().adopt()).toEqual({ records: [], damaged: 0, isUnfinished: false });
  expect(said.lines).toEqual([]);
});

it('that can not be listed is said, and adopted from later', () => {
  using said = new DiagLines();
  const before = newSpool();
  write(before, 1);
  before.release();
  const spool = newSpool();
  disk.failsAt = 'readdir';
  expect(spool.adopt()).toEqual({ records: [], damaged: 0, isUnfinished: false });
  expect(said.lines.join()).toContain('can not be read (readdir fails)');
  disk.failsAt = '';
  expect(spool.adopt().records).toHaveLength(1);
});
