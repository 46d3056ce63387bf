/** Stretches of time that the dashboard offers: the server's, checked against its type. */
import type { Range } from '../../page-contract.ts';

export const RANGES: readonly Range[] = ['15m', '1h', '6h', '24h', '7d', '30d'];
