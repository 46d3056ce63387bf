/** An ended span for tests: what a test does not name is as ordinary as can be. */
import { SPAN_KIND, STATUS, type EndedSpan } from './span.ts';

export const endedSpan = (fields: Partial<EndedSpan>): EndedSpan => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: undefined,
  parentIsRemote: false,
  name: 'span',
  kind: SPAN_KIND.internal,
  startTime: [1_790_000_000, 0],
  endTime: [1_790_000_001, 0],
  attributes: {},
  events: [],
  logs: [],
  status: { code: STATUS.unset },
  scope: { name: 'test' },
  resource: {},
  droppedAttributesCount: 0,
  ...fields,
});
