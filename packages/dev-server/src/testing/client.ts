/** What a client of the contract says, for tests. */
import type { DevServer } from '../index.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export const STORE = '/v2/chatgpt/store_generated_response';

export class TestClient {
  readonly server: DevServer;
  readonly key: string;

  constructor(server: DevServer, key = server.apiKey) {
    this.server = server;
    this.key = key;
  }

  /** @param body an object, or the body's very text */
  async post(body: unknown, address = STORE, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.key}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** @returns how many there are, and the first page of them */
  async read(
    query: string | Record<string, string> = '',
  ): Promise<{ status: number; totalChats: number; chats: Chat[] }> {
    const { status, body } = await this.request(`/notebook/filtered_chat?${new URLSearchParams(query).toString()}`, {
      headers: { 'x-api-key': this.key },
    });
    return { status, totalChats: Number(body['totalChats']), chats: (body['chats'] ?? []) as Chat[] };
  }

  async request(address: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(this.server.url + address, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : { text }) as Answer['body'],
    };
  }
}

export type Chat = Record<string, unknown>;
