/** The name that somebody may have meant. */

/** One letter wrong, missing, too many or swapped with its neighbour; case and separators don't count. */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  const folded = fold(given);
  for (const name of names) if (fold(name) === folded) return name;
  for (const name of names) if (isOneEditApart(folded, fold(name))) return name;
  return undefined;
}

const fold = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

function isOneEditApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let i = 0;
  while (i < short.length && short[i] === long[i]) i += 1;
  if (long.length > short.length) return short.slice(i) === long.slice(i + 1);
  const isSwapped = short[i] === long[i + 1] && short[i + 1] === long[i] && short.slice(i + 2) === long.slice(i + 2);
  return isSwapped || short.slice(i + 1) === long.slice(i + 1);
}
