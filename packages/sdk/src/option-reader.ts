/** Takes one option from the code, else from the environment, else leaves it to its default; the rules are the same for every option. */
import { diag } from '@opentelemetry/api';
import { ValidationError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Told a sentence without a full stop, and without content or keys. */
export type Warn = (message: string) => void;

export interface OptionRule {
  /** Environment variables that may hold the option, in order of precedence. */
  readonly variable?: string | readonly string[];
  /** The value is never shown: it is a key, or may hold one. */
  readonly secret?: boolean;
  /** What a wrong value of the environment leads to, for the message. Default: `it is ignored`. */
  readonly otherwise?: string;
}

interface Expectation<T> extends OptionRule {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  /** Gives the value in its final form, or `undefined` where it is not as expected. */
  readonly parse: (value: unknown) => T | undefined;
  /** The same for text of the environment; default `parse`. */
  readonly parseText?: (text: string) => T | undefined;
}

/**
 * `undefined`, `null` and `''` are unset, in code and in the environment. A wrong value in code throws a `ValidationError`;
 * a wrong one in the environment is warned of and counts as unset.
 */
export class OptionReader<Given extends object> {
  readonly #given: ReadonlyMap<string, unknown>;
  readonly #env: Environment;
  readonly #warn: Warn;

  /** @param warn told what is wrong in the environment; default: `diag.warn` */
  constructor(given: Given, env: Environment, warn: Warn = (message) => diag.warn(`huggingplace: ${message}`)) {
    this.#given = new Map(Object.entries(given));
    this.#env = env;
    this.#warn = warn;
  }

  read<T>(
    name: keyof Given & string,
    { expected, parse, parseText = parse, variable = [], secret = false, otherwise = 'it is ignored' }: Expectation<T>,
  ): T | undefined {
    const given = this.#given.get(name);
    if (given !== undefined && given !== null && given !== '') {
      const value = parse(given);
      if (value !== undefined) return value;
      throw new ValidationError(`huggingplace: option ${name}: expected ${expected}, got ${describe(given, secret)}`);
    }
    for (const key of [variable].flat()) {
      const text = this.#env[key]?.trim();
      if (text === undefined || text === '') continue;
      const value = parseText(text);
      if (value !== undefined) return value;
      this.#warn(`${key}: expected ${expected}, got ${describe(text, secret)}; ${otherwise}`);
    }
    return undefined;
  }

  text(name: keyof Given & string, rule: OptionRule = {}): string | undefined {
    return this.read(name, {
      ...rule,
      expected: 'a text',
      parse: (value) => (typeof value === 'string' ? value : undefined),
    });
  }

  integer(
    name: keyof Given & string,
    { min, max, ...rule }: OptionRule & { readonly min: number; readonly max: number },
  ): number | undefined {
    const inRange = (value: number) =>
      Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
    return this.read(name, {
      ...rule,
      expected: `a whole number from ${min} to ${max}`,
      parse: (value) => (typeof value === 'number' ? inRange(value) : undefined),
      parseText: (text) => (/^\d+$/.test(text) ? inRange(Number(text)) : undefined),
    });
  }

  flag(name: keyof Given & string, rule: OptionRule = {}): boolean | undefined {
    return this.read(name, {
      ...rule,
      expected: 'true or false',
      parse: (value) => (typeof value === 'boolean' ? value : undefined),
      parseText: (text) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined),
    });
  }

  choice<T extends string>(name: keyof Given & string, choices: readonly T[], rule: OptionRule = {}): T | undefined {
    return this.read(name, {
      ...rule,
      expected: choices.map((choice) => `"${choice}"`).join(' or '),
      parse: (value) => choices.find((choice) => choice === value),
    });
  }

  /** A function can't be looked into: what it takes and gives is checked where it is called. */
  callback<Name extends keyof Given & string>(name: Name): Extract<Given[Name], Callable> | undefined {
    return this.read(name, {
      expected: 'a function',
      parse: (value) => (typeof value === 'function' ? (value as Extract<Given[Name], Callable>) : undefined),
    });
  }

  /** An object of another library's type, known by the method that will be called on it. */
  object<Name extends keyof Given & string>(name: Name, method: string): Extract<Given[Name], object> | undefined {
    return this.read(name, {
      expected: `an object with a method ${method}()`,
      parse: (value) =>
        typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'
          ? (value as Extract<Given[Name], object>)
          : undefined,
    });
  }
}

type Callable = (...args: never[]) => unknown;

/** How a wrong value is named in a message: short, and a secret only by its kind. */
export function describe(value: unknown, secret: boolean): string {
  if (typeof value === 'string' && secret) return `a text of ${value.length} characters`;
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
