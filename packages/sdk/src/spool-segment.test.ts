import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SpoolSegment } from './spool-segment.ts';

const BASE_URL = 'https://api.huggingplace.com';
const HEADER = `huggingplace-spool 1 ${BASE_URL}\n`;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'huggingplace-segment-'));
  path = join(directory, 'a.spool');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** As another process finds it. */
function leave(...bodies: string[]): void {
  const segment = SpoolSegment.create(path, BASE_URL);
  for (const body of bodies) segment.write(Buffer.from(body), '7', 1_000);
  segment.close();
}

it('is its header alone again when the last record is done with, also where it was another process’s', () => {
  leave('{"n":1}', '{"n":2}');
  const { segment, content } = SpoolSegment.open(path);
  expect(segment.liveRecords).toBe(2);
  expect(segment.size).toBe(statSync(path).size);
  for (const stored of content.live) segment.markDone({ ...stored, segment });
  expect(readFileSync(path, 'utf8')).toBe(HEADER);
  expect(segment.size).toBe(HEADER.length);
  segment.close();
});

it('counts a record once that is done with twice', () => {
  const segment = SpoolSegment.create(path, BASE_URL);
  const record = segment.write(Buffer.from('{"n":1}'), '7', 1_000);
  segment.write(Buffer.from('{"n":2}'), '7', 1_000);
  segment.markDone(record);
  const { size } = segment;
  segment.markDone(record);
  expect([segment.size, segment.liveRecords, statSync(path).size]).toEqual([size, 1, size]);
  segment.close();
});

it('says what it can no longer read', () => {
  const segment = SpoolSegment.create(path, BASE_URL);
  const record = segment.write(Buffer.from('{"n":1}'), '7', 1_000);
  expect(() => segment.read({ ...record, length: record.length + 2 })).toThrow('the file is shorter than it was');
  segment.close();
});

it('gives a sign of life in the time of the wall clock', () => {
  const segment = SpoolSegment.create(path, BASE_URL);
  const wallMs = Date.UTC(2026, 0, 1);
  segment.touch(wallMs);
  expect([statSync(path).atimeMs, statSync(path).mtimeMs]).toEqual([wallMs, wallMs]);
  segment.close();
});

it.runIf(process.platform === 'linux')(
  'holds no file open that it was told to close, or that was only looked at',
  () => {
    const open = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
        } catch {
          return false; // that of this very listing
        }
      });
    leave('{}');
    expect(SpoolSegment.readHeader(path)).toEqual({ baseUrl: BASE_URL });
    expect(open()).toEqual([]);
    const { segment } = SpoolSegment.open(path);
    expect(open()).toHaveLength(1);
    segment.remove();
    expect(open()).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  },
);
