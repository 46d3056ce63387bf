import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from './retry.ts';

describe('backoff', () => {
  it('doubles from half a second up to five seconds, and jitter takes any part of it', () => {
    expect([1, 2, 3, 4, 5, 50, 5000].map((failures) => backoffMs(failures, 1))).toEqual([
      500, 1000, 2000, 4000, 5000, 5000, 5000,
    ]);
    expect(backoffMs(3, 0)).toBe(0);
    expect(backoffMs(3, 0.25)).toBe(500);
  });
});

describe('Retry-After', () => {
  const WALL_MS = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

  it.each([
    ['60', 60_000],
    [' 2 ', 2_000],
    ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
    ['Wednesday, 21-Oct-26 07:28:30 GMT', 30_000],
  ])('%j is read', (header, expected) => {
    expect(retryAfterMs(header, undefined, WALL_MS)).toBe(expected);
  });

  it.each([
    ['0', 1_000],
    ['1000000000', 3_600_000],
    ['Tue, 01 Jan 2099 00:00:00 GMT', 3_600_000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 1_000],
  ])('%j is brought between a second and an hour', (header, expected) => {
    expect(retryAfterMs(header, undefined, WALL_MS)).toBe(expected);
  });

  it.each([
    '',
    'abc',
    '-1',
    '1.5',
    'Infinity',
    '0x10',
    '1e9',
    'Wed, nonsense',
    'at Wed, 21 Oct 2026 07:28:30 GMT',
    'On 21 Oct 2026 07:28:30 GMT',
  ])('%j can not be read: one second', (header) => {
    expect(retryAfterMs(header, undefined, WALL_MS)).toBe(1_000);
  });

  it("measures a date by the backend's clock where the answer says what time it is there", () => {
    const anHourAhead = 'Wed, 21 Oct 2026 08:28:00 GMT';
    expect(retryAfterMs('Wed, 21 Oct 2026 08:28:30 GMT', anHourAhead, WALL_MS)).toBe(30_000);
    expect(retryAfterMs('Wed, 21 Oct 2026 07:28:30 GMT', 'not a date', WALL_MS)).toBe(30_000);
  });
});
