/** How every group of routes begins: requests are checked against their description, answers have one form. */
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Env } from 'hono';
import { failure } from './contract.ts';

/** Reasons are for a person to read: a body of a thousand mistakes is not repeated to its sender. */
const MAX_REASON_CHARS = 2_000;

export const newRouter = <E extends Env = Env>(): OpenAPIHono<E> =>
  new OpenAPIHono<E>({
    defaultHook: (result, context) =>
      result.success
        ? undefined
        : context.json({ error: z.prettifyError(result.error).slice(0, MAX_REASON_CHARS) }, 400),
  });

export const answer = <T>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What any route may answer instead. */
export const refusals = {
  400: answer('The request does not fit its description', failure),
  401: answer('No API key, or one that is not known', failure),
  403: answer('The API key belongs to another organisation, or the request comes from elsewhere', failure),
  413: answer('The body is too large', failure),
  415: answer('The body is not JSON', failure),
  429: answer('Too many requests at once: again after `Retry-After`', failure),
  503: answer('The database cannot be reached: again after `Retry-After`', failure),
};
