/** One attempt to reach the backend, over undici: no redirects, one deadline for all of it, and never a span of its own. */
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import { version } from '../package.json' with { type: 'json' };
import { systemClock, type Clock } from './clock.ts';
import type { Credentials, DeliverySettings } from './options.ts';
import { outcomeOfAnswer, outcomeOfNoAnswer, type Outcome } from './outcome.ts';
import type { Transport } from './transport.ts';
import { loadUndici, type Undici } from './undici.ts';

export const STORE_PATH = '/v2/chatgpt/store_generated_response';
const READ_PATH = '/notebook/filtered_chat';
const USER_AGENT = `huggingplace-sdk/${version}`;

/** More of an answer is not read: it says at most why it refuses. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Once the status is known, its body may take this long. */
const MAX_ANSWER_MS = 2_000;
const MAX_MESSAGE_CHARS = 200;
/** A shorter key is a test's, and stands in any sentence by chance. */
const MIN_KEY_CHARS = 4;

/** As `suppressTracing` of `@opentelemetry/core` (1.x to 3.x) sets it: the API registers context keys by name. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
/** Built on the root: the application's own context is not kept alive by our sockets. */
const UNTRACED = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

export const storeHeaders = ({ apiKey }: Credentials) => ({
  authorization: `Bearer ${apiKey}`,
  'content-type': 'application/json',
  'user-agent': USER_AGENT,
});

type ClientSettings = Pick<DeliverySettings, 'baseUrl' | 'timeoutMs' | 'dispatcher' | 'proxy' | 'ca'> & {
  /** What is posted to, below `baseUrl`. Default: where interactions go. */
  readonly path?: string | undefined;
};

export class Client implements Transport {
  readonly #settings: ClientSettings;
  readonly #origin: string;
  readonly #clock: Clock;
  /** Built at the first request: a process that sends nothing has none. */
  #dispatcher: Dispatcher | undefined;

  constructor(settings: ClientSettings, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#origin = new URL(settings.baseUrl).origin;
    this.#clock = clock;
  }

  /** Stores one interaction: `body` is the JSON of a `StoreRequest`. Never rejects. */
  async store(body: Uint8Array, credentials: Credentials, signal?: AbortSignal): Promise<Outcome> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    signal?.addEventListener('abort', abort, { once: true });
    let cancelDeadline = startDeadline(controller, this.#settings.timeoutMs);
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await this.#request(this.#settings.path ?? STORE_PATH, {
        method: 'POST',
        headers: storeHeaders(credentials),
        body,
        signal: controller.signal,
      });
      cancelDeadline();
      cancelDeadline = startDeadline(controller, MAX_ANSWER_MS);
      const text = await readText(answer);
      return outcomeOfAnswer(
        {
          status: statusCode,
          retryAfter: single(headers['retry-after']),
          date: single(headers['date']),
          message: explain(statusCode, text, single(headers['location']), credentials),
        },
        this.#clock.wallMs(),
      );
    } catch (error) {
      return outcomeOfNoAnswer(error, this.#origin);
    } finally {
      cancelDeadline();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Whether the backend answers and knows the key; reads one interaction back (wire contract, section 3) and stores none. Never rejects. */
  test({ apiKey, orgId }: Credentials): Promise<boolean> {
    const query = new URLSearchParams({ org: String(orgId), limit: '1' });
    return this.#isTaken('GET', `${READ_PATH}?${query.toString()}`, { 'x-api-key': apiKey });
  }

  /** Posts something that is no interaction, and says whether it was taken. Never rejects. */
  post(body: string, headers: Readonly<Record<string, string>>): Promise<boolean> {
    return this.#isTaken('POST', this.#settings.path ?? '', headers, body);
  }

  async #isTaken(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | null = null,
  ): Promise<boolean> {
    const controller = new AbortController();
    const cancelDeadline = startDeadline(controller, this.#settings.timeoutMs);
    try {
      const answer = await this.#request(path, { method, headers, body, signal: controller.signal });
      await readText(answer.body);
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false;
    } finally {
      cancelDeadline();
    }
  }

  async #request(
    path: string,
    options: Pick<Dispatcher.RequestOptions, 'method' | 'body' | 'signal'> & {
      readonly headers: Readonly<Record<string, string>>;
    },
  ): Promise<Dispatcher.ResponseData> {
    const undici = await loadUndici();
    const dispatcher = (this.#dispatcher ??= this.#settings.dispatcher ?? createDispatcher(undici, this.#settings));
    const headers = { ...options.headers, 'user-agent': USER_AGENT };
    return await context.with(UNTRACED, () =>
      undici.request(this.#settings.baseUrl + path, { ...options, headers, dispatcher }),
    );
  }

  /** Ends every connection at once, but for those of the user's own dispatcher. */
  async close(): Promise<void> {
    if (this.#dispatcher !== this.#settings.dispatcher) await this.#dispatcher?.destroy();
  }
}

/** One keep-alive pool; its size is bounded by how many requests delivery lets out. Certificates are verified whatever the environment says. */
function createDispatcher({ Agent, ProxyAgent }: Undici, { timeoutMs, proxy, ca }: ClientSettings): Dispatcher {
  const tls = { rejectUnauthorized: true, timeout: timeoutMs, ...(ca !== undefined && { ca: [...ca] }) };
  if (proxy === undefined) return new Agent({ connect: tls });
  const { url, authorization } = proxy;
  return new ProxyAgent({
    uri: url,
    requestTls: tls,
    proxyTls: tls,
    ...(authorization !== undefined && { token: authorization }),
  });
}

/**
 * Aborts after so many milliseconds. Where the event loop was blocked for that long the answer may lie unread in the socket, so the sockets
 * are read once more before.
 */
function startDeadline(controller: AbortController, milliseconds: number): () => void {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(() =>
      controller.abort(new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError')),
    );
  }, milliseconds);
  timer.unref();
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}

/** The beginning of an answer's body. The status is known by now: a body that breaks off, hangs or never ends changes nothing. */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) break; // drops the connection
    }
  } catch {
    // What has been read may still say why.
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What the backend says about a failure: one short line, without control characters and without the key. */
function explain(status: number, body: string, location: string | undefined, { apiKey }: Credentials): string {
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed (to ${originOf(location)})`;
  // A backend may say back what it was sent, in whatever spelling.
  const spellings = [apiKey, encodeURIComponent(apiKey), Buffer.from(apiKey).toString('base64')].filter(
    ({ length }) => length >= MIN_KEY_CHARS,
  );
  const said = spellings
    .reduce((text, key) => text.replaceAll(key, '[key]'), saidBy(body))
    .replace(/[\s\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said.slice(0, MAX_MESSAGE_CHARS).toWellFormed()}`;
}

/** `message` or `error` of a JSON answer; pages of proxies and the like say nothing that is worth a line. */
function saidBy(body: string): string {
  try {
    const { message, error } = Object(JSON.parse(body)) as { message?: unknown; error?: unknown };
    return typeof message === 'string' ? message : typeof error === 'string' ? error : '';
  } catch {
    return '';
  }
}

const originOf = (location = '') => (URL.canParse(location) ? new URL(location).origin : 'the same origin');

const single = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);
