/** The server as a value: a request goes in, an answer comes out. The socket is somebody else's (server.ts). */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Credentials } from './credentials.ts';
import { DatabaseUnavailableError } from './database.ts';
import { newRouter } from './router.ts';
import { interactionRoutes } from './routes/interactions.ts';
import { plainPage } from './routes/plain-page.ts';
import type { InteractionStore } from './store.ts';

export interface AppParts {
  store: InteractionStore;
  credentials: Credentials;
  maxBodyBytes: number;
  /** Organisations that the page shows. */
  orgIds: readonly string[];
  /** An error that is nobody's mistake but the server's. It never holds what a request said. */
  onError: (error: unknown) => void;
}

const RETRY_AFTER_SECONDS = '5';

export function createApp({ store, credentials, maxBodyBytes, orgIds, onError }: AppParts): OpenAPIHono {
  const app = newRouter();

  app.use(async (context, next) => {
    const type = context.req.header('content-type') ?? '';
    if (context.req.method === 'POST' && !/^application\/(\w+\+)?json\b/i.test(type)) {
      return context.json(
        { error: `content-type: expected application/json, received ${JSON.stringify(type.slice(0, 100))}` },
        415,
      );
    }
    return next();
  });
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (context) => context.json({ error: `the body is larger than ${maxBodyBytes} bytes` }, 413),
    }),
  );
  app.route('/', interactionRoutes(store, credentials));
  app.route('/', plainPage(store, orgIds));

  app.notFound((context) =>
    context.json({ error: `no such address: ${context.req.method} ${context.req.path.slice(0, 200)}` }, 404),
  );
  app.onError((error, context) => {
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    if (error instanceof DatabaseUnavailableError) {
      return context.json({ error: error.message }, 503, { 'Retry-After': RETRY_AFTER_SECONDS });
    }
    onError(error);
    return context.json({ error: 'the server failed at this request' }, 500);
  });
  return app;
}
