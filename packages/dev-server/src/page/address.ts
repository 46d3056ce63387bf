/** Where the page is: the address bar is the only state that a reload keeps, so every view, filter and opened row stands in it. */
import { signal } from '@preact/signals';

export interface Address {
  path: string;
  query: URLSearchParams;
}

const read = (): Address => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const address = signal(read());

addEventListener('popstate', () => {
  address.value = read();
});

/** @param replace no new entry in the history: for what changes with each key */
export function go(href: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  address.value = read();
}

/** What stays when the view changes. */
const GLOBAL = ['org', 'mode'];

/** An address with these parameters; `undefined` and `''` leave one out. The organisation and the mode stay as they are. */
export function hrefTo(path: string, parameters: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const name of GLOBAL) {
    const value = address.value.query.get(name);
    if (value) query.set(name, value);
  }
  return `${path}${withParameters(query, parameters)}`;
}

/** The present address with some parameters changed. */
export const hrefWith = (parameters: Record<string, string | undefined>): string =>
  `${address.value.path}${withParameters(new URLSearchParams(address.value.query), parameters)}`;

function withParameters(query: URLSearchParams, parameters: Record<string, string | undefined>): string {
  for (const [name, value] of Object.entries(parameters)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Another view with every parameter of this one: the list beside an opened row keeps its filters. */
export const hrefKeeping = (path: string): string =>
  `${path}${withParameters(new URLSearchParams(address.value.query), {})}`;

/** One parameter of the address; `undefined` where it has none. */
export const parameter = (name: string): string | undefined => address.value.query.get(name) ?? undefined;
