/** What the page asks for. It is let in by its cookie, and sees its own organisations. */
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { Alerts } from '../alerts.ts';
import { failure } from '../contract.ts';
import type { DashboardStore } from '../dashboard-store.ts';
import { csvHeader, csvRow } from '../export-csv.ts';
import type { LiveFeed } from '../live.ts';
import type { PageAccess } from '../page-access.ts';
import {
  dashboard,
  dashboardQuery,
  exportQuery,
  type Interaction,
  interaction,
  interactionList,
  listQuery,
  pageSession,
  sessionList,
  sessionQuery,
  signInRequest,
} from '../page-contract.ts';
import type { PageStore } from '../page-store.ts';
import { answer, newRouter, refusals } from '../router.ts';

const PREFIX = '/page-api';
const tags = ['page'];
const route = <Path extends string, Query extends z.ZodObject, Answer extends z.ZodType>(
  path: Path,
  query: Query,
  schema: Answer,
  description: string,
) =>
  createRoute({
    method: 'get',
    path: `${PREFIX}/${path}`,
    tags,
    request: { query },
    responses: { 200: answer(description, schema), ...refusals },
  });

const listRoute = route('interactions', listQuery, interactionList, 'Interactions that fit the filters');
const sessionsRoute = route('conversations', sessionQuery, sessionList, 'Conversations, the latest first');
const dashboardRoute = route('dashboard', dashboardQuery, dashboard, 'Figures over a stretch of time');
const sessionRoute = route('session', z.object({}), pageSession, 'What this browser may see');
const signInRoute = createRoute({
  method: 'post',
  path: `${PREFIX}/session`,
  tags,
  request: { body: { required: true, content: { 'application/json': { schema: signInRequest } } } },
  responses: { 200: answer('Signed in', pageSession), ...refusals },
});
const interactionRoute = createRoute({
  method: 'get',
  path: `${PREFIX}/interactions/{id}`,
  tags,
  request: {
    params: z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    query: z.object({ org: listQuery.shape.org }),
  },
  responses: {
    200: answer('The whole of it', interaction),
    404: answer('There is none with this id', failure),
    ...refusals,
  },
});
const exportRoute = createRoute({
  method: 'get',
  path: `${PREFIX}/export`,
  tags,
  request: { query: exportQuery },
  responses: { 200: { description: 'Everything that fits the filters, as a file' }, ...refusals },
});
const liveRoute = createRoute({
  method: 'get',
  path: `${PREFIX}/live`,
  tags,
  request: { query: z.object({ org: listQuery.shape.org }) },
  responses: { 200: { description: 'Server-sent events: `changed`, when it is time to ask again' }, ...refusals },
});

export interface PageApiParts {
  access: PageAccess;
  page: PageStore;
  dashboard: DashboardStore;
  alerts: Alerts;
  live: LiveFeed;
  now: () => number;
  /** Told of a failure that can no longer be answered. */
  onError: (error: unknown) => void;
}

/** Changes that come faster are told together. */
const LIVE_INTERVAL_MS = 250;
/** A proxy or a browser gives up on a silent connection after a minute or so. */
const HEARTBEAT_MS = 15_000;

export function pageApiRoutes(parts: PageApiParts): OpenAPIHono<{ Bindings: HttpBindings }> {
  const { access, page, dashboard: figures, alerts, live, now, onError } = parts;
  const router = newRouter<{ Bindings: HttpBindings }>();

  router.openapi(sessionRoute, (context) => context.json({ organisations: [...access.organisations(context)] }, 200));
  router.openapi(signInRoute, (context) =>
    context.json({ organisations: [...access.signIn(context, context.req.valid('json').apiKey)] }, 200),
  );

  router.openapi(listRoute, async (context) => {
    const query = context.req.valid('query');
    return context.json(await page.list(access.organisation(context, query.org), query), 200);
  });

  router.openapi(interactionRoute, async (context) => {
    const orgId = access.organisation(context, context.req.valid('query').org);
    const found = await page.find(orgId, context.req.valid('param').id);
    return found ? context.json(found, 200) : context.json({ error: 'id: there is no such interaction' }, 404);
  });

  router.openapi(sessionsRoute, async (context) => {
    const query = context.req.valid('query');
    return context.json(await page.sessions(access.organisation(context, query.org), query), 200);
  });

  router.openapi(dashboardRoute, async (context) => {
    const { org, mode, range } = context.req.valid('query');
    const shown = await figures.figures(access.organisation(context, org), mode, range, new Date(now()));
    return context.json({ ...shown, alerts: alerts.firing }, 200);
  });

  router.openapi(exportRoute, async (context) => {
    const { format, ...query } = context.req.valid('query');
    const batches = page.exported(access.organisation(context, query.org), query);
    // The first batch is asked for before the answer begins: after that a failure can only break the connection off, so that nobody takes a part for the whole.
    const first = await batches.next();
    context.header('Content-Type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json');
    context.header('Content-Disposition', `attachment; filename="interactions.${format}"`);
    const file = exportedFile(format, first, batches, (error) => {
      onError(error);
      context.env.incoming.socket.destroy();
    });
    return context.body(Readable.toWeb(Readable.from(file, { objectMode: false })));
  });

  router.openapi(liveRoute, (context) => {
    const orgId = access.organisation(context, context.req.valid('query').org);
    const listener = live.listen(orgId);
    if (!listener) return context.json({ error: 'too many pages are open' }, 429, { 'Retry-After': '10' });
    return streamSSE(context, async (events) => {
      events.onAbort(() => listener.close());
      while (!events.aborted) {
        const hasChanged = await listener.changed(HEARTBEAT_MS);
        await events.writeSSE({ event: hasChanged ? 'changed' : 'heartbeat', data: '' });
        await events.sleep(LIVE_INTERVAL_MS);
      }
    });
  });
  return router;
}

/** Row by row, as the reader takes them. */
async function* exportedFile(
  format: 'json' | 'csv',
  first: IteratorResult<Interaction[], void>,
  batches: AsyncGenerator<Interaction[], void, void>,
  breakOff: (error: unknown) => void,
): AsyncGenerator<string> {
  try {
    yield format === 'csv' ? csvHeader() : '[';
    let separator = '';
    for (let batch = first; !batch.done; batch = await batches.next()) {
      for (const row of batch.value) {
        yield format === 'csv' ? csvRow(row) : separator + JSON.stringify(row);
        separator = ',\n';
      }
    }
    if (format === 'json') yield ']';
  } catch (error) {
    breakOff(error);
  }
}
