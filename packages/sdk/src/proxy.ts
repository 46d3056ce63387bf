/** Which HTTP proxy, if any, stands between this process and the backend: as data, so that the exit worker can have it too. */

/** A proxy for `CONNECT`, taken apart. Printing or serialising it does not show the credentials. */
export class ProxySettings {
  /** `http:` or `https:` URL without credentials. */
  readonly url: string;
  readonly #authorization: string | undefined;

  constructor(url: string, authorization: string | undefined) {
    this.url = url;
    this.#authorization = authorization;
    Object.freeze(this);
  }

  /** Value of `Proxy-Authorization`. */
  get authorization(): string | undefined {
    return this.#authorization;
  }
}

/** `undefined`: not the address of an HTTP proxy. `host:port` alone is taken as `http://host:port`, as curl takes it. */
export function parseProxy(text: string): ProxySettings | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const { username, password } = url;
  const credentials = `${unescapePart(username)}:${unescapePart(password)}`;
  const isAnonymous = username === '' && password === '';
  return new ProxySettings(
    url.origin,
    isAnonymous ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  );
}

/**
 * Whether `NO_PROXY` names the host: a comma-separated list of `*`, host names (which hold for their subdomains too, with or without a
 * leading dot) and addresses, each with an optional port.
 */
export function isProxyExempt(target: URL, noProxy: string): boolean {
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  const host = target.hostname.toLowerCase();
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const match = /^(?:\*?\.)?(.+?|\[.+\])(?::(\d+))?$/.exec(entry);
      if (match?.[1] === undefined || (match[2] !== undefined && match[2] !== port)) return false;
      return host === match[1] || host.endsWith(`.${match[1]}`);
    });
}

/** A `%` that begins no escape stands for itself. */
function unescapePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
