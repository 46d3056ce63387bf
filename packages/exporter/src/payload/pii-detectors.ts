/**
 * Personal data and secrets by their form, the most telling first. Each takes time in proportion to the text, whatever the text: a pattern begins
 * only where a word does, repeats a bounded number of times, and leaves what takes counting (check digits, groups of digits) to `pii-numbers.ts`.
 */
import { cardLength, ibanLength, ipv4Length, ipv6Length } from './pii-numbers.ts';
import { phoneLength } from './pii-phone.ts';

export interface PiiDetector {
  readonly placeholder: string;
  /** What every text that holds one has: most texts are looked at no further. */
  readonly sign?: RegExp;
  /** The group `kept` stays; the rest of the match, or as much as `measure` says, is replaced. */
  readonly pattern: RegExp;
  /** How many characters from `start` are the value; 0: none. `found`: how many the pattern took. */
  readonly measure?: (text: string, start: number, found: number) => number;
}

/** Tokens that say by their beginning whose they are. */
const KNOWN_TOKENS = [
  String.raw`sk-(?=[A-Za-z_-]{0,120}\d)[\w-]{20,250}`, // OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse
  String.raw`pk-lf-[\da-f-]{36}|lsv2_[a-z]{2}_[\da-f_]{30,80}|hp_[A-Za-z\d]{20,80}`,
  String.raw`[spr]k_(?:live|test)_[A-Za-z\d]{10,250}|whsec_[\w+/=]{20,120}`, // Stripe
  String.raw`gh[opsur]_[A-Za-z\d]{30,255}|github_pat_\w{30,255}|gl(?:pat|rt|dt)-[\w-]{20,64}`,
  String.raw`xox[abeoprs]-[A-Za-z\d-]{10,250}|xapp-\d-[A-Za-z\d-]{10,250}`, // Slack
  String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z\d]{16}`, // AWS
  String.raw`AIza[\w-]{35}|ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,40}`, // Google
  String.raw`(?:npm|hf|gsk|r8|nvapi|pplx|tvly|fw|glsa|sntrys|ntn)[_-](?=[A-Za-z_-]{0,60}\d)[\w-]{24,250}`,
  String.raw`xai-[A-Za-z\d]{40,120}|pypi-[\w-]{50,250}|do[op]_v1_[\da-f]{64}|shp(?:at|ca|pa|ss)_[\da-fA-F]{32}`,
  String.raw`SG\.[\w-]{16,32}\.[\w-]{30,64}|SK[\da-f]{32}|\d{8,10}:AA[\w-]{33}`, // SendGrid, Twilio, Telegram
  String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]{8,}`, // JSON Web Token
].join('|');

const SECRET_NAME = String.raw`(?:api|access|secret|auth|private|client|refresh|bearer|session|encryption|signing)[_ -]?(?:key|token|secret)|token|secret|passw(?:or)?d|pwd|passphrase|passwort|kennwort|contraseña|mot de passe`;
const ASSIGNED = String.raw`["'\`\]]{0,2}(?:\s{0,3}(?::=|=>|[:=：])|\s(?:is|ist|es|est|è|é))\s{0,3}["'\`]?`;
/** Letters and digits, as in a key and hardly ever in a word or a variable; code goes on with a call, a member or an index. */
const SECRET_VALUE = String.raw`(?=[^\s\d"'\`]{0,120}\d)(?=[^\sA-Za-z"'\`]{0,120}[A-Za-z])(?:[\w+/=~!@#$%^*-]|&(?!\w{1,40}=)){8,512}(?![\w(\[]|\.\w)`;

/**
 * Where a word begins: not after one of these characters. The letter of `\n` is none of them, for JSON within a text writes lines so.
 */
const notAfter = (characters: string, ...words: readonly string[]): string =>
  String.raw`(?:(?<=\\[nrt])|(?<!${[`[\\\\${characters}]`, ...words].join('|')}))`;

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const COUNTED = String.raw`(?:ver(?:sion)?|release|build|firmware|sections?|chapters?|clauses?|articles?|steps?|abschnitt|kapitel)["']?[ :=]{1,3}["']?`;
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?`;

export const PII_DETECTORS: readonly PiiDetector[] = [
  {
    placeholder: '[secret]',
    sign: /PRIVATE KEY-----/,
    // The end may be cut off.
    pattern:
      /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[\w+/=\s\\]{1,20000}(?:-----END (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----)?/g,
  },
  { placeholder: '[secret]', pattern: new RegExp(`${notAfter('\\w-')}(?:${KNOWN_TOKENS})(?![\\w-])`, 'g') },
  {
    placeholder: '[secret]',
    sign: /bearer|basic/i,
    pattern: /(?<kept>(?<![A-Za-z])(?:bearer|basic) {1,2})(?=[^\s\d=]{0,400}[\d=])[\w.~+/-]{16,4096}={0,2}/gi,
  },
  {
    placeholder: '[secret]', // postgres://user:password@host
    sign: /:\/\//,
    pattern: /(?<kept>(?<![a-z\d+])[a-z][a-z\d+]{1,15}:\/\/[^\s:/@"']{0,64}:)(?![<{$%])[^\s:/@"'[\]]{3,128}(?=@)/gi,
  },
  {
    placeholder: '[secret]',
    sign: /key|token|secret|passw|pwd|passphrase|kennwort|contraseña|mot de passe/i,
    pattern: new RegExp(`(?<kept>(?:${SECRET_NAME})${ASSIGNED})${SECRET_VALUE}`, 'gi'),
  },
  {
    placeholder: '[email]',
    sign: /@/,
    // Not git@github.com, a package with its version, nor an image of double size (logo@2x.png).
    pattern: new RegExp(
      String.raw`${notAfter(String.raw`\p{L}\p{N}_.%+@-`)}(?!git@)[\p{L}\p{N}_%+-][\p{L}\p{N}_.%+'-]{0,63}@(?!\d+(?:\.\d|x\.))(?:${LABEL}\.){1,6}\p{L}{2,24}(?![\p{L}\p{N}_@(])`,
      'gu',
    ),
  },
  {
    placeholder: '[iban]',
    pattern: new RegExp(String.raw`${notAfter(String.raw`A-Za-z\d`)}[A-Z]{2}\d{2}(?=[ \u00a0-]?[A-Z\d]{4})`, 'gi'),
    measure: ibanLength,
  },
  {
    placeholder: '[card]',
    sign: /\d{4}/,
    // By four, as American Express and Diners Club print it, or in one piece.
    pattern: new RegExp(
      String.raw`${notAfter(String.raw`\w.,-`)}(?=[2-6])(?:\d{4}(?<by>[ -])\d{4}\k<by>\d{4}\k<by>\d{4}(?:\k<by>\d{1,3})?|\d{4}(?<or>[ -])\d{6}\k<or>\d{4,5}|\d{14,19})(?![\w-]|[.,]\d|\k<by>\d{4})`,
      'g',
    ),
    measure: cardLength,
  },
  {
    placeholder: '[ip]',
    sign: /\d\.\d/,
    // Four numbers are also how versions and sections are counted.
    pattern: new RegExp(
      String.raw`${notAfter(String.raw`\w.@-`, '[A-Za-z]/', '§ ?', COUNTED)}(?:${OCTET}\.){3}${OCTET}(?![\w-]|\.\d)`,
      'gi',
    ),
    measure: ipv4Length,
  },
  {
    placeholder: '[ip]',
    sign: /[\da-f]{2}:/i,
    // Global, unique local and link-local unicast (RFC 4291): the others are nobody's address, and names in code (`fed::Value`) are none of these.
    pattern: new RegExp(
      String.raw`${notAfter(String.raw`\w:.`)}(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89ab][\da-f]):(?:[\da-f]{1,4}:|:){0,7}(?:[\da-f]{1,4})?(?![\w:])`,
      'gi',
    ),
    measure: ipv6Length,
  },
  {
    placeholder: '[phone]',
    sign: /\d/,
    // In parentheses stands an area code or a whole number, the latter unless it is what a function is called with.
    pattern: new RegExp(
      String.raw`${notAfter(String.raw`\w+.,$€£¥#/-`, String.raw`\w\(`)}(?:\((?=\+?\d{1,5}\))|\+(?=[\d(])|(?=\d))`,
      'g',
    ),
    measure: phoneLength,
  },
];
