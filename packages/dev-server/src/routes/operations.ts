/** For whoever runs the server: is it ready, how is it doing, what does it offer. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { answer, newRouter } from '../router.ts';
import type { Telemetry } from '../telemetry.ts';

const health = z
  .object({ status: z.enum(['ok', 'unavailable']), database: z.enum(['ok', 'unavailable']) })
  .openapi('Health');

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Ready to store?',
  responses: { 200: answer('Ready', health), 503: answer('The database does not answer', health) },
});

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  summary: "The server's own figures, for Prometheus",
  responses: { 200: { description: 'Prometheus text format' } },
});

export function operationRoutes(isDatabaseUp: () => Promise<boolean>, telemetry: Telemetry): OpenAPIHono {
  const router = newRouter();
  router.openapi(healthRoute, async (context) => {
    if (await isDatabaseUp()) return context.json({ status: 'ok' as const, database: 'ok' as const }, 200);
    return context.json({ status: 'unavailable' as const, database: 'unavailable' as const }, 503, {
      'Retry-After': '5',
    });
  });
  router.openapi(metricsRoute, async (context) =>
    context.body(await telemetry.registry.metrics(), 200, { 'Content-Type': telemetry.registry.contentType }),
  );
  return router;
}
