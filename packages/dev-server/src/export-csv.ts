/** Interactions as CSV, for a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import type { Interaction } from './page-contract.ts';

const COLUMNS = [
  ['id', (row) => row.id],
  ['created_at', (row) => row.createdAt],
  ['mode', (row) => row.mode],
  ['message_id', (row) => row.messageId],
  ['session_id', (row) => row.sessionId],
  ['user', (row) => row.user],
  ['model', (row) => row.model],
  ['prompt', (row) => row.prompt],
  ['answer', (row) => row.answer],
  ['tokens', (row) => row.tokens],
  ['input_tokens', (row) => row.inputTokens],
  ['output_tokens', (row) => row.outputTokens],
  ['response_time_ms', (row) => row.responseTimeMs],
  ['failed', (row) => String(row.failed)],
  ['error_type', (row) => row.errorType],
  ['meta_data', (row) => JSON.stringify(row.metaData)],
  ['user_meta_data', (row) => JSON.stringify(row.userMetaData)],
  ['steps', (row) => JSON.stringify(row.steps)],
] as const satisfies readonly (readonly [string, (row: Interaction) => string | number | null])[];

export const csvHeader = (): string => stringify([COLUMNS.map(([name]) => name)]);

/** A cell that begins like a formula is told to be text: prompts are other people's, and spreadsheets run formulas. */
export const csvRow = (row: Interaction): string =>
  stringify([COLUMNS.map(([, read]) => read(row))], { escape_formulas: true });
