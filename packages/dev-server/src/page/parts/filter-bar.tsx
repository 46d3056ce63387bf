/** Search and filters of the list: each stands in the address, so that a link shows the same list. */
import { useEffect, useRef } from 'preact/hooks';
import { address, go, hrefWith, parameter } from '../address.ts';
import { apiHref, type Parameters } from '../api.ts';
import { Icon } from './icon.tsx';

/** Filters that stand as chips beside the search, once they are chosen elsewhere on the page. */
const CHOSEN = ['model', 'user', 'session', 'error'] as const;
const RANGES: Readonly<Record<string, number>> = {
  '15m': 900,
  '1h': 3_600,
  '24h': 86_400,
  '7d': 604_800,
  '30d': 2_592_000,
};
/** Between two keys of a fast typist. */
const TYPING_MS = 180;

/** The filters that the address holds. */
export const listFilters = (): Parameters =>
  Object.fromEntries(['org', 'mode', 'search', 'status', 'range', ...CHOSEN].map((name) => [name, parameter(name)]));

/** The same as the server takes them: "the last hour" is since some moment, each time another one. */
export function asked({ range, ...filters }: Parameters): Parameters {
  const seconds = range === undefined ? undefined : RANGES[range];
  return seconds === undefined ? filters : { ...filters, from: new Date(Date.now() - seconds * 1_000).toISOString() };
}

export const hasFilters = (): boolean => [...address.value.query.keys()].some((name) => name !== 'org');

export function FilterBar() {
  const chosen = CHOSEN.flatMap((name) => {
    const value = parameter(name);
    return value === undefined ? [] : [{ name, value }];
  });
  const download = asked(listFilters());
  return (
    <div class="filters" role="search">
      <Search />
      <div class="filter-line">
        <select
          aria-label="Result"
          value={parameter('status') ?? ''}
          onChange={(event) => go(hrefWith({ status: event.currentTarget.value }))}
        >
          <option value="">Any result</option>
          <option value="ok">Answered</option>
          <option value="failed">Failed</option>
        </select>
        <select
          aria-label="Time"
          value={parameter('range') ?? ''}
          onChange={(event) => go(hrefWith({ range: event.currentTarget.value }))}
        >
          <option value="">Any time</option>
          {Object.keys(RANGES).map((range) => (
            <option key={range} value={range}>
              Last {range}
            </option>
          ))}
        </select>
        {chosen.map(({ name, value }) => (
          <button
            key={name}
            type="button"
            class="chip"
            title={`Remove the filter ${name}`}
            onClick={() => go(hrefWith({ [name]: undefined }))}
          >
            <span class="faint">{name}</span> <span class="chip-value">{value}</span> <Icon name="close" />
          </button>
        ))}
        <span class="downloads">
          <Icon name="download" />
          <a href={apiHref('export', { ...download, format: 'json' })} download="interactions.json">
            JSON
          </a>
          <a href={apiHref('export', { ...download, format: 'csv' })} download="interactions.csv">
            CSV
          </a>
        </span>
      </div>
    </div>
  );
}

export function Search({ label = 'Search prompts, answers, users, models, steps' }: { label?: string }) {
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const search = parameter('search') ?? '';
  // The address may change behind the field's back; what is being typed is left alone.
  useEffect(() => {
    if (input.current && document.activeElement !== input.current) input.current.value = search;
  }, [search]);
  return (
    <label class="search">
      <Icon name="search" />
      <span class="hidden">{label}</span>
      <input
        ref={input}
        type="search"
        placeholder={label}
        defaultValue={search}
        maxLength={500}
        onInput={(event) => {
          const { value } = event.currentTarget;
          clearTimeout(typing.current);
          typing.current = setTimeout(() => go(hrefWith({ search: value.trim() }), { replace: true }), TYPING_MS);
        }}
      />
      <kbd>/</kbd>
    </label>
  );
}
