/** The end of the process: what is complete is delivered when it exits, fails, ends naturally or gets a signal. */
import { isMainThread } from 'node:worker_threads';
import { listenForSignals } from './signals.ts';

/** What one part of the product does when the process ends. */
export interface ExitMember {
  /** Finishes, synchronously, everything that is not yet handed to delivery. */
  drain(): void;
  /** Delivers what is queued, synchronously, in at most so many milliseconds, and counts the rest. */
  deliverAtExit(timeoutMs: number): void;
  /** Delivers what is queued while the event loop still runs. */
  flush(): Promise<unknown>;
  /** Milliseconds that the end of the process may be delayed; 0: not at all, no hook is installed. */
  readonly exitTimeoutMs: number;
}

/** A natural end that is announced again so soon after the last is the same one: nothing else has happened meanwhile. */
const SAME_END_MS = 100;

/**
 * One registry for the process, however many copies of this package it holds (ESM and CommonJS, two versions): each would take the other's
 * signal listener for the application's, and neither would end the process. So `Registry` and `ExitMember` are a protocol between versions.
 */
const REGISTRY = Symbol.for('huggingplace.exit-registry');

interface Registry {
  add(member: ExitMember): void;
  delete(member: ExitMember): void;
}

/** Returns the function that takes the member's hooks back. */
export function installExitHooks(member: ExitMember): () => void {
  if (member.exitTimeoutMs === 0) return () => undefined;
  const registry = (Reflect.get(globalThis, REGISTRY) as Registry | undefined) ?? new ExitRegistry();
  registry.add(member);
  return () => registry.delete(member);
}

class ExitRegistry implements Registry {
  readonly #members = new Set<ExitMember>();
  #uninstall: (() => void) | undefined;
  /** What a natural end has already used of its time, and when. */
  #naturalEnd = { usedMs: 0, atMs: -Infinity };

  constructor() {
    Object.defineProperty(globalThis, REGISTRY, { value: this });
  }

  add(member: ExitMember): void {
    this.#members.add(member);
    this.#uninstall ??= this.#install();
  }

  delete(member: ExitMember): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#uninstall?.();
    this.#uninstall = undefined;
  }

  #install(): () => void {
    const onExit = () => this.#deliver(this.#timeoutMs() - this.#usedByNaturalEnd());
    const onBeforeExit = () => void this.#flushBeforeExit();
    process.on('exit', onExit);
    process.on('beforeExit', onBeforeExit);
    // Signals reach the main thread only.
    const stopListening = isMainThread
      ? listenForSignals({ flush: () => this.#flush(), end: () => this.#deliver(0) })
      : () => undefined;
    return () => {
      process.off('exit', onExit);
      process.off('beforeExit', onBeforeExit);
      stopListening();
    };
  }

  #timeoutMs(): number {
    return Math.max(0, ...[...this.#members].map(({ exitTimeoutMs }) => exitTimeoutMs));
  }

  /** What waits for an outage to end is given its time here, where the event loop still runs, rather than in the exit worker. */
  async #flushBeforeExit(): Promise<void> {
    if (this.#usedByNaturalEnd() > 0) return; // nothing has happened since: the process ends
    const startMs = performance.now();
    await this.#flush();
    const nowMs = performance.now();
    this.#naturalEnd = { usedMs: nowMs - startMs, atMs: nowMs };
  }

  #usedByNaturalEnd(): number {
    return performance.now() - this.#naturalEnd.atMs < SAME_END_MS ? this.#naturalEnd.usedMs : 0;
  }

  async #flush(): Promise<void> {
    for (const member of this.#members) quietly(() => member.drain());
    let timer: NodeJS.Timeout | undefined;
    const isOver = new Promise((resolve) => (timer = setTimeout(resolve, this.#timeoutMs())));
    await Promise.race([Promise.allSettled([...this.#members].map(async (member) => member.flush())), isOver]);
    clearTimeout(timer);
  }

  #deliver(timeoutMs: number): void {
    const deadlineMs = performance.now() + timeoutMs;
    for (const member of this.#members) {
      quietly(() => member.drain());
      quietly(() => member.deliverAtExit(Math.max(0, deadlineMs - performance.now())));
    }
  }
}

/** The process is ending: its exit code and stack must stay what they are, and nobody is left to tell. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // As above.
  }
}
