/** What waits, each until a time of its own. */
export class Deadlines<T> {
  readonly #atMs = new Map<T, number>();
  /** No later than the first deadline: what is deleted does not move it. */
  #nextMs = Infinity;

  /** `Infinity` while nothing waits; may be earlier than the first deadline, after which `takeDue` finds nothing and it is right again. */
  get nextMs(): number {
    return this.#nextMs;
  }

  get size(): number {
    return this.#atMs.size;
  }

  /** Unless it is due earlier already. */
  setBy(item: T, atMs: number): void {
    if (atMs < (this.#atMs.get(item) ?? Infinity)) this.set(item, atMs);
  }

  set(item: T, atMs: number): void {
    this.#atMs.set(item, atMs);
    this.#nextMs = Math.min(this.#nextMs, atMs);
  }

  delete(item: T): boolean {
    return this.#atMs.delete(item);
  }

  /** In the order in which they were set. */
  keys(): Iterable<T> {
    return this.#atMs.keys();
  }

  takeDue(nowMs: number): readonly T[] {
    if (nowMs < this.#nextMs) return [];
    const due: T[] = [];
    this.#nextMs = Infinity;
    for (const [item, atMs] of this.#atMs) {
      if (atMs <= nowMs) due.push(item);
      else this.#nextMs = Math.min(this.#nextMs, atMs);
    }
    for (const item of due) this.#atMs.delete(item);
    return due;
  }
}
