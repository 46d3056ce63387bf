/** One conversation, as it was held: who said what, one turn after the other. */
import type { InteractionSummary } from '../../page-contract.ts';
import { hrefTo, parameter } from '../address.ts';
import { get } from '../api.ts';
import { count, duration, fullMoment } from '../format.ts';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { StepOutline } from '../parts/step-outline.tsx';
import { Await, Empty } from '../parts/state.tsx';
import { useAnswer } from '../use-answer.ts';

const REFRESH_MS = 1_000;
const MAX_TURNS = 200;

export function ConversationView({ sessionId }: { sessionId: string }) {
  const parameters = {
    org: parameter('org'),
    mode: parameter('mode'),
    session: sessionId,
    order: 'oldest',
    limit: String(MAX_TURNS),
  };
  const answered = useAnswer(
    JSON.stringify(parameters),
    (signal) => get('interactions', parameters, signal),
    REFRESH_MS,
  );
  return (
    <article class="conversation-view" aria-label="Conversation">
      <div class="detail-bar">
        <Link
          class="ghost"
          href={hrefTo('/conversations')}
          data-back=""
          aria-label="Back to the conversations"
          title="Back (Esc)"
        >
          <Icon name="back" />
        </Link>
        <h1 class="mono">{sessionId}</h1>
      </div>
      <Await answered={answered}>
        {({ interactions, next }) =>
          interactions.length === 0 ? (
            <Empty title="Nothing was said here" />
          ) : (
            <>
              <p class="faint">{summaryOf(interactions)}</p>
              <ol class="turns">
                {interactions.map((interaction) => (
                  <Turn key={interaction.id} interaction={interaction} />
                ))}
              </ol>
              {next && (
                <p class="faint">
                  The first {count(MAX_TURNS)} turns.{' '}
                  <Link href={hrefTo('/', { session: sessionId })}>All of them as a list</Link>
                </p>
              )}
            </>
          )
        }
      </Await>
    </article>
  );
}

function Turn({ interaction }: { interaction: InteractionSummary }) {
  const { id, prompt, answer, model, tokens, responseTimeMs, failed, errorType, createdAt, stepCount } = interaction;
  return (
    <li class="turn">
      <p class="said by-user">{prompt || <em>no prompt</em>}</p>
      <Link class={`said by-model ${failed ? 'failed' : ''}`} href={hrefTo(`/interactions/${id}`)} data-row={id}>
        <span class="said-text">{answer || errorType || <em>no answer</em>}</span>
        <span class="said-facts">
          {model && <span class="tag">{model}</span>}
          <span class="number">{duration(responseTimeMs)}</span>
          {tokens !== null && <span class="number">{count(tokens)} tokens</span>}
          {stepCount > 0 && <StepOutline interaction={interaction} />}
          <time class="faint" dateTime={createdAt}>
            {fullMoment(createdAt)}
          </time>
        </span>
      </Link>
    </li>
  );
}

function summaryOf(interactions: readonly InteractionSummary[]): string {
  const tokens = interactions.reduce((sum, one) => sum + (one.tokens ?? 0), 0);
  const user = interactions.find((one) => one.user)?.user;
  return [`${count(interactions.length)} turns`, `${count(tokens)} tokens`, ...(user ? [user] : [])].join(' · ');
}
