/** Filters of a reader → a WHERE clause. Columns come from a fixed list, values and free keys only ever as parameters. */
import { folded } from './derived.ts';
import { storableText } from './storable.ts';

export interface Filters {
  search?: string | undefined;
  /** `YYYY-MM-DD`, UTC, both days inclusive. */
  startDate?: string | undefined;
  endDate?: string | undefined;
  /** ISO 8601, inclusive and exclusive. */
  from?: string | undefined;
  to?: string | undefined;
  /** Further `key=value` filters: a column of the list below, else a key of `metaData` or `user_meta_data`. */
  further?: readonly (readonly [key: string, value: string])[];
}

const FILTER_COLUMNS = new Map([
  ['mode', 'mode'],
  ['user_id', 'user_uuid'],
  ['user_uuid', 'user_uuid'],
  ['session_id', 'session_id'],
  ['message_id', 'message_id'],
  ['org_uuid', 'org_uuid'],
  ['llm_model', 'llm_model'],
  ['llm_model2', 'llm_model2'],
  ['file_name', 'file_name'],
  ['mapping_table', 'mapping_table'],
  ['error_type', 'error_type'],
  ['failed', 'failed::text'],
]);

export interface Conditions {
  /** Never empty: it begins with the organisation. */
  where: string;
  parameters: unknown[];
  /** Adds a value, and gives the placeholder that stands for it. */
  parameter: (value: unknown) => string;
}

export function filterConditions(orgId: string, { further = [], ...filters }: Filters): Conditions {
  const parameters: unknown[] = [];
  const parameter = (value: unknown): string =>
    `$${parameters.push(typeof value === 'string' ? storableText(value) : value)}`;
  const conditions = [`org_id = ${parameter(orgId)}`];

  if (filters.search) conditions.push(`search_text LIKE ${parameter(`%${escaped(folded(filters.search))}%`)}`);
  if (filters.startDate)
    conditions.push(`created >= ${parameter(filters.startDate)}::date::timestamp AT TIME ZONE 'UTC'`);
  if (filters.endDate)
    conditions.push(`created < (${parameter(filters.endDate)}::date + 1)::timestamp AT TIME ZONE 'UTC'`);
  if (filters.from) conditions.push(`created >= ${parameter(filters.from)}::timestamptz`);
  if (filters.to) conditions.push(`created < ${parameter(filters.to)}::timestamptz`);
  for (const [key, value] of further) {
    const column = FILTER_COLUMNS.get(key);
    const wanted = parameter(value);
    if (column) conditions.push(`${column} = ${wanted}`);
    else conditions.push(`filter_terms @> ARRAY[filter_term(${parameter(key)}, ${wanted})]`);
  }
  return { where: conditions.join(' AND '), parameters, parameter };
}

/** `%`, `_` and `\` stand for themselves. */
const escaped = (search: string): string => search.replace(/[\\%_]/g, '\\$&');
