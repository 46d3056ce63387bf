/**
 * Personal data and secrets by their form, most telling first. Every pattern takes time in proportion to the text, whatever the text: it begins
 * only where a word begins, and repeats a bounded number of times. What a pattern can't tell (check digits, the length of a country's
 * IBANs, whether a number is a date) `measure` does.
 */
export interface PiiDetector {
  readonly placeholder: string;
  /** Without it a text holds none: most texts are looked at no further. */
  readonly sign: RegExp;
  /** A first group stays; the rest of the match, or as much as `measure` says, is replaced. */
  readonly pattern: RegExp;
  /** How many characters from `start` are the value; 0: none. */
  readonly measure?: (text: string, start: number) => number;
}

/** Tokens that say by their beginning whose they are. */
const KNOWN_TOKENS = [
  String.raw`sk-(?=[A-Za-z_-]{0,120}\d)[\w-]{20,250}`, // OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse
  String.raw`pk-lf-[\da-f-]{36}`,
  String.raw`(?:[spr]k|whsec)_(?:(?:live|test)_)?[A-Za-z\d]{20,250}`, // Stripe
  String.raw`gh[opsur]_[A-Za-z\d]{30,255}|github_pat_\w{30,255}|gl(?:pat|rt|dt)-[\w-]{20,64}`,
  String.raw`xox[abeoprs]-[A-Za-z\d-]{10,250}|xapp-\d-[A-Za-z\d-]{10,250}`, // Slack
  String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z\d]{16}(?![A-Z\d])`, // AWS
  String.raw`AIza[\w-]{35}|ya29\.[\w-]{20,500}|GOCSPX-[\w-]{20,40}`, // Google
  String.raw`(?:npm|hf|gsk|r8|nvapi|pplx|tvly|fw)[_-](?=[A-Za-z_-]{0,60}\d)[A-Za-z\d_-]{30,120}`,
  String.raw`xai-[A-Za-z\d]{40,120}|pypi-[\w-]{50,250}|dop_v1_[\da-f]{64}|lsv2_[a-z]{2}_[\da-f_]{30,80}`,
  String.raw`SG\.[\w-]{16,32}\.[\w-]{30,64}|shp(?:at|ca|pa|ss)_[\da-fA-F]{32}|AC[\da-f]{32}|SK[\da-f]{32}`, // SendGrid, Shopify, Twilio
  String.raw`\d{8,10}:AA[\w-]{33}`, // Telegram
  String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]{8,}`, // JSON Web Token
].join('|');

const SECRET_NAME = String.raw`(?:api|access|secret|auth|private|client|refresh|bearer|session|encryption|signing)[_ -]?(?:key|token|secret)|token|secret|passw(?:or)?d|pwd|passphrase|passwort|contraseña|mot de passe`;
/** Letters and digits, as a key or password is and a word or a name of a variable hardly ever; code goes on with a call, a member or an index. */
const SECRET_VALUE = String.raw`(?=[^\s\d"'\`]{0,120}\d)(?=[^\sA-Za-z"'\`]{0,120}[A-Za-z])[\w+/=~!@#$%^&*-]{8,512}(?![\w.(\[])`;

const word = (pattern: string): RegExp => new RegExp(`(?<![\\w-])(?:${pattern})(?![\\w-])`, 'g');

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const IPV6_GROUP = '[\\da-f]{1,4}';

export const PII_DETECTORS: readonly PiiDetector[] = [
  {
    placeholder: '[secret]',
    sign: /PRIVATE KEY-----/,
    pattern: /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[\w+/=\s\\]{1,20000}(?:-----END (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----)?/g,
  },
  { placeholder: '[secret]', sign: /[_-]|eyJ|AIza|AKIA|ASIA|ya29|SG\.|:AA|AC|SK/, pattern: word(KNOWN_TOKENS) },
  {
    placeholder: '[secret]',
    sign: /bearer|basic/i,
    pattern: /((?<![A-Za-z])(?:bearer|basic) )(?=[^\s\d=]{0,400}[\d=])[\w.~+/-]{16,4096}={0,2}/gi,
  },
  { placeholder: '[secret]', sign: /:\/\//, pattern: /((?<![a-z])[a-z][a-z\d+]{1,15}:\/\/[^\s:/@"']{0,64}:)[^\s:/@"'[\]]{3,128}(?=@)/gi },
  {
    placeholder: '[secret]',
    sign: /key|token|secret|passw|pwd|passphrase|contraseña|mot de passe/i,
    pattern: new RegExp(String.raw`((?:${SECRET_NAME})["'\`\]]{0,2}(?:\s{0,3}(?::=|=>|[:=])|\s(?:is|ist|es|est))\s{0,3}["'\`]?)${SECRET_VALUE}`, 'gi'),
  },
  {
    placeholder: '[email]',
    sign: /@/,
    pattern:
      /(?<![\p{L}\p{N}_.%+@-])(?!git@)[\p{L}\p{N}_%+-][\p{L}\p{N}_.%+'-]{0,63}@(?!\d+(?:\.\d|x\.))(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,6}[\p{L}]{2,24}(?![\p{L}\p{N}_@(]|\.[\p{L}]+\()/gu,
  },
  { placeholder: '[iban]', sign: /[A-Z]{2}\d{2}/i, pattern: /(?<![A-Za-z\d])[A-Z]{2}\d{2}(?=[ \u00a0-]?[A-Z\d]{4})/gi, measure: ibanLength },
  { placeholder: '[card]', sign: /(?:\d[ -]?){13}/, pattern: /(?<![\w.,-])[2-6](?=\d{3})/g, measure: cardLength },
  {
    placeholder: '[ip]',
    sign: /\d\.\d/,
    pattern: new RegExp(String.raw`(?<![\w.-]|[A-Za-z]/|[Vv]er(?:sion)?["']?[ :=]{1,3}["']?)(?:${OCTET}\.){3}${OCTET}(?![\w-]|\.\d)`, 'g'),
    measure: ipv4Length,
  },
  {
    placeholder: '[ip]',
    sign: /[\da-f]:/i,
    // Global unicast, unique local, link-local; loopback and the like are nobody's. Names of code (`fed::Value`) have fewer than four digits or other letters.
    pattern: new RegExp(String.raw`(?<![\w:.])(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89ab][\da-f]):(?:${IPV6_GROUP}:|:){0,7}(?:${IPV6_GROUP})?(?![\w:])`, 'gi'),
    measure: ipv6Length,
  },
  { placeholder: '[phone]', sign: /\d[\d\s().-]{5}/, pattern: /(?<![\w+.,$€£¥#/=-])(?<!\w[(])[+(]?(?=\d)/g, measure: phoneLength },
];
