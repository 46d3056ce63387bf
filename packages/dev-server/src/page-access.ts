/** Who may look at the page: on loopback whoever opens it, elsewhere whoever has an API key. */
import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import type { Authorization } from './authorization.ts';

/** Whoever signs in more often than this loses the oldest. */
const MAX_SIGNED_IN = 1_000;

export class PageAccess {
  readonly #authorization: Authorization;
  /** Organisations that a cookie shows, by its value; new at each start. */
  readonly #organisations = new Map<string, readonly string[]>();
  readonly #openToken: string | undefined;

  /** @param isOpen whoever can reach the server may look: it listens on loopback */
  constructor(authorization: Authorization, isOpen: boolean) {
    this.#authorization = authorization;
    if (isOpen) this.#openToken = this.#issue(authorization.orgIds);
  }

  /** With the page itself: its requests are let in by the cookie that it came with. */
  admit(context: Context): void {
    if (this.#openToken !== undefined) setToken(context, this.#openToken);
  }

  signIn(context: Context, apiKey: string): readonly string[] {
    const orgIds = [this.#authorization.organisationOf(apiKey, 'the key of an organisation')];
    setToken(context, this.#issue(orgIds));
    return orgIds;
  }

  /** @throws 401 when nobody let this browser in. */
  organisations(context: Context): readonly string[] {
    const orgIds = this.#organisations.get(getCookie(context, cookieName(context)) ?? '');
    if (!orgIds) throw new HTTPException(401, { message: 'open the page first, or sign in with an API key' });
    return orgIds;
  }

  /** @throws 403 when the page asks for an organisation that is not its own. */
  organisation(context: Context, named: string | undefined): string {
    const orgIds = this.organisations(context);
    const orgId = orgIds.find((one) => named === undefined || one === named);
    if (orgId === undefined) throw new HTTPException(403, { message: 'org: this is not one of yours' });
    return orgId;
  }

  #issue(orgIds: readonly string[]): string {
    const token = randomBytes(32).toString('base64url');
    this.#organisations.set(token, orgIds);
    const [oldest] = [...this.#organisations.keys()].filter((one) => one !== this.#openToken);
    if (this.#organisations.size > MAX_SIGNED_IN && oldest !== undefined) this.#organisations.delete(oldest);
    return token;
  }
}

const setToken = (context: Context, token: string): void =>
  setCookie(context, cookieName(context), token, { httpOnly: true, sameSite: 'Strict', path: '/' });

/** Cookies do not tell ports apart: two servers on one machine would sign each other out. */
const cookieName = (context: Context): string =>
  `huggingplace_${/:(\d+)$/.exec(context.req.header('host') ?? '')?.[1] ?? '80'}`;
