/**
 * SIGTERM and SIGINT: time to deliver, without changing how the process ends. Where the application listens itself, the process ends when
 * the application says so. Where it does not, the signal would have ended the process: it is raised again when everything is delivered or
 * the time is over. A second signal ends the process at once.
 */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface SignalWork {
  /** Begins to deliver; resolves when nothing more is to be gained by waiting. Must not reject. */
  flush(): Promise<void>;
  /** The process ends by the signal as soon as this returns. */
  end(): void;
}

/** Returns the function that takes the listeners back. */
export function listenForSignals(work: SignalWork): () => void {
  let isEnding = false;
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const raise = (signal: NodeJS.Signals) => {
    work.end();
    stop();
    process.kill(process.pid, signal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    const isOurs = !isHandledByApplication(signal, onSignal);
    if (isEnding && isOurs) {
      raise(signal);
      return;
    }
    isEnding ||= isOurs;
    void work.flush().then(() => {
      if (isOurs) raise(signal);
    });
  };
  // First in line: a listener that was added with `once` is gone after it ran, and would not be counted.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  return stop;
}

function isHandledByApplication(signal: NodeJS.Signals, ours: (signal: NodeJS.Signals) => void): boolean {
  const others = process.listeners(signal).filter((listener) => listener !== ours).length;
  return others > signalExitListeners();
}

/**
 * The listeners of the package signal-exit (4 and 3), in half of all processes through some dependency, are not the application's: they end
 * the process only where nobody else listens, so they wait for us, and we must not wait for them.
 */
function signalExitListeners(): number {
  const emitters: unknown[] = [
    Reflect.get(globalThis, Symbol.for('signal-exit emitter')),
    Reflect.get(process, '__signal_exit_emitter__'),
  ];
  return emitters.reduce<number>((sum, emitter) => {
    const count: unknown = typeof emitter === 'object' && emitter !== null ? Reflect.get(emitter, 'count') : 0;
    return sum + (typeof count === 'number' ? count : 0);
  }, 0);
}
