/** Ids and times for those who put a trace together themselves. */
import { randomUUID } from 'node:crypto';

/** A random UUID: for traces, spans, sessions and messages. */
export const generateId = (): string => randomUUID();

/** Now, as ISO 8601 in UTC. */
export const getCurrentTimestamp = (): string => new Date().toISOString();

/** Milliseconds between two moments, each in milliseconds, as a `Date` or as ISO 8601; `NaN` where one can't be read. */
export const calculateDuration = (start: Moment, end: Moment): number => milliseconds(end) - milliseconds(start);

type Moment = number | string | Date;

/** A number as it is: a `Date` would cut the fraction that `performance.now()` has. */
const milliseconds = (moment: Moment): number => (typeof moment === 'number' ? moment : new Date(moment).getTime());
