import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDone, encodeHeader, encodeRecord, parseHeader, parseSegment } from './spool-format.ts';

const HEADER = encodeHeader('https://api.huggingplace.com');
const record = (sequence: number, body: string, orgId = '7', createdMs = 1_700_000_000_000) =>
  Buffer.concat(encodeRecord(sequence, createdMs, orgId, Buffer.from(body)));
const fileOf = (...lines: Uint8Array[]) => Buffer.concat([HEADER, ...lines]);
const bodiesOf = (file: Buffer) =>
  parseSegment(file).live.map(({ offset, length }) => file.toString('utf8', offset, offset + length));

describe('a segment', () => {
  it('gives back what was written, as far as it is not done with', () => {
    const file = fileOf(
      record(1, '{"a":1}'),
      record(2, '{"b":"Grüße 👋"}', 'org/ 8'),
      record(3, '{"c":3}'),
      encodeDone(1),
      encodeDone(3),
    );
    expect(parseHeader(file)).toEqual({ baseUrl: 'https://api.huggingplace.com' });
    expect(parseSegment(file)).toMatchObject({
      live: [{ sequence: 2, createdMs: 1_700_000_000_000, orgId: 'org/ 8' }],
      damaged: [],
    });
    expect(bodiesOf(file)).toEqual(['{"b":"Grüße 👋"}']);
  });

  it('without a record is a header', () => {
    expect(parseSegment(fileOf())).toEqual({ live: [], damaged: [] });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'foreign'],
    ['something else', Buffer.from('{"json":true}\n'), 'foreign'],
    ['half a header', HEADER.subarray(0, 10), 'foreign'],
    ['another program’s', Buffer.from('other-spool 1 https://x\n'), 'foreign'],
    ['without an address', Buffer.from('huggingplace-spool 1\n'), 'foreign'],
    ['zeros', Buffer.alloc(1_000), 'foreign'],
    ['a later version', Buffer.from('huggingplace-spool 2 https://x\nwhatever'), 'newer'],
  ])('that is %s is %s', (_name, file, expected) => {
    expect(parseHeader(file)).toBe(expected);
  });

  it('with a torn end loses the torn record only', () => {
    const whole = fileOf(record(1, '{"a":1}'), record(2, '{"b":2}'));
    for (let cut = 1; cut < record(2, '{"b":2}').length; cut++) {
      const torn = whole.subarray(0, whole.length - cut);
      const { live, damaged } = parseSegment(torn);
      // A record whose line break alone is missing is whole.
      expect(live.map(({ sequence }) => sequence)).toEqual(cut === 1 ? [1, 2] : [1]);
      expect(damaged).toHaveLength(cut === 1 ? 0 : 1);
    }
  });

  it('says where the damage is, and whether it was a record', () => {
    const file = fileOf(record(1, '{"a":1}'), Buffer.from('-00000000 1\n'), Buffer.from('\n'), Buffer.from('+zzz'));
    const { live, damaged } = parseSegment(file);
    expect(live).toHaveLength(1);
    expect(
      damaged.map(({ offset, length, isRecord }) => [file.toString('utf8', offset, offset + length), isRecord]),
    ).toEqual([
      ['-00000000 1', false],
      ['+zzz', true],
    ]);
  });

  it('takes no line for what its sign does not say', () => {
    const whole = record(1, '{"a":1}');
    const otherSign = Buffer.from(whole);
    otherSign[0] = '*'.charCodeAt(0);
    const recordOfDone = Buffer.from(encodeDone(1));
    recordOfDone[0] = '+'.charCodeAt(0);
    const { live, damaged } = parseSegment(fileOf(whole, otherSign, recordOfDone));
    expect(live.map(({ sequence }) => sequence)).toEqual([1]);
    expect(damaged.map(({ isRecord }) => isRecord)).toEqual([true, true]);
  });

  it('survives any flipped byte: every other record is as it was, and none is ever another', () => {
    const bodies = ['{"a":1}', '{"b":"two"}', '{"c":[3,3,3]}', '{"d":4}'];
    const file = fileOf(...bodies.map((body, index) => record(index + 1, body)), encodeDone(2));
    fc.assert(
      fc.property(
        fc.integer({ min: HEADER.length, max: file.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const damagedFile = Buffer.from(file);
          damagedFile[at] = (damagedFile[at] ?? 0) ^ flip;
          const found = bodiesOf(damagedFile);
          expect(bodies).toEqual(expect.arrayContaining(found));
          // At most the line that was hit, and the one after it where the line break was hit; a lost "done" brings its record back.
          expect(found.length).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const file = Buffer.concat([HEADER, bytes]);
        parseHeader(Buffer.from(bytes));
        parseSegment(file);
        parseSegment(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});
