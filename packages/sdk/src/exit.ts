/** The end of the process: what runs when it exits, ends naturally or gets a signal. Nothing here changes how it ends. */
import { isMainThread } from 'node:worker_threads';

/** What one part of the product does when the process ends. None of it may throw. */
export interface ExitMember {
  /** Finishes, synchronously, everything that is not yet handed to delivery. */
  drain(): void;
  /** Delivers what is queued, synchronously. */
  deliverAtExit(timeoutMs: number): void;
  /** The same while the event loop still runs. */
  flush(): Promise<unknown>;
  /** Milliseconds that the end of the process may be delayed; 0 switches every hook off. */
  readonly exitTimeoutMs: number;
}

/** Returns the function that takes the hooks back. */
export function installExitHooks(member: ExitMember): () => void {
  if (member.exitTimeoutMs === 0) return () => undefined;
  const onExit = () => {
    member.drain();
    member.deliverAtExit(member.exitTimeoutMs);
  };
  const onBeforeExit = () => {
    member.drain();
    void member.flush();
  };
  process.on('exit', onExit);
  if (isMainThread) process.on('beforeExit', onBeforeExit);
  return () => {
    process.off('exit', onExit);
    process.off('beforeExit', onBeforeExit);
  };
}
