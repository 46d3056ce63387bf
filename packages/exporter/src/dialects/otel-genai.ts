/** OpenTelemetry GenAI. */
import type { Dialect } from './dialect.ts';

export const otelGenAi: Dialect = {
  name: 'OpenTelemetry GenAI',
  kindOf: () => undefined,
  read: () => ({}),
};
