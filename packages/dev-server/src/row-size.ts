/** How large rows are: what is read at once is bounded by bytes, for one interaction may be as large as a thousand others. */
import { z } from 'zod';

/** As JSON a text grows to six times its size at most: a third of the longest string that JavaScript has (512 MiB). */
export const MAX_PAGE_BYTES = 32 * 1024 * 1024;

/** Of `chat` joined with `prompt_details`; kept by the database itself (schema/004). */
export const ROW_BYTES = '(chat.bytes + prompt_details.bytes)';

export const sized = z.array(z.object({ id: z.number(), bytes: z.number() }));

/** Ids as one parameter: lists of numbers go to the two databases in different ways, a text does not. */
export const idList = (rows: readonly { id: number }[]): string => rows.map(({ id }) => id).join(',');
export const idIn = (parameter: string): string => `id = ANY(string_to_array(${parameter}::text, ',')::bigint[])`;

/** Cut, in their order, into groups of at most `maxBytes`; a row that is larger is alone. */
export function groupedBySize<Row extends { bytes: number }>(rows: readonly Row[], maxBytes: number): Row[][] {
  const groups: Row[][] = [];
  let left = 0;
  for (const row of rows) {
    const group = groups.at(-1);
    if (group && row.bytes <= left) group.push(row);
    else {
      groups.push([row]);
      left = maxBytes;
    }
    left -= row.bytes;
  }
  return groups;
}
