/** The list of interactions, live, with its filters; beside it the one that is opened. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { InteractionList, InteractionSummary } from '../../page-contract.ts';
import { get, type Parameters } from '../api.ts';
import { count } from '../format.ts';
import { asked, FilterBar, hasFilters, listFilters } from '../parts/filter-bar.tsx';
import { InteractionRow } from '../parts/interaction-row.tsx';
import { Await, Empty } from '../parts/state.tsx';
import { useAnswer } from '../use-answer.ts';
import { InteractionView } from './interaction.tsx';
import { QuickStart } from './quick-start.tsx';

/** A list that moves more often is harder to read, not newer. */
const REFRESH_MS = 700;
/** The browser keeps each row; whoever wants to see more than this wants a filter. */
const MAX_ROWS = 2_000;

export function InteractionsView({ opened }: { opened: string | undefined }) {
  const filters = listFilters();
  const question = JSON.stringify(filters);
  const newest = useAnswer(question, (signal) => get('interactions', asked(filters), signal), REFRESH_MS);
  return (
    <div class={`split ${opened ? 'has-opened' : ''}`}>
      <h1 class="hidden">Interactions</h1>
      <section class="list-pane" aria-label="List of interactions">
        <FilterBar />
        <Await answered={newest}>
          {(list) => <Rows key={question} newest={list} filters={filters} opened={opened} isFresh={newest.isFresh} />}
        </Await>
      </section>
      {opened && <InteractionView id={opened} />}
    </div>
  );
}

interface RowsProps {
  newest: InteractionList;
  filters: Parameters;
  opened: string | undefined;
  isFresh: boolean;
}

function Rows({ newest, filters, opened, isFresh }: RowsProps) {
  /** Where the last page that was asked for ended; `undefined`: there is only the first page. */
  const cursor = useSignal<string | null | undefined>(undefined);
  const isAsking = useSignal(false);
  /** What was shown the last time: what has left the first page since is taken from there. */
  const shown = useRef<InteractionSummary[]>([]);
  const seen = useRef<ReadonlySet<number> | undefined>(undefined);

  // More than a page may have come at once: then there is a gap, and the older pages begin anew.
  const known = new Set(shown.current.map(({ id }) => id));
  const isContinued = cursor.value !== undefined && newest.interactions.some(({ id }) => known.has(id));
  const rows = isContinued ? joined(newest.interactions, shown.current) : newest.interactions;
  const next = isContinued ? cursor.value : newest.next;
  // A row is new when it was not there the last time; the first time none is.
  const seenBefore = seen.current;
  useEffect(() => {
    shown.current = rows;
    if (isFresh) seen.current = new Set(rows.map(({ id }) => id));
    if (!isContinued) cursor.value = undefined;
  });

  const more = async (): Promise<void> => {
    if (!next || isAsking.value) return;
    isAsking.value = true;
    try {
      const page = await get('interactions', { ...asked(filters), after: next });
      shown.current = joined(rows, page.interactions);
      cursor.value = page.next;
    } finally {
      isAsking.value = false;
    }
  };

  if (rows.length === 0) {
    return hasFilters() ? <Empty title="Nothing fits these filters" /> : <QuickStart />;
  }
  return (
    <>
      <ol class="rows">
        {rows.map((row) => (
          <li key={row.id}>
            <InteractionRow
              interaction={row}
              isOpened={String(row.id) === opened}
              isNew={seenBefore !== undefined && !seenBefore.has(row.id)}
            />
          </li>
        ))}
      </ol>
      {next && rows.length < MAX_ROWS && (
        <button type="button" class="quiet more" disabled={isAsking.value} onClick={() => void more()}>
          Show older
        </button>
      )}
      {next && rows.length >= MAX_ROWS && (
        <p class="faint more">The newest {count(rows.length)}. Narrow the filters to see older ones.</p>
      )}
    </>
  );
}

function joined(newest: readonly InteractionSummary[], older: readonly InteractionSummary[]): InteractionSummary[] {
  const ids = new Set(newest.map(({ id }) => id));
  return [...newest, ...older.filter(({ id }) => !ids.has(id))];
}
