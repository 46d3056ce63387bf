/** API key → organisation, as HTTP says it: 401 for whom we do not know, 403 for what is not theirs. */
import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';

export class Authorization {
  /** By digest: how long a look-up takes says nothing about a key. */
  readonly #organisations: ReadonlyMap<string, string>;

  /** @param organisations organisation ids by API key */
  constructor(organisations: Readonly<Record<string, string>>) {
    this.#organisations = new Map(Object.entries(organisations).map(([key, orgId]) => [digest(key), orgId]));
  }

  get orgIds(): string[] {
    return [...new Set(this.#organisations.values())];
  }

  /** The organisation of `Authorization: Bearer <key>`. */
  bearer(context: Context): string {
    const key = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    return this.organisationOf(key, 'Authorization: Bearer <key>');
  }

  /** The organisation of `x-api-key: <key>`. */
  apiKey(context: Context): string {
    return this.organisationOf(context.req.header('x-api-key'), 'x-api-key: <key>');
  }

  /** Before anything else of a request is opened: what a stranger sent is nobody's business. */
  readonly requireBearer: MiddlewareHandler = (context, next) => {
    this.bearer(context);
    return next();
  };

  readonly requireApiKey: MiddlewareHandler = (context, next) => {
    this.apiKey(context);
    return next();
  };

  /** @param expected where the key should have been, for the refusal */
  organisationOf(apiKey: string | undefined, expected: string): string {
    if (!apiKey) throw new HTTPException(401, { message: `no API key: expected ${expected}` });
    const orgId = this.#organisations.get(digest(apiKey));
    if (orgId === undefined) throw new HTTPException(401, { message: 'the API key is not known here' });
    return orgId;
  }
}

/** @throws 403 unless what a request names is the organisation of its key. */
export function requireOwn(orgId: string, named: string, field: string): void {
  if (named === orgId) return;
  throw new HTTPException(403, { message: `${field}: the API key belongs to another organisation` });
}

const digest = (key: string): string => createHash('sha256').update(key).digest('base64');
