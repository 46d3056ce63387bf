/** How every group of routes begins. */
import { OpenAPIHono, z } from '@hono/zod-openapi';

/** A router whose routes answer a request that does not fit its description with 400 and the reasons. */
export const newRouter = (): OpenAPIHono =>
  new OpenAPIHono({
    defaultHook: (result, context) =>
      result.success ? undefined : context.json({ error: z.prettifyError(result.error).slice(0, 2_000) }, 400),
  });
