import { describe, expect, it } from 'vitest';
import { NetworkError } from './errors.ts';
import { outcomeOfAnswer, outcomeOfNoAnswer, statusesWithOutcome } from './outcome.ts';

const WALL_MS = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
const answer = (status: number, retryAfter?: string, date?: string) =>
  outcomeOfAnswer({ status, message: `HTTP ${status}`, retryAfter, date }, WALL_MS);

describe('an answer', () => {
  it('has one meaning for each status there is', () => {
    expect(statusesWithOutcome('stored')).toEqual(Array.from({ length: 100 }, (_, index) => 200 + index));
    expect(statusesWithOutcome('failed')).toEqual([429, 500, 502, 503, 504]);
    expect(statusesWithOutcome('unauthorised')).toEqual([401, 403]);
    expect(statusesWithOutcome('too_large')).toEqual([413]);
    const rejected = statusesWithOutcome('rejected');
    expect(rejected).toEqual(expect.arrayContaining([100, 199, 300, 400, 404, 422, 599]));
    expect(rejected).toHaveLength(500 - 100 - 5 - 2 - 1);
  });

  it('that fails is the backend’s fault, but for a 500, which may be the request’s', () => {
    expect(answer(503)).toMatchObject({ type: 'failed', fault: 'backend', error: { status: 503 } });
    expect(answer(429)).toMatchObject({ type: 'failed', fault: 'backend', error: { status: 429 } });
    expect(answer(500)).toMatchObject({ type: 'failed', fault: 'unclear', error: { status: 500 } });
    expect(answer(503)).not.toHaveProperty('waitMs');
  });

  it('that asks for a wait speaks for the backend', () => {
    expect(answer(500, '60')).toMatchObject({ type: 'failed', fault: 'backend', waitMs: 60_000 });
    const date = 'Wed, 21 Oct 2026 08:28:00 GMT';
    expect(answer(429, 'Wed, 21 Oct 2026 08:28:30 GMT', date)).toMatchObject({ type: 'failed', waitMs: 30_000 });
    expect(answer(200, '60')).toEqual({ type: 'stored' });
  });
});

describe('no answer', () => {
  const causeOf = (cause: unknown) => {
    const outcome = outcomeOfNoAnswer(cause, 'https://backend.example');
    expect(outcome).toMatchObject({ type: 'failed' });
    if (outcome.type !== 'failed') throw new Error('a failure was expected');
    expect(outcome.error).toBeInstanceOf(NetworkError);
    return { fault: outcome.fault, waitMs: outcome.waitMs, message: outcome.error.message, cause: outcome.error.cause };
  };
  const coded = (code: unknown) => Object.assign(new Error('broke'), { code });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'HPE_INVALID_CONSTANT'])(
    'after %s may be the request’s fault',
    (code) => {
      const cause = coded(code);
      expect(causeOf(cause)).toEqual({
        fault: 'unclear',
        waitMs: undefined,
        message: `no answer from https://backend.example (${code})`,
        cause,
      });
    },
  );

  it.each(['ECONNREFUSED', 'NOT_ECONNRESET', 'EPIPES'])('after %s is the backend’s', (code) => {
    expect(causeOf(coded(code))).toMatchObject({ fault: 'backend', waitMs: undefined });
  });

  it.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO'])(
    'after %s waits for people to mend it',
    (code) => {
      expect(causeOf(coded(code))).toMatchObject({ fault: 'backend', waitMs: 30_000 });
    },
  );

  it('is named by its code, else by its name, else not at all', () => {
    expect(causeOf(coded(7)).message).toContain('(Error)');
    expect(causeOf(new DOMException('late', 'TimeoutError')).message).toContain('(TimeoutError)');
    expect(causeOf('ECONNRESET')).toMatchObject({
      fault: 'backend',
      message: 'no answer from https://backend.example (UNKNOWN)',
      cause: 'ECONNRESET',
    });
  });

  it('keeps what could not be parsed out of its error: a backend may echo what it was sent', () => {
    const parserError = Object.assign(new Error('Expected HTTP/'), { code: 'HPE_INVALID_CONSTANT', data: 'Why?' });
    const { cause } = causeOf(parserError);
    expect(cause).toEqual(new Error('HPE_INVALID_CONSTANT'));
    expect(cause).not.toHaveProperty('data');
  });
});
