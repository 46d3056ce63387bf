/** How many characters, from a place where one may begin, are an IBAN, a payment card or an IP address; 0: none. */

/** Countries and the lengths of their IBANs (ISO 13616 registry, release 99). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27GT28' +
    'HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NI28NL18NO15OM23PK24PL28' +
    'PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20'
  )
    .match(/[A-Z]{2}\d{2}/g)
    ?.map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

export function ibanLength(text: string, start: number): number {
  const length = IBAN_LENGTHS.get(text.slice(start, start + 2).toUpperCase()) ?? 0;
  let iban = '';
  let end = start;
  for (; iban.length < length; end++) {
    const char = text.charAt(end);
    if (/[A-Za-z\d]/.test(char)) iban += char.toUpperCase();
    else if (!/[ \u00a0-]/.test(char) || !/[A-Za-z\d]/.test(text.charAt(end - 1))) return 0;
  }
  return length > 0 && !/[A-Za-z\d]/.test(text.charAt(end)) && hasCheckDigits(iban) ? end - start : 0;
}

/** ISO 7064, MOD 97-10: letters count from A = 10, the first four characters last. */
const hasCheckDigits = (iban: string): boolean =>
  Array.from(iban.slice(4) + iban.slice(0, 4)).reduce((rest, char) => {
    const value = parseInt(char, 36);
    return (rest * (value > 9 ? 100 : 10) + value) % 97;
  }, 0) === 1;

/** Issuers, and how many digits their cards have. */
const CARDS: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [16, 19]], // Visa; of its old thirteen digits every tenth bar code (EAN-13) would be one
  [/^(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))/, [16]], // Mastercard
  [/^3[47]/, [15]], // American Express
  [/^(?:6011|64[4-9]|65)/, [16]], // Discover
  [/^35(?:2[89]|[3-8])/, [16]], // JCB
  [/^3(?:0[0-5]|[689])/, [14]], // Diners Club
  [/^62/, [16, 17, 18, 19]], // UnionPay
  [/^(?:5018|5020|5038|6304|6759|676[1-3])/, [16, 18, 19]], // Maestro
];
/** Of `4111 1111 1111 1111 123` the last group is more often the security code than digits of the card. */
const BY_FOUR = '4111 1111 1111 1111'.length;

export const cardLength = (text: string, start: number, found: number): number =>
  [found, BY_FOUR].find((length) => length <= found && isCard(text.slice(start, start + length).replace(/\D/g, ''))) ??
  0;

const isCard = (digits: string): boolean =>
  CARDS.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length)) && hasLuhnDigit(digits);

/** ISO/IEC 7812-1, annex B. */
const hasLuhnDigit = (digits: string): boolean =>
  Array.from(digits)
    .reverse()
    .reduce((sum, digit, i) => {
      const value = Number(digit) * (i % 2 === 0 ? 1 : 2);
      return sum + (value > 9 ? value - 9 : value);
    }, 0) %
    10 ===
  0;

/** Loopback, unspecified, masks and networks are nobody's address; four single digits count sections (or are a public resolver, 8.8.8.8). */
export const ipv4Length = (text: string, start: number, found: number): number =>
  /^(?:0|127|255)\.|\.0$|^\d(?:\.\d){3}$/.test(text.slice(start, start + found)) ? 0 : found;

export function ipv6Length(text: string, start: number, found: number): number {
  const address = text.slice(start, start + found).replace(/(?<!:):$/, ''); // a colon of the sentence
  const groups = address.split(':').filter((group) => group !== '').length;
  const gaps = address.match(/::+/g) ?? [];
  return (gaps.length === 0 && groups === 8) || (gaps.length === 1 && gaps[0] === '::' && groups < 8)
    ? address.length
    : 0;
}
