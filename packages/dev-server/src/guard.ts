/** Who may speak to the server at all: against pages of other sites in the browser of whoever runs it (rebinding, forged requests). */
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (host: string): boolean => LOOPBACK.includes(host) || host === '::1';

/**
 * Refuses, with 403, a `Host` that is not this server's: a name of somebody else's that resolves to this machine.
 * @param host what the server listens on
 */
export function checkHost(host: string, allowedHosts: readonly string[]): MiddlewareHandler {
  const allowed = new Set([...LOOPBACK, host, ...allowedHosts].map((name) => name.toLowerCase()));
  const listensToAll = host === '0.0.0.0' || host === '::';
  if (listensToAll) allowed.delete(host);
  return async (context, next) => {
    const name = hostName(context.req.header('host'));
    // Whoever listens on every address has several; an address, unlike a name, cannot be bound to another machine.
    const isOurs = name !== undefined && (allowed.has(name) || (listensToAll && isAddress(name)));
    return isOurs ? next() : refused(context, 'host: this server does not go by that name (--allowed-host adds one)');
  };
}

/** Refuses, with 403, what the page of another site sends; links to the page from anywhere are followed. */
export const checkOrigin: MiddlewareHandler = async (context, next) => {
  const origin = context.req.header('origin');
  const site = context.req.header('sec-fetch-site');
  const isOwn = origin === undefined || origin === `http://${context.req.header('host') ?? ''}`;
  const isForeign = site === 'cross-site' || site === 'same-site';
  const isLink = context.req.method === 'GET' && context.req.header('sec-fetch-mode') === 'navigate';
  return isOwn && (!isForeign || isLink)
    ? next()
    : refused(context, 'origin: requests from other sites are not answered');
};

/** For every answer. Scripts and styles come from the page's own files alone, and text can only ever become text. */
export const protectAnswers: MiddlewareHandler = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  crossOriginResourcePolicy: 'same-origin',
  crossOriginOpenerPolicy: 'same-origin',
  // For HTTPS alone, and this server speaks HTTP.
  strictTransportSecurity: false,
});

/** `undefined`: absent, or no host. */
function hostName(header: string | undefined): string | undefined {
  return /^([a-z\d.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
}

const isAddress = (name: string): boolean => {
  const address = name.replace(/^\[|\]$/g, '');
  return isIP(address) > 0 && address !== '0.0.0.0' && address !== '::';
};

const refused = (context: Context, error: string): Response => context.json({ error }, 403);
