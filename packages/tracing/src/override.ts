/**
 * Members of an object are replaced on the object itself. It stays the one that its library made: same identity, same class, same private fields,
 * where a wrapper or a proxy would have to imitate them.
 */

export type Call = (args?: readonly unknown[]) => unknown;

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** `undefined` where there is none, and where its getter throws. */
export function member(value: unknown, name: PropertyKey): unknown {
  try {
    return isObject(value) ? Reflect.get(value, name) : undefined;
  } catch {
    return undefined;
  }
}

export const isMethod = (value: unknown, name: PropertyKey): boolean => typeof member(value, name) === 'function';

/** Puts `replace` in front of a method: `call` calls the method that was there, with the same arguments or others. `false` where it can't be. */
export function overrideMethod(
  target: object,
  name: PropertyKey,
  replace: (call: Call, args: readonly unknown[]) => unknown,
): boolean {
  const original = member(target, name);
  if (typeof original !== 'function') return false;
  return Reflect.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...given: readonly unknown[]) {
      return replace((args = given) => Reflect.apply(original, this, args) as unknown, given);
    },
  });
}

/** Puts `replace` behind a getter. `false` where there is none. */
export function overrideGetter(target: object, name: PropertyKey, replace: (value: unknown) => unknown): boolean {
  let holder: object | null = target;
  while (holder !== null && !Object.hasOwn(holder, name)) holder = Reflect.getPrototypeOf(holder);
  const original = holder === null ? undefined : member(Reflect.getOwnPropertyDescriptor(holder, name), 'get');
  if (typeof original !== 'function') return false;
  return Reflect.defineProperty(target, name, {
    configurable: true,
    get(this: unknown) {
      return replace(Reflect.apply(original, this, []) as unknown);
    },
  });
}
