/** An interaction as one row of a list. */
import type { InteractionSummary } from '../../page-contract.ts';
import { hrefKeeping } from '../address.ts';
import { duration, fullMoment, moment, shortCount } from '../format.ts';
import { Link } from './link.tsx';
import { StepOutline } from './step-outline.tsx';

export function InteractionRow({
  interaction,
  isOpened,
  isNew,
}: {
  interaction: InteractionSummary;
  isOpened: boolean;
  isNew: boolean;
}) {
  const { id, prompt, answer, model, tokens, responseTimeMs, failed, errorType, createdAt, mode, user, stepCount } =
    interaction;
  return (
    <Link
      class={`row ${isNew ? 'new' : ''}`}
      href={hrefKeeping(`/interactions/${id}`)}
      data-row={id}
      aria-current={isOpened ? 'true' : undefined}
    >
      <span class={`dot ${failed ? 'failed' : ''}`} title={failed ? `Failed: ${errorType ?? ''}` : 'Answered'}>
        <span class="hidden">{failed ? 'Failed' : 'Answered'}</span>
      </span>
      <span class="row-text">
        <strong>{prompt || <em>no prompt</em>}</strong>
        <span>{answer || (failed ? errorType : '')}</span>
      </span>
      <span class="row-model">
        {model && <span class="tag">{model}</span>}
        {mode === 'dev' && <span class="tag dev">dev</span>}
        {user && <span class="row-user">{user}</span>}
      </span>
      <span class="row-outline" title={`${stepCount} ${stepCount === 1 ? 'step' : 'steps'}`}>
        {stepCount > 0 && <StepOutline interaction={interaction} />}
      </span>
      <span class="row-tokens number">{tokens === null ? '' : shortCount(tokens)}</span>
      <span class="row-time number">{duration(responseTimeMs)}</span>
      <time class="number faint" dateTime={createdAt} title={fullMoment(createdAt)}>
        {moment(createdAt)}
      </time>
    </Link>
  );
}
