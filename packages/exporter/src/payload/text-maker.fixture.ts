/** Made-up texts for tests: all from a seed, so that a figure can be had again. */

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const DIGITS = '0123456789';
export const HEX = `${DIGITS}abcdef`;
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
export const ALPHANUMERIC = `${DIGITS}${LETTERS}${LETTERS.toUpperCase()}`;

export class Maker {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }
  integer(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }
  of<T>(list: readonly T[]): T {
    const item = list[this.integer(0, list.length - 1)];
    if (item === undefined) throw new Error('Expected a list with items, got an empty one.');
    return item;
  }
  chars(length: number, alphabet: string): string {
    return Array.from({ length }, () => alphabet.charAt(this.integer(0, alphabet.length - 1))).join('');
  }
  /** `#` becomes a digit, `N` one from 2 to 9. */
  digits(pattern: string): string {
    return pattern.replace(/[#N]/g, (place) => String(place === '#' ? this.integer(0, 9) : this.integer(2, 9)));
  }
  /** At least one digit and one letter, as keys of that length nearly always have. */
  key(length: number, alphabet = ALPHANUMERIC): string {
    return `${this.chars(length - 2, alphabet)}${this.chars(1, 'abcdef')}${this.chars(1, DIGITS)}`;
  }
}
