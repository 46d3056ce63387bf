import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDirectory } from './directory-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'directory-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

const file = (number = 1) => path.join(directory, `server.lock.${number}`);
const leave = (holder: object) =>
  writeFile(file(), JSON.stringify({ pid: process.pid, started: '', host: hostname(), token: 'old', ...holder }));

it('belongs to one, who is named to the next', async () => {
  const lock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${process.pid}: stop it`);
  await lock.release();
  await (await lockDirectory(directory)).release();
  expect(await readdir(directory)).toEqual(['server.lock.2']);
});

it('goes to exactly one of many', async () => {
  await leave({ pid: 2 ** 22 + 1 });
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => lockDirectory(directory)));
  expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  expect(await readdir(directory)).toEqual(['server.lock.2']);
});

it.each<[string, object]>([
  ['a process that is gone', { pid: 2 ** 22 + 1 }],
  ['a process whose number was given to another since', { pid: process.ppid, started: 'another-boot/1' }],
  ['an earlier life of this very number', { pid: process.pid, started: 'another-boot/1' }],
])('is taken over from %s', async (_, holder) => {
  await leave(holder);
  const lock = await lockDirectory(directory);
  expect(JSON.parse(await readFile(file(2), 'utf8'))).toMatchObject({ pid: process.pid });
  await lock.release();
});

it('is taken over when nobody can read whose it is', async () => {
  await writeFile(file(), '{"pid":');
  await (await lockDirectory(directory)).release();
});

it('of another machine is respected, and how to be rid of it is said', async () => {
  await leave({ host: 'elsewhere', pid: 7 });
  await expect(lockDirectory(directory)).rejects.toThrow(`process 7 on elsewhere: stop it, or remove ${file()}`);
});
