/** An answer of the server as state of a component: asked for again when the question or the data has changed. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError } from './api.ts';
import { changes } from './live.ts';

export interface Answered<Answer> {
  /** The latest one; that to the question before, while this one is on its way. */
  data: Answer | undefined;
  error: ApiError | undefined;
  isFresh: boolean;
}

/**
 * @param question what is asked, as a key: when it changes, it is asked anew
 * @param ask asks it
 * @param everyMs how often it may be asked again while data changes; `undefined`: never
 */
export function useAnswer<Answer>(
  question: string,
  ask: (signal: AbortSignal) => Promise<Answer>,
  everyMs?: number,
): Answered<Answer> {
  const state = useSignal<Answered<Answer> & { question: string }>({
    data: undefined,
    error: undefined,
    isFresh: false,
    question,
  });

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    let isStale = false;

    const run = async (): Promise<void> => {
      isAsking = true;
      isStale = false;
      try {
        const data = await ask(stop.signal);
        if (!stop.signal.aborted) state.value = { data, error: undefined, isFresh: true, question };
      } catch (error) {
        if (stop.signal.aborted) return;
        const reason = error instanceof ApiError ? error : new ApiError(0, 'The server does not answer.');
        state.value = { ...state.value, error: reason, isFresh: true, question };
      }
      // Changes that came meanwhile wait their turn, and then are asked for together.
      timer = setTimeout(() => {
        isAsking = false;
        if (isStale) void run();
      }, everyMs);
    };
    void run();
    const unsubscribe =
      everyMs === undefined
        ? undefined
        : changes.subscribe(() => {
            if (isAsking) isStale = true;
            else void run();
          });
    return () => {
      stop.abort();
      clearTimeout(timer);
      unsubscribe?.();
    };
  }, [question]);

  const { data, error, isFresh } = state.value;
  return { data, error, isFresh: isFresh && state.value.question === question };
}
