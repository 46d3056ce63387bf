import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Notices } from './notices.ts';
import { Spool } from './spool.ts';
import { ManualClock } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';

const BASE_URL = 'https://api.huggingplace.com';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'huggingplace-spool-')), 'spool');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const clock = new ManualClock();
clock.wallOffsetMs = Date.now();
const newSpool = (maxBytes = 1_000_000, baseUrl = BASE_URL) =>
  new Spool({ directory, maxBytes, baseUrl }, clock, new Notices(clock));
const bytes = (text: string) => Buffer.from(text);
const files = () => readdirSync(directory).filter((name) => name.endsWith('.spool'));

/** As if the process that wrote them had been killed. */
function killOwners(): void {
  for (const name of files()) {
    const [place] = name.split('-');
    renameSync(join(directory, name), join(directory, name.replace(/^\w+-\d+-\d+/, `${place}-4194303-1`)));
  }
}

/** All that a new process finds. */
function adoptAll(spool = newSpool()) {
  const bodies: string[] = [];
  let damaged = 0;
  for (let isUnfinished = true; isUnfinished;) {
    const adoption = spool.adopt();
    bodies.push(...adoption.records.map(({ record }) => Buffer.from(spool.read(record)!).toString()));
    damaged += adoption.damaged;
    isUnfinished = adoption.isUnfinished;
  }
  return { spool, bodies, damaged };
}

describe('the spool', () => {
  it('keeps what is written until it is done with, for nobody else to read', () => {
    const spool = newSpool();
    const first = spool.write(bytes('{"n":1}'), '7')!;
    const second = spool.write(bytes('{"n":2}'), '7')!;
    expect(Buffer.from(spool.read(first)!).toString()).toBe('{"n":1}');
    expect(Buffer.from(spool.read(second)!).toString()).toBe('{"n":2}');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(files().map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600]);
    spool.markDone(first);
    killOwners();
    expect(adoptAll().bodies).toEqual(['{"n":2}']);
  });

  it('leaves no file behind when everything is done with', () => {
    const spool = newSpool();
    const records = Array.from({ length: 10 }, (_, n) => spool.write(bytes(`{"n":${n}}`), '7')!);
    for (const record of records) spool.markDone(record);
    expect(
      files()
        .map((name) => statSync(join(directory, name)).size)
        .every((size) => size < 100),
    ).toBe(true);
    spool.beat();
    expect(files()).toEqual([]);
    expect(spool.write(bytes('{}'), '7')).toBeDefined();
  });

  it('does not grow while everything is delivered in time', () => {
    const spool = newSpool();
    for (let n = 0; n < 10_000; n++) spool.markDone(spool.write(bytes('x'.repeat(1_000)), '7')!);
    expect(
      files()
        .map((name) => statSync(join(directory, name)).size)
        .every((size) => size < 100),
    ).toBe(true);
    expect(spool.write(bytes('{}'), '7')).toBeDefined();
  });

  it('splits into files, so that what is done with can go', () => {
    const spool = newSpool(100_000_000);
    const records = Array.from({ length: 30 }, () => spool.write(Buffer.alloc(1_000_000, 'x'), '7')!);
    expect(files().length).toBeGreaterThan(2);
    for (const record of records.slice(0, -1)) spool.markDone(record);
    expect(files()).toHaveLength(1);
  });

  it('takes no more than it may hold, and says so', () => {
    using said = new DiagLines();
    const spool = newSpool(10_000);
    let written = 0;
    while (spool.write(Buffer.alloc(1_000, 'x'), '7') !== undefined) written += 1;
    expect(written).toBe(9);
    expect(said.lines.join()).toContain('maxSpoolBytes');
    spool.release();
    const next = newSpool(10_000);
    next.adopt();
    expect(next.write(Buffer.alloc(1_000, 'x'), '7')).toBeUndefined();
  });

  it('counts its bytes once, whether they are its own or adopted', () => {
    const before = newSpool(10_000);
    before.write(Buffer.alloc(3_000, 'x'), '7');
    before.release();
    const spool = newSpool(10_000);
    expect(spool.write(Buffer.alloc(3_000, 'x'), '7')).toBeDefined();
    for (let i = 0; i < 2; i++) spool.adopt();
    expect(spool.write(Buffer.alloc(3_000, 'x'), '7')).toBeDefined();
    expect(spool.write(Buffer.alloc(1_000, 'x'), '7')).toBeUndefined();
  });

  it('leaves nothing at its end where nothing waits, and is deaf to what comes after', () => {
    using said = new DiagLines();
    const spool = newSpool();
    const [first, second] = [spool.write(bytes('{}'), '7')!, spool.write(bytes('{}'), '7')!];
    spool.markDone(first);
    spool.markDone(second);
    spool.release();
    expect(files()).toEqual([]);
    const other = newSpool();
    const left = other.write(bytes('{}'), '7')!;
    other.release();
    other.markDone(left);
    expect(said.lines).toEqual([]);
    expect(adoptAll().bodies).toEqual(['{}']);
  });

  it('goes on writing where it wrote, whatever becomes of its other files', () => {
    using _ = new DiagLines();
    for (let n = 0; n < 2; n++) newSpool().write(bytes(`{"n":${n}}`), '7');
    killOwners();
    const spool = newSpool();
    spool.write(bytes('{"n":2}'), '7');
    const [current] = files().filter((name) => !name.includes('-4194303-'));
    const { records } = spool.adopt();
    spool.markDone(records[0]!.record);
    for (const name of files().filter((name) => name !== current)) rmSync(join(directory, name));
    spool.beat();
    spool.write(bytes('{"n":3}'), '7');
    expect(files()).toEqual([current]);
  });
});

describe('adopting', () => {
  it('takes what a killed process left, once, with whose it is and since when', () => {
    const before = newSpool();
    before.write(bytes('{"n":1}'), 'org 7');
    killOwners();
    using said = new DiagLines();
    const spool = newSpool();
    const { records } = spool.adopt();
    expect(records).toMatchObject([{ orgId: 'org 7', createdMs: clock.wallMs() }]);
    expect(said.lines).toEqual([]);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(spool.adopt().records).toEqual([]);
    expect(adoptAll().bodies).toEqual([]);
    // …and if the adopter is killed too, nothing is lost.
    killOwners();
    expect(adoptAll().bodies).toEqual(['{"n":1}']);
  });

  it('takes at once what a process released', () => {
    const before = newSpool();
    before.write(bytes('{"n":1}'), '7');
    before.release();
    expect(adoptAll().bodies).toEqual(['{"n":1}']);
  });

  it('removes what is done with', () => {
    const before = newSpool();
    before.markDone(before.write(bytes('{}'), '7')!);
    killOwners();
    expect(adoptAll().bodies).toEqual([]);
    expect(files()).toEqual([]);
  });

  it('sends again what a damaged line said was done with, and counts no loss', () => {
    using _ = new DiagLines();
    const before = newSpool();
    const first = before.write(bytes('{"n":1}'), '7')!;
    before.write(bytes('{"n":2}'), '7');
    before.markDone(first);
    const path = join(directory, files()[0]!);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^-.*$/m, '-00000000 1'));
    killOwners();
    const { bodies, damaged } = adoptAll();
    expect([bodies, damaged]).toEqual([['{"n":1}', '{"n":2}'], 0]);
    const [aside] = readdirSync(join(directory, 'set-aside'));
    expect(statSync(join(directory, 'set-aside', aside!)).mode & 0o777).toBe(0o600);
  });

  it('goes on past a file that it can not deal with, and one that is gone meanwhile', () => {
    using said = new DiagLines();
    const before = newSpool();
    before.write(bytes('{"n":1}'), '7');
    before.release();
    writeFileSync(join(directory, 'set-aside'), 'in the way');
    writeFileSync(join(directory, 'released-a.1.spool'), 'hello');
    expect(adoptAll().bodies).toEqual(['{"n":1}']);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain('holds a file that can not be read (EEXIST');
  });

  it('says nothing of files that are gone when their turn comes', () => {
    using said = new DiagLines();
    mkdirSync(directory, { mode: 0o700 });
    const content = `huggingplace-spool 2 ${BASE_URL}\n`;
    for (let n = 0; n < 1_500; n++) writeFileSync(join(directory, `released-${n}.1.spool`), content);
    const spool = newSpool();
    expect(spool.adopt().isUnfinished).toBe(true);
    for (const name of files()) rmSync(join(directory, name));
    while (spool.adopt().isUnfinished);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain('newer version');
  });

  it('leaves alone what a living process writes, another thread of this one too', () => {
    newSpool().write(bytes('{}'), '7');
    expect(adoptAll().bodies).toEqual([]);
    expect(files()).toHaveLength(1);
  });

  it('leaves alone what was meant for another backend, or comes from a newer version', () => {
    using said = new DiagLines();
    newSpool(1_000, 'https://other.example').write(bytes('{}'), '7');
    killOwners();
    writeFileSync(join(directory, 'released-1.1.spool'), 'huggingplace-spool 2 https://api.huggingplace.com\n+what?');
    const names = files();
    expect(adoptAll()).toMatchObject({ bodies: [], damaged: 0 });
    expect(files()).toEqual(names);
    expect(said.lines.join()).toContain('newer version');
  });

  it('from another machine or container waits for a minute without a sign of life', () => {
    newSpool().write(bytes('{"n":1}'), '7');
    const name = files()[0]!;
    const elsewhere = join(directory, name.replace(/^\w+/, '00000000'));
    renameSync(join(directory, name), elsewhere);
    const touch = (agoMs: number) =>
      utimesSync(elsewhere, (clock.wallMs() - agoMs) / 1000, (clock.wallMs() - agoMs) / 1000);
    touch(50_000);
    expect(adoptAll().bodies).toEqual([]);
    touch(61_000);
    expect(adoptAll().bodies).toEqual(['{"n":1}']);
  });

  it('gives signs of life, and notices when its file is gone', async () => {
    using said = new DiagLines();
    const spool = newSpool();
    const record = spool.write(bytes('{"n":1}'), '7')!;
    const path = join(directory, files()[0]!);
    utimesSync(path, 1, 1);
    await clock.advance(15_000);
    spool.beat();
    expect(statSync(path).mtimeMs).toBeCloseTo(clock.wallMs(), -1);
    expect(spool.holds(record)).toBe(true);
    rmSync(directory, { recursive: true });
    spool.beat();
    expect(spool.holds(record)).toBe(false);
    expect(Buffer.from(spool.read(record)!).toString()).toBe('{"n":1}');
    expect(said.lines.join()).toContain('has lost a file');
  });

  it('puts damage aside, counts it, and takes the rest', () => {
    using said = new DiagLines();
    const before = newSpool();
    for (let n = 0; n < 5; n++) before.write(bytes(`{"n":${n}}`), '7');
    const path = join(directory, files()[0]!);
    const content = readFileSync(path);
    content[content.indexOf('{"n":2}') + 3] = 0;
    writeFileSync(path, content.subarray(0, content.length - 4));
    killOwners();
    const { bodies, damaged } = adoptAll();
    expect(bodies).toEqual(['{"n":0}', '{"n":1}', '{"n":3}']);
    expect(damaged).toBe(2);
    const [kept] = readdirSync(join(directory, 'set-aside'));
    expect(readFileSync(join(directory, 'set-aside', kept!), 'utf8')).toMatch(/^\+.*\+.*/s);
    expect(said.lines.join()).toContain('set-aside');
  });

  it('puts files that are none of ours aside, and touches no others', () => {
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(join(directory, 'released-a.1.spool'), 'hello');
    writeFileSync(join(directory, 'README'), 'hello');
    utimesSync(join(directory, 'README'), 1, 1);
    using said = new DiagLines();
    expect(adoptAll().bodies).toEqual([]);
    expect(adoptAll().bodies).toEqual([]);
    expect(said.lines).toHaveLength(1);
    expect(readdirSync(directory).sort()).toEqual(['README', 'set-aside']);
    expect(readdirSync(join(directory, 'set-aside'))).toEqual(['released-a.1.spool']);
  });

  it('keeps no more than a hundred of them, and says so', async () => {
    using said = new DiagLines();
    mkdirSync(directory, { mode: 0o700 });
    for (let n = 0; n < 99; n++) writeFileSync(join(directory, `released-${n}.1.spool`), 'hello');
    const { spool } = adoptAll();
    expect(said.lines.join()).toContain(`what is damaged is kept in ${join(directory, 'set-aside')}`);
    for (let n = 0; n < 20; n++) writeFileSync(join(directory, `released-${n}.2.spool`), 'hello');
    await clock.advance(60_000);
    adoptAll(spool);
    await clock.advance(60_000);
    adoptAll(spool);
    expect(readdirSync(join(directory, 'set-aside'))).toHaveLength(100);
    expect(said.lines.join()).toContain(`${join(directory, 'set-aside')} is full`);
  });

  it('follows no link', () => {
    using said = new DiagLines();
    newSpool().write(bytes('{}'), '7');
    const target = join(directory, '..', 'target');
    renameSync(join(directory, files()[0]!), target);
    symlinkSync(target, join(directory, 'released-a.1.spool'));
    expect(adoptAll().bodies).toEqual([]);
    expect(existsSync(target)).toBe(true);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain('left alone');
  });

  it('takes ten thousand small files, and a hundred megabytes, in slices', () => {
    const before = newSpool(1_000_000_000);
    for (let n = 0; n < 100; n++) before.write(Buffer.alloc(1_000_000, 'x'), '7');
    before.release();
    const [small] = [bytes('huggingplace-spool 1 https://api.huggingplace.com\n')];
    for (let n = 0; n < 10_000; n++) writeFileSync(join(directory, `released-${n}.1.spool`), small);
    const spool = newSpool(1_000_000_000);
    let adopted = 0;
    let slices = 0;
    for (let isUnfinished = true; isUnfinished;) {
      const adoption = spool.adopt();
      slices += 1;
      adopted += adoption.records.length;
      isUnfinished = adoption.isUnfinished;
    }
    expect(adopted).toBe(100);
    expect(slices).toBeGreaterThan(5);
    expect(slices).toBeLessThan(5_000); // not one for each file
  });
});

describe('a directory that is not safe', () => {
  const refusal = () => {
    using said = new DiagLines();
    expect(newSpool().write(bytes('{}'), '7')).toBeUndefined();
    return said.lines.join();
  };

  it('is refused: others may write to it', () => {
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    expect(refusal()).toContain('others may write to it');
  });

  it('is refused: a link', () => {
    mkdirSync(`${directory}-target`, { mode: 0o700 });
    symlinkSync(`${directory}-target`, directory);
    expect(refusal()).toContain('it is a link or a file');
  });

  it('is refused: a file', () => {
    writeFileSync(directory, '');
    expect(refusal()).toMatch(/EEXIST|link or a file/);
  });

  it.runIf(process.getuid?.() === 0)('is refused: another user’s', () => {
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, 12_345, 12_345);
    expect(refusal()).toContain('belongs to another user');
  });
});

describe('a disk that fails', () => {
  it('is asked again after a second, and works again by itself', async () => {
    using said = new DiagLines();
    writeFileSync(directory, 'in the way');
    const spool = newSpool();
    expect(spool.write(bytes('{}'), '7')).toBeUndefined();
    rmSync(directory);
    expect(spool.write(bytes('{}'), '7')).toBeUndefined();
    await clock.advance(1_000);
    expect(spool.write(bytes('{}'), '7')).toBeDefined();
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain('HUGGINGPLACE_SPOOL_DIR');
  });

  it('that loses the directory is written to again', () => {
    const spool = newSpool();
    spool.write(bytes('{"n":1}'), '7');
    rmSync(directory, { recursive: true });
    spool.beat();
    const record = spool.write(bytes('{"n":2}'), '7');
    expect(record).toBeDefined();
    killOwners();
    expect(adoptAll().bodies).toEqual(['{"n":2}']);
  });
});
