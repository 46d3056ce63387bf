/** Loads undici when it is first needed, and without a trace in the process. */
import type * as undici from 'undici';

export type Undici = typeof undici;

let loading: Promise<Undici> | undefined;

/**
 * Whichever undici is loaded first, Node's own or the one of npm, makes itself the dispatcher behind `fetch` for the whole process.
 * Looking at `Headers` loads Node's: the application's `fetch` stays what it was.
 */
export function loadUndici(): Promise<Undici> {
  Reflect.get(globalThis, 'Headers');
  return (loading ??= import('undici'));
}
