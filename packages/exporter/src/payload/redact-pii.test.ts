import { describe, expect, it } from 'vitest';
import { ordinaryTexts } from './redact-pii.ordinary.fixture.ts';
import { plantedTexts } from './redact-pii.planted.fixture.ts';
import { redactPii } from './redact-pii.ts';

const mask = redactPii();
const redact = (text: string): string => mask(text, 'user_prompt');

describe('measured by the corpus', () => {
  const planted = plantedTexts(6000, 1);

  it.each([...new Set(planted.map(({ kind }) => kind))])(
    '%s: at least 99 of 100 are found, and nothing else goes with them',
    (kind) => {
      const texts = planted.filter((text) => text.kind === kind);
      const missed = texts.filter(({ text, redacted }) => redact(text) !== redacted).map(({ text }) => text);
      expect(texts.length).toBeGreaterThan(500);
      expect(1 - missed.length / texts.length, missed.slice(0, 5).join('\n')).toBeGreaterThanOrEqual(0.99);
    },
  );

  it('ordinary texts: at most 5 of 1,000 are changed', () => {
    const texts = ordinaryTexts(6400, 2);
    const alarmed = texts.filter((text) => redact(text) !== text);
    expect(alarmed.length / texts.length, alarmed.slice(0, 5).join('\n')).toBeLessThanOrEqual(0.005);
  });
});

it('says what stood there, once for each', () => {
  expect(
    redact(
      'I am anna@example.com, +49 30 1234567 or (415) 555-0132. Pay 4111 1111 1111 1111 or DE89 3704 0044 0532 0130 00 from 203.0.113.7 or 2001:db8::7 with sk-proj-abcdefghijklmnopqrst1234.',
    ),
  ).toBe('I am [email], [phone] or [phone]. Pay [card] or [iban] from [ip] or [ip] with [secret].');
});

it.each([
  ['a payment card', '4111 1111 1111 1112'],
  ['an IBAN', 'DE88370400440532013000'],
])('leaves %s alone whose check digits are wrong', (_what, number) => {
  expect(redact(`It is ${number}.`)).toBe(`It is ${number}.`);
});

it('reads through the JSON of a text', () => {
  const json = JSON.stringify({ note: 'Contact:\nanna@example.com\n0171 2345678', ip: '203.0.113.7', n: 12 });
  expect(JSON.parse(redact(json))).toEqual({ note: 'Contact:\n[email]\n[phone]', ip: '[ip]', n: 12 });
});

it('hides a private key, also one whose end is cut off', () => {
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEow+/AB12\n'.repeat(20)}-----END RSA PRIVATE KEY-----`;
  expect(redact(`Here: ${key} – keep it.`)).toBe('Here: [secret] – keep it.');
  expect(redact(key.slice(0, 200))).toBe('[secret]');
});

it('hides the same again where it masks what is masked', () => {
  for (const { redacted } of plantedTexts(500, 3)) expect(redact(redacted)).toBe(redacted);
});

it('leaves identity alone, which holds records together, and nothing else of that name', () => {
  for (const where of ['session_id', 'user_uuid']) expect(mask('anna@example.com', where)).toBe('anna@example.com');
  expect(mask('anna@example.com', 'metaData.session_id')).toBe('[email]');
});

describe('takes time in proportion to the text', () => {
  const MEGABYTE = 1 << 20;
  // Measured: below 0.8 s each. A pattern that backtracks takes minutes.
  const LIMIT_MS = 10_000;
  const hostile = [
    ...['a', 'a@a.', '-', `${'x'.repeat(64)}@`, `a@${'a-'.repeat(30)}.`, 'ü@ü.'],
    ...['1', '1 ', '(11) ', '06 12 34 56 78 ', 'phone 1234567 ', 'call me on ', '1.1.1.1.', '2001:', 'DE89 ', '4111 '],
    ...[
      'eyJaaaaaaaaaa.eyJaaaaaa.',
      '-----BEGIN PRIVATE KEY-----',
      'api_key=',
      'bearer aaaaaaaaaaaaaaaaaaaa',
      'http://a:',
    ],
  ];
  it.each(hostile)('a megabyte of %j', (piece) => {
    const text = piece.repeat(Math.ceil(MEGABYTE / piece.length));
    const begun = performance.now();
    redact(text);
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS);
  });
});
