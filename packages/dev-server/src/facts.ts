/** Figures of one organisation's interactions as columns in memory: what a dashboard is worked out of. */

/** One interaction, without its texts. */
export interface Fact {
  /** Milliseconds since 1970. */
  at: number;
  mode: string;
  model: string | null;
  user: string | null;
  session: string | null;
  errorType: string | null;
  failed: boolean;
  tokens: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  responseTimeMs: number | null;
}

/** The numbers of an interaction; `NaN` where one is not known. */
export const NUMBERS = ['at', 'tokens', 'inputTokens', 'outputTokens', 'responseTimeMs'] as const;
/** Its names, each as an index into its dictionary; 0 where there is none. */
export const NAMES = ['mode', 'model', 'user', 'session', 'errorType'] as const;
type NumberColumn = (typeof NUMBERS)[number];
type NameColumn = (typeof NAMES)[number];

const FIRST_CAPACITY = 1_024;

export class Facts {
  readonly numbers: Record<NumberColumn, Float64Array>;
  readonly names: Record<NameColumn, Uint32Array>;
  readonly dictionaries: Record<NameColumn, Dictionary>;
  failed = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  constructor() {
    this.numbers = columns(NUMBERS, () => new Float64Array(FIRST_CAPACITY));
    this.names = columns(NAMES, () => new Uint32Array(FIRST_CAPACITY));
    this.dictionaries = columns(NAMES, () => new Dictionary());
  }

  get length(): number {
    return this.#length;
  }

  append(fact: Fact): void {
    if (this.#length === this.failed.length) this.#grow();
    const row = this.#length++;
    for (const column of NUMBERS) this.numbers[column][row] = fact[column] ?? NaN;
    for (const column of NAMES) this.names[column][row] = this.dictionaries[column].indexOf(fact[column]);
    this.failed[row] = Number(fact.failed);
  }

  /** Forgets all but the first `length`. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  #grow(): void {
    const capacity = this.failed.length * 2;
    for (const column of NUMBERS) {
      const grown = new Float64Array(capacity);
      grown.set(this.numbers[column]);
      this.numbers[column] = grown;
    }
    for (const column of NAMES) {
      const grown = new Uint32Array(capacity);
      grown.set(this.names[column]);
      this.names[column] = grown;
    }
    const grown = new Uint8Array(capacity);
    grown.set(this.failed);
    this.failed = grown;
  }
}

/** Each different text once, by a small number; 0 stands for none. */
export class Dictionary {
  readonly texts: (string | null)[] = [null];
  readonly #indices = new Map<string, number>();

  indexOf(text: string | null): number {
    if (text === null) return 0;
    let index = this.#indices.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.#indices.set(text, index);
    }
    return index;
  }
}

const columns = <Name extends string, Column>(names: readonly Name[], create: () => Column): Record<Name, Column> =>
  Object.fromEntries(names.map((name) => [name, create()])) as Record<Name, Column>;
