/** Section 2 of the contract: store spans of a customer's own application. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Authorization } from '../authorization.ts';
import { jsonBody, traceBatch, traceRecord, tracesStored, traceStored } from '../contract.ts';
import { answer, newRouter, refusals } from '../router.ts';
import type { TraceStore } from '../trace-store.ts';

const traceRoute = createRoute({
  method: 'post',
  path: '/api/traces',
  summary: 'Store one span',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: jsonBody(traceRecord) } } } },
  responses: { 201: answer('Stored, or there already', traceStored), ...refusals },
});

const batchRoute = createRoute({
  method: 'post',
  path: '/api/traces/batch',
  summary: 'Store spans, all or none',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: jsonBody(traceBatch) } } } },
  responses: { 201: answer('Stored, or there already', tracesStored), ...refusals },
});

export function traceRoutes(store: TraceStore, authorization: Authorization): OpenAPIHono {
  const router = newRouter();
  router.use(traceRoute.path, authorization.requireBearer);
  router.use(batchRoute.path, authorization.requireBearer);

  router.openapi(traceRoute, async (context) => {
    const record = context.req.valid('json');
    await store.store(authorization.bearer(context), [record]);
    return context.json({ traceId: record.traceId }, 201);
  });

  router.openapi(batchRoute, async (context) => {
    const records = context.req.valid('json');
    await store.store(authorization.bearer(context), records);
    return context.json({ count: records.length }, 201);
  });
  return router;
}
