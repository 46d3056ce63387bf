/** The fault matrix, in the order of its table. */
import { backend } from './rows/backend.ts';
import { exporterAlone } from './rows/exporter-alone.ts';
import { killed } from './rows/killed.ts';
import { processEnds } from './rows/process-ends.ts';
import { simulated } from './rows/simulated.ts';
import { tables } from './rows/tables.ts';
import type { Row } from './trial.ts';

export const ROWS: readonly Row[] = [...processEnds, ...exporterAlone, ...backend, ...killed, ...tables, ...simulated];
