/**
 * Which records this process has sent lately: the same parts may be registered twice (processor and exporter, hot reload, ESM and CommonJS copies).
 * The set is shared by all copies of this module.
 */

/** Some 150 bytes each: 1.5 MB. */
const MAX_RECENT = 10_000;
const KEY = Symbol.for('huggingplace.recent-records');

/** Remembers the record; true where it is remembered already. */
export function isRecentlySent(record: string): boolean {
  const recent = sharedSet();
  if (recent.has(record)) return true;
  recent.add(record);
  if (recent.size > MAX_RECENT)
    for (const oldest of recent) {
      recent.delete(oldest);
      break;
    }
  return false;
}

function sharedSet(): Set<unknown> {
  const shared: unknown = Reflect.get(globalThis, KEY);
  if (shared instanceof Set) return shared;
  const own = new Set<unknown>();
  Reflect.set(globalThis, KEY, own);
  return own;
}
