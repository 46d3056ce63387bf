/** Free keys and values as a table; what is nested is shown as JSON. */

export function Facts({ label, values }: { label: string; values: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <section class="facts" aria-label={label}>
      <h3>{label}</h3>
      <dl>
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value, null, isNested(value) ? 2 : 0)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const isNested = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).some((item) => typeof item === 'object' && item !== null);
