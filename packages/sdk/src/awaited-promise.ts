/** A promise that nobody has to look at: it rejects nowhere but where somebody waits for it, and keeps the process alive only then. */
import { MAX_TIMER_MS } from './clock.ts';

/**
 * `await`, `then` and what is built on them (`Promise.all`, …) count as waiting; `catch` alone does not. A caller who awaits inside a
 * function that nobody awaits can't be told from one who is awaited.
 */
export class AwaitedPromise<T> extends Promise<T> {
  #whenAwaited: () => void = () => undefined;

  static of<T>(work: Promise<T>): AwaitedPromise<T> {
    let release: () => void = () => undefined;
    let isSettled = false;
    const settled = () => {
      isSettled = true;
      release();
    };
    const promise = new AwaitedPromise<T>((resolve, reject) => {
      void work.finally(settled).then(resolve, reject);
    });
    promise.#whenAwaited = () => {
      if (isSettled) return;
      release();
      const timer = setInterval(() => undefined, MAX_TIMER_MS);
      release = () => clearInterval(timer);
    };
    // A rejection that nobody hears must not end the application.
    promise.catch(() => undefined);
    return promise;
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const next = super.then(onFulfilled, onRejected);
    if (typeof onFulfilled === 'function') this.#whenAwaited();
    else if (next instanceof AwaitedPromise) next.#whenAwaited = this.#whenAwaited;
    return next;
  }
}
