import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeadLetterFolder } from './dead-letter.ts';
import { Notices } from './notices.ts';
import { ManualClock } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'huggingplace-dead-letter-')), 'dead-letter');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const clock = new ManualClock();
const newFolder = (maxBytes = 100_000) => new DeadLetterFolder(directory, maxBytes, clock, new Notices(clock));
const body = Buffer.from('{"user_prompt":"Why?"}');
const cause = { reason: 'rejected', message: 'HTTP 422: no "such" field' };

it('keeps a record with when and why, for nobody else to read', () => {
  expect(newFolder().keep(body, cause)).toBe(true);
  const [name] = readdirSync(directory);
  const path = join(directory, name!);
  expect(name).toMatch(/^2026-01-01T00-00-00\.000Z-[0-9a-f]{8}\.json$/);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    at: '2026-01-01T00:00:00.000Z',
    ...cause,
    request: { user_prompt: 'Why?' },
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

it('keeps each of many in the same millisecond', () => {
  const folder = newFolder();
  for (let n = 0; n < 100; n++) expect(folder.keep(body, cause)).toBe(true);
  expect(readdirSync(directory)).toHaveLength(100);
});

it('takes no more than it may hold, what it held before included', () => {
  using said = new DiagLines();
  const folder = newFolder(1_000);
  let kept = 0;
  while (folder.keep(body, cause)) kept += 1;
  expect(kept).toBe(readdirSync(directory).length);
  expect(kept).toBeLessThan(10);
  expect(newFolder(1_000).keep(body, cause)).toBe(false);
  expect(said.lines.join()).toContain('deadLetterDirectory');
});

it('says no where the disk does, and throws nothing', () => {
  writeFileSync(directory, 'in the way');
  expect(newFolder().keep(body, cause)).toBe(false);
});
