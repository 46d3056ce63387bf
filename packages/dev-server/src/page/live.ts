/** The open line to the server: it says when something has changed, and whether it is there at all. */
import { signal } from '@preact/signals';
import { apiHref } from './api.ts';

/** Counts what the server reported; whoever shows data subscribes to it. */
export const changes = signal(0);
export const isConnected = signal(false);

export function listen(org: string | undefined): () => void {
  const source = new EventSource(apiHref('live', { org }));
  let wasLost = false;
  source.addEventListener('open', () => {
    isConnected.value = true;
    // What happened while the line was down is not told again.
    if (wasLost) changes.value++;
  });
  source.addEventListener('changed', () => {
    changes.value++;
  });
  source.addEventListener('error', () => {
    isConnected.value = false;
    wasLost = true;
  });
  return () => source.close();
}
