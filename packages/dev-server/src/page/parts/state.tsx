/** What stands where there is nothing to show: not yet, not at all, or not to be had. */
import type { ComponentChildren } from 'preact';
import type { Answered } from '../use-answer.ts';

/** Its children as soon as there is an answer; until then, or when there is none, the reason. */
export function Await<Answer>(props: { answered: Answered<Answer>; children: (data: Answer) => ComponentChildren }) {
  const { data, error } = props.answered;
  if (error) {
    return (
      <div class="notice failed" role="alert">
        <strong>{error.status === 404 ? 'Not here' : 'That did not work'}</strong>
        <p>{error.message}</p>
      </div>
    );
  }
  if (data === undefined) return <div class="loading" role="status" aria-label="Loading" />;
  return <>{props.children(data)}</>;
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}
