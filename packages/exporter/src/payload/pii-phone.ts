/** Telephone numbers: some are known by their shape, the others only by the words before them. */

/** A space, a hyphen, a dot or a slash, with spaces around it; an area code or a trunk zero may stand in parentheses. */
const SEPARATOR = String.raw`(?:\) ?[-/]? ?|[ \u00a0\u202f]?[-\u2010-\u2013./][ \u00a0\u202f]?|[ \u00a0\u202f]|(?=\())\(?`;
const RUN = new RegExp(String.raw`\(?\+?\(?\d{1,15}(?:${SEPARATOR}\d{1,15}){0,6}`, 'y');
/** ITU-T E.164; a number within a town has seven. */
const DIGITS = { min: 7, max: 15 };

/** What goes on as a number, a time, a price or a name. */
const GOES_ON = /^(?:[\w+@%€$£¥°]|[.,:/-]\d|[ \u00a0](?:[%€$£¥]|(?:USD|EUR|GBP|CHF|bytes|ms|kg|km|tokens)\b))/;
const DATE = /^(?:\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d|(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d)(?!\d)/;

/** Words that name a telephone, or ask to use one, right before the number. */
const NOUNS = String.raw`t[eéè]l[eéèê]?f|t[eé]l\b|phone|(?:tele)?fax|mob(?:ile|il|iel)\b|cell\b|cellul|handy|whats ?app|sms\b|signal\b|hotline|m[oó]vil|celular|telem[oó]vel|portable|rufnummer|gsm\b|kom[oó]rk`;
const VERBS = String.raw`(?:call|text|ring|dial|reach|appel(?:ez|er|le)|joindre|ruf\p{L}*|erreich\p{L}*|ll[aá]m\p{L}*|chiam\p{L}*|lig(?:a|ue|ar)|bel|ringa?|zadzwo\p{L}*)(?: sie)?[ -](?:me|us|him|her|them|mich|uns|moi|nous|mi|nos|on|at|al|le|el|op|p[åa]|pod|para|o|unter|back)\b`;
const UNSPACED = String.raw`тел|моб|звон|電話|携帯|电话|手机|전화|휴대폰|هاتف|جوال|फ़ोन|फोन|मोबाइल|โทร`;
const GAP_CHARS = 28;
const ANNOUNCED = new RegExp(
  String.raw`(?:(?<![\p{L}_])(?:${NOUNS}|${VERBS})|${UNSPACED})\.?(?:[^\d\n.!?]|\.(?! )){0,${GAP_CHARS}}$`,
  'iu',
);
const ANNOUNCEMENT_CHARS = 56;

/** How many characters from `start`, where a number begins, are a telephone number; 0: none. */
export function phoneLength(text: string, start: number): number {
  RUN.lastIndex = start;
  const run = RUN.exec(text)?.[0] ?? '';
  // A number may be followed by another: the longest beginning that fits is it.
  const end = endsOfGroups(run).findLast((candidate) => {
    const number = run.slice(0, candidate);
    if (DATE.test(number) || GOES_ON.test(text.slice(start + candidate, start + candidate + 8))) return false;
    return SHAPE.test(number) || (!AMBIGUOUS.test(number) && isAnnounced(text, start));
  });
  return end ?? 0;
}

/** Where groups of digits end that make, with all before them, as many digits as a telephone number has. */
function endsOfGroups(run: string): readonly number[] {
  const ends: number[] = [];
  let digits = 0;
  for (let i = 0; i < run.length; i++) {
    if (!isDigit(run.charCodeAt(i))) continue;
    digits++;
    if (digits >= DIGITS.min && digits <= DIGITS.max && !isDigit(run.charCodeAt(i + 1))) ends.push(i + 1);
  }
  return ends;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function isAnnounced(text: string, start: number): boolean {
  // In a list of numbers another stands between this one and any word: the costly pattern is spared there.
  for (let i = start - 1; i >= 0 && !/[A-Za-z\u00c0-\uffff]/.test(text.charAt(i)); i--) {
    if (isDigit(text.charCodeAt(i)) || start - i > GAP_CHARS) return false;
  }
  return ANNOUNCED.test(text.slice(Math.max(0, start - ANNOUNCEMENT_CHARS), start));
}

const SHAPES = [
  // International, +49 (0)30 1234567; grouped by three and dots it is a figure with a sign.
  String.raw`\(?\+\(?(?!\d{1,3}(?:\.\d{3}){1,2}$)[1-9](?:\D{0,4}\d){8,14}`,
  String.raw`00 ?[1-9]\d{0,3}\D(?:\D{0,4}\d){6,12}`,
  // An area code in parentheses, (11) 91234-5678, also after a trunk prefix; a year in parentheses is none.
  String.raw`(?:[178] ?)?\((?!(?:19|20)\d\d\))(?:0|\d{2,5})\)\D?(?:\D{0,3}\d){6,9}`,
  // North America, 415-555-0132: with spaces alone these are three figures.
  String.raw`(?:1[-. ])?[2-9]\d\d[-./][2-9]\d\d[-. ]\d{4}|1[-. ][2-9]\d\d[-. ][2-9]\d\d[-. ]\d{4}`,
  // A trunk zero and two groups or more, 0171/2345678, 06 12 34 56 78.
  String.raw`(?=(?:\D*\d){9,12}$)\(?0[1-9]\d{0,4}\)?(?: ?[-/.] ?| )(?:\d{2,9}(?:[- ./]|$)){1,4}`,
];
const SHAPE = new RegExp(`^(?:${SHAPES.join('|')})$`);

/** Announced or not: two years, a decimal number, an ISBN. */
const AMBIGUOUS = /^(?:(?:19|20)\d\d\D{1,3}(?:19|20)\d\d|\d+\.\d+|97[89](?:\D?\d){10})$/;
