/** Tells open pages that something of their organisation has changed. What changed they ask for themselves, with their own filters. */

/** A page is one; more is a leak or an attack. */
const MAX_LISTENERS = 200;

export interface LiveListener {
  /** `true` as soon as there was a change since the last call; `false` when there was none for so long, or after `close()`. */
  changed(patienceMs: number): Promise<boolean>;
  close(): void;
}

export class LiveFeed {
  readonly #listeners = new Map<symbol, { orgId: string; tell: () => void }>();

  get size(): number {
    return this.#listeners.size;
  }

  /** `undefined` when there are too many already. */
  listen(orgId: string): LiveListener | undefined {
    if (this.#listeners.size >= MAX_LISTENERS) return undefined;
    const id = Symbol();
    // Changes between two calls become one: a page that is slow misses none, and holds nothing up.
    let hasChanged = false;
    let wake: (() => void) | undefined;
    this.#listeners.set(id, {
      orgId,
      tell: () => {
        hasChanged = true;
        wake?.();
      },
    });
    return {
      changed: async (patienceMs) => {
        if (!hasChanged && this.#listeners.has(id)) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, patienceMs);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        const changed = hasChanged;
        hasChanged = false;
        return changed;
      },
      close: () => {
        this.#listeners.delete(id);
        wake?.();
      },
    };
  }

  changed(orgId: string): void {
    for (const listener of this.#listeners.values()) if (listener.orgId === orgId) listener.tell();
  }
}
