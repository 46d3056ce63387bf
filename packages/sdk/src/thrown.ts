/** What somebody threw, in words. Anything can be thrown, also what can not be looked at. */

export interface Thrown {
  readonly message: string;
  /** `undefined`: it is no error. */
  readonly name: string | undefined;
}

/** Never throws. */
export function describeThrown(thrown: unknown): Thrown {
  try {
    return thrown instanceof Error
      ? { message: thrown.message, name: thrown.name }
      : { message: String(thrown), name: undefined };
  } catch {
    return { message: 'an error that can not be read', name: undefined };
  }
}
