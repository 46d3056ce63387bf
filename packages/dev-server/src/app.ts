/** The server as a value: a request goes in, an answer comes out. The socket is somebody else's (http-server.ts). */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { routePath } from 'hono/route';
import { timeout } from 'hono/timeout';
import { DatabaseTimeoutError, DatabaseUnavailableError, isDataError, isOverflow } from './database.ts';
import { type FaultEnvironment, type FaultSettings, injectFaults } from './faults.ts';
import { checkHost, checkOrigin, protectAnswers } from './guard.ts';
import type { Settings } from './options.ts';
import { recordRequests } from './recording.ts';
import { type InteractionParts, interactionRoutes } from './routes/interactions.ts';
import { operationRoutes } from './routes/operations.ts';
import { type PageApiParts, pageApiRoutes } from './routes/page-api.ts';
import { pageRoutes } from './routes/page.ts';
import { traceRoutes } from './routes/traces.ts';
import { PageTooLargeError } from './store.ts';
import type { TraceStore } from './trace-store.ts';

export interface AppParts extends InteractionParts, PageApiParts {
  traces: TraceStore;
  settings: Settings;
  /** Read anew at each request. */
  faults: () => FaultSettings;
  isDatabaseUp: () => Promise<boolean>;
}

/** The contract's addresses: what clients are tested against. Faults and recordings concern these alone. */
const CONTRACT_PATHS = ['/v2/*', '/api/*', '/notebook/*'];
const RETRY_AFTER = { 'Retry-After': '5' };

export function createApp(parts: AppParts): OpenAPIHono<FaultEnvironment> {
  const { settings, telemetry } = parts;
  const app = new OpenAPIHono<FaultEnvironment>();

  app.use(protectAnswers, measured(parts), checkHost(settings.host, settings.allowedHosts), checkOrigin);
  app.use(
    bodyLimit({
      maxSize: settings.maxBodyBytes,
      onError: (context) => context.json({ error: `the body is larger than ${settings.maxBodyBytes} bytes` }, 413),
    }),
  );
  for (const path of CONTRACT_PATHS) {
    if (settings.onReceived) app.use(path, recordRequests(settings.onReceived));
    app.use(
      path,
      injectFaults({
        settings: parts.faults,
        random: settings.random,
        onFault: (kind) => telemetry.faultInjected(kind),
      }),
    );
  }
  app.use(limitedInFlight(settings.maxInFlight), requireJson);
  for (const path of [...CONTRACT_PATHS, '/page-api/dashboard', '/page-api/interactions', '/page-api/conversations']) {
    app.use(
      path,
      timeout(settings.answerTimeoutMs, () => new AnswerTimeoutError()),
    );
  }

  app.route('/', interactionRoutes(parts));
  app.route('/', traceRoutes(parts.traces, parts.authorization));
  app.route('/', operationRoutes(parts.isDatabaseUp, telemetry));
  app.route('/', pageApiRoutes(parts));
  app.route('/', pageRoutes(parts.access));

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
  });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'HuggingPlace', version: '2', description: 'The wire contract, as the local server keeps it.' },
  });

  app.notFound((context) => context.json({ error: `no such address: ${context.req.path.slice(0, 200)}` }, 404));
  app.onError((error, context) => {
    if (error instanceof AnswerTimeoutError || error instanceof DatabaseTimeoutError) telemetry.timedOut();
    if (error instanceof AnswerTimeoutError || error instanceof DatabaseUnavailableError) {
      return context.json({ error: error.message }, 503, RETRY_AFTER);
    }
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    if (error instanceof PageTooLargeError) return context.json({ error: error.message }, 400);
    if (isDataError(error) && !(context.req.method === 'GET' && isOverflow(error)))
      return context.json({ error: 'a value of the request cannot be stored or compared' }, 400);
    // Nobody is there any more to read the answer.
    if ('code' in error && error.code === 'ECONNRESET') return context.json({ error: 'the request broke off' }, 400);
    settings.onError(error);
    return context.json({ error: 'the server failed at this request' }, 500);
  });
  return app;
}

class AnswerTimeoutError extends HTTPException {
  constructor() {
    super(503, { message: 'the answer took too long' });
  }
}

const measured =
  ({ telemetry, now }: AppParts): MiddlewareHandler<FaultEnvironment> =>
  async (context, next) => {
    const start = now();
    await next();
    // A fault of the fault mode is counted there.
    if (context.get('isCutOff')) return;
    telemetry.answered({
      method: context.req.method,
      route: routePath(context, -1),
      status: context.res.status,
      seconds: (now() - start) / 1_000,
    });
  };

/** More at once than this only wait for the database, with their bodies in memory. */
function limitedInFlight(maxInFlight: number): MiddlewareHandler {
  let inFlight = 0;
  return async (context, next) => {
    if (context.req.method !== 'POST') return next();
    if (inFlight >= maxInFlight) {
      return context.json({ error: `more than ${maxInFlight} requests at once` }, 429, { 'Retry-After': '1' });
    }
    inFlight++;
    try {
      await next();
      return;
    } finally {
      inFlight--;
    }
  };
}

/** A form or plain text can be sent by any page of any site; JSON cannot, without this server's consent. */
const requireJson: MiddlewareHandler = async (context, next) => {
  const type = context.req.header('content-type') ?? 'nothing';
  if (context.req.method !== 'POST' || /^application\/json\s*(;|$)/i.test(type)) return next();
  return context.json({ error: `content-type: expected application/json, received ${type.slice(0, 100)}` }, 415);
};
