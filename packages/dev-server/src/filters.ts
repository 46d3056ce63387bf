/** Filters of a reader → a WHERE clause. Columns come from a fixed list, values and free keys only ever as parameters. */
import { folded } from './derived.ts';
import { storableText } from './storable.ts';

export interface Filters {
  search?: string | undefined;
  /** `YYYY-MM-DD`, UTC, both days inclusive. */
  start_date?: string | undefined;
  end_date?: string | undefined;
  /** Further `key=value` filters: a column of the list below, else a key of `metaData` or `user_meta_data`. */
  further: readonly (readonly [key: string, value: string])[];
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

export function filterConditions(orgId: string, filters: Filters): { where: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const parameter = (value: string): string => `$${parameters.push(storableText(value))}`;
  const conditions = [`org_id = ${parameter(orgId)}`];

  if (filters.search) conditions.push(`search_text LIKE ${parameter(`%${escaped(folded(filters.search))}%`)}`);
  if (filters.start_date)
    conditions.push(`created >= ${parameter(filters.start_date)}::date::timestamp AT TIME ZONE 'UTC'`);
  if (filters.end_date)
    conditions.push(`created < (${parameter(filters.end_date)}::date + 1)::timestamp AT TIME ZONE 'UTC'`);
  for (const [key, value] of filters.further) {
    const column = FILTER_COLUMNS.get(key);
    if (column) conditions.push(`${column} = ${parameter(value)}`);
    else {
      const name = parameter(key);
      const wanted = parameter(value);
      conditions.push(`(metadata ->> ${name} = ${wanted} OR user_meta_data ->> ${name} = ${wanted})`);
    }
  }
  return { where: conditions.join(' AND '), parameters };
}

/** `%`, `_` and `\` stand for themselves. */
const escaped = (search: string): string => search.replace(/[\\%_]/g, '\\$&');
