/** Conversations: interactions of one session, the one that was spoken in last at the top. */
import { useSignal } from '@preact/signals';
import type { SessionSummary } from '../../page-contract.ts';
import { hrefTo, parameter } from '../address.ts';
import { get } from '../api.ts';
import { count, fullMoment, moment, shortCount } from '../format.ts';
import { Search } from '../parts/filter-bar.tsx';
import { Link } from '../parts/link.tsx';
import { Await, Empty } from '../parts/state.tsx';
import { useAnswer } from '../use-answer.ts';

const REFRESH_MS = 2_000;

export function ConversationsView() {
  const parameters = { org: parameter('org'), mode: parameter('mode'), search: parameter('search') };
  const question = JSON.stringify(parameters);
  const answered = useAnswer(question, (signal) => get('conversations', parameters, signal), REFRESH_MS);
  return (
    <section class="list-pane" aria-label="List of conversations">
      <h1 class="hidden">Conversations</h1>
      <div class="filters" role="search">
        <Search label="Search conversations" />
      </div>
      <Await answered={answered}>
        {({ sessions, next }) =>
          sessions.length === 0 ? (
            <Empty title="No conversations">
              <p>Interactions with a session id appear here, one conversation each.</p>
            </Empty>
          ) : (
            <Sessions key={question} first={sessions} next={next} parameters={parameters} />
          )
        }
      </Await>
    </section>
  );
}

function Sessions(props: {
  first: SessionSummary[];
  next: string | null;
  parameters: Record<string, string | undefined>;
}) {
  const older = useSignal<{ rows: SessionSummary[]; next: string | null } | undefined>(undefined);
  const ids = new Set(props.first.map(({ sessionId }) => sessionId));
  const rows = [...props.first, ...(older.value?.rows ?? []).filter(({ sessionId }) => !ids.has(sessionId))];
  const next = older.value ? older.value.next : props.next;
  const more = async (after: string): Promise<void> => {
    const page = await get('conversations', { ...props.parameters, after });
    older.value = { rows: [...(older.value?.rows ?? []), ...page.sessions], next: page.next };
  };
  return (
    <>
      <ol class="rows">
        {rows.map((session) => (
          <li key={session.sessionId}>
            <Link class="row" href={hrefTo(`/conversations/${encodeURIComponent(session.sessionId)}`)} data-row="">
              <span class={`dot ${session.failed > 0 ? 'failed' : ''}`} />
              <span class="row-text">
                <strong>{session.firstPrompt || <em>no prompt</em>}</strong>
                <span class="mono">{session.sessionId}</span>
              </span>
              <span class="row-model">{session.user && <span class="row-user">{session.user}</span>}</span>
              <span class="row-turns number">
                {count(session.interactions)} {session.interactions === 1 ? 'turn' : 'turns'}
              </span>
              <span class="row-tokens number">{session.tokens === null ? '' : shortCount(session.tokens)}</span>
              <span class="row-time number failed-text">{session.failed > 0 && `${count(session.failed)} failed`}</span>
              <time class="number faint" dateTime={session.lastAt} title={fullMoment(session.lastAt)}>
                {moment(session.lastAt)}
              </time>
            </Link>
          </li>
        ))}
      </ol>
      {next && (
        <button type="button" class="quiet more" onClick={() => void more(next)}>
          Show older
        </button>
      )}
    </>
  );
}
