/** Requests that nobody means well with, made from a seed: right ones with something wrong in them, and wrong ones altogether. */
import { STORE } from './client.ts';

export interface HostileRequest {
  method: string;
  address: string;
  headers: Record<string, string>;
  body?: string;
}

const POSTED = [STORE, '/v2/chatgpt/feedback', '/api/traces', '/api/traces/batch', '/page-api/session'];
const READ = [
  ...['/notebook/filtered_chat', '/page-api/interactions', '/page-api/interactions/1', '/page-api/conversations'],
  ...['/page-api/dashboard', '/page-api/export', '/page-api/session', '/health', '/metrics', '/openapi.json', '/'],
];
const PARAMETERS = [
  ...['org', 'limit', 'page', 'order_by', 'order_direction', 'search', 'start_date', 'end_date', 'pipelineId'],
  ...['user_id', 'after', 'order', 'range', 'format', 'status', 'model', 'mode', 'from', 'to', 'session', 'failed'],
  ...['__proto__', 'constructor', 'a=b', '\u0000', '\ud800', '', 'toString'],
];
/** Texts that mean something to somebody on the way: JSON, SQL, LIKE, HTTP, a date, a number, a cursor, JavaScript. */
const TEXTS = [
  ...['', ' ', '\u0000', '\ud800', 'ä\u0301', '💥', "'; --", '%', '_', '\\', '\\u0000', '{}', '[', 'null', 'NaN', '-1'],
  ...['1e999', '0x10', '999999999999999999999', '2026-02-31', '0000-00-00', '2026-01-01T00:00:00Z', '275760-09-13'],
  ...['~', '~~', '2026-01-01T00:00:00Z~1', '2026-01-01T00:00:00Z~x', 'infinity~1', '__proto__', 'hasOwnProperty'],
  ...['asc', 'created', 'prod', '30d', 'csv', '../../etc/passwd', '%00', '%ff', '\r\nX: y', 'local', 'hp_local'],
];

export class HostileRequests {
  readonly #random: () => number;
  readonly #apiKey: string;
  readonly #cookie: string;

  constructor({ random, apiKey, cookie }: { random: () => number; apiKey: string; cookie: string }) {
    this.#random = random;
    this.#apiKey = apiKey;
    this.#cookie = cookie;
  }

  next(): HostileRequest {
    const isPost = this.#happens(0.6);
    const address = this.#happens(0.03)
      ? `/${encodeURIComponent(this.#text(400).toWellFormed())}`
      : this.#pick(isPost ? POSTED : READ);
    const method = this.#happens(0.04)
      ? this.#pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'GET', 'POST'])
      : isPost
        ? 'POST'
        : 'GET';
    const isSigned = this.#happens(0.95);
    const headers: Record<string, string> = isSigned
      ? { authorization: `Bearer ${this.#apiKey}`, 'x-api-key': this.#apiKey, cookie: this.#cookie }
      : { authorization: this.#pick(['Bearer', 'Bearer  ', 'Basic x', `Bearer ${this.#apiKey}x`, 'Bearer __proto__']) };
    if (['GET', 'HEAD'].includes(method)) return { method, address: address + this.#query(), headers };
    headers['content-type'] = this.#happens(0.97)
      ? 'application/json'
      : this.#pick(['text/plain', 'application/json; charset=utf-16', 'multipart/form-data', '*/*']);
    return { method, address, headers, body: this.#body(address) };
  }

  #query(): string {
    const parameters = Array.from({ length: this.#upTo(5) }, (): [string, string] => [
      this.#pick(PARAMETERS),
      // After a head that is too large (431) the connection is closed, and what was sent next over it is lost.
      this.#text(400),
    ]);
    const query = new URLSearchParams(parameters).toString();
    return this.#happens(0.05) ? `?${query}&%E0%A4%A` : `?${query}`;
  }

  #body(address: string): string {
    const whole = address === '/api/traces/batch' ? this.#list(() => this.#trace()) : this.#object(address);
    const body = JSON.stringify(whole);
    if (this.#happens(0.03)) return body.slice(0, this.#upTo(body.length));
    if (this.#happens(0.02)) return body.replaceAll(/":/g, () => (this.#happens(0.2) ? '":1e999,"__proto__":' : '":'));
    return body;
  }

  #object(address: string): unknown {
    if (this.#happens(0.03)) return this.#value(0);
    if (address === '/api/traces') return this.#trace();
    if (address === '/page-api/session') return this.#spoilt({ apiKey: this.#text() });
    if (address === '/v2/chatgpt/feedback')
      return this.#spoilt({
        message_id: this.#id(),
        likes: 1,
        score: 0.5,
        comment: this.#text(),
        evaluation: 'REVIEW',
      });
    return this.#spoilt({
      org_id: 'local',
      mode: 'prod',
      message_id: this.#id(),
      session_id: this.#text(),
      user_uuid: this.#text(),
      user_roles: [this.#text()],
      user_prompt: this.#text(),
      ai_response: this.#text(),
      llm_model: this.#text(),
      token_count: this.#upTo(1_000),
      response_time: this.#pick<unknown>(['0 min 2.50 sec', '99999999999 min 1 sec', this.#text(), 12, -1]),
      metaData: this.#spoilt({ error: this.#value(2), errorType: this.#value(2), input_tokens: this.#value(2) }),
      user_meta_data: this.#spoilt({ email: this.#value(2), username: this.#text() }),
      step_data: this.#list(() =>
        this.#spoilt({ step_name: this.#text(), status: 'failed', time_ms: 1, start_ms: 2, token: this.#value(2) }),
      ),
    });
  }

  #trace(): unknown {
    return this.#spoilt({
      traceId: this.#id(),
      spanId: this.#id(),
      operation: this.#text(),
      startTime: '2026-11-24T10:00:00.000Z',
      durationMs: this.#upTo(100),
      status: 'OK',
      attributes: this.#spoilt({ evaluation: 'REVIEW' }),
      logs: this.#value(1),
      metadata: this.#spoilt({}),
    });
  }

  /** Now and then one of its values is another, or there is one more. */
  #spoilt(object: Record<string, unknown>): Record<string, unknown> {
    const spoilt = Object.entries(object).map(([key, value]) => [key, this.#happens(0.06) ? this.#value(0) : value]);
    if (this.#happens(0.2)) spoilt.push([this.#pick(PARAMETERS), this.#value(0)]);
    return Object.fromEntries(spoilt) as Record<string, unknown>;
  }

  #value(depth: number): unknown {
    const kind = this.#upTo(depth > 3 ? 6 : 9);
    if (kind === 0) return null;
    if (kind === 1) return this.#happens(0.5);
    if (kind === 2) return this.#pick([0, -0, -1, 1.5, 1e308, -1e-320, 2 ** 53, 2 ** 63, this.#upTo(1e6)]);
    if (kind <= 5) return this.#text();
    if (kind === 6) return this.#list(() => this.#value(depth + 1));
    if (kind === 7) return this.#nested(this.#happens(0.1) ? 300 : this.#upTo(70));
    return Object.fromEntries(this.#list(() => [this.#pick(PARAMETERS), this.#value(depth + 1)] as const));
  }

  #nested(depth: number): unknown {
    let value: unknown = 1;
    for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
    return value;
  }

  /** A body that is refused unread (415) and takes more than some hundred kilobytes breaks its connection off, too. */
  #text(most = 5_000): string {
    const text = this.#pick(TEXTS);
    if (this.#happens(0.02)) return text.repeat(this.#upTo(most / (text.length + 1)));
    return this.#happens(0.2) ? text + this.#pick(TEXTS) : text;
  }

  /** Few, so that some are there already. */
  #id(): string {
    return this.#happens(0.9) ? `id-${this.#upTo(5_000)}` : this.#text();
  }

  #list<T>(make: () => T): T[] {
    return Array.from({ length: this.#upTo(4) }, make);
  }

  #happens(chance: number): boolean {
    return this.#random() < chance;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * most);
  }
}
