/** Questions to the server. Page and server are built together: an answer has the type of the route that it came from. */
import type { Dashboard, Interaction, InteractionList, PageSession, SessionList } from '../page-contract.ts';

interface Answers {
  interactions: InteractionList;
  conversations: SessionList;
  dashboard: Dashboard;
  session: PageSession;
}
export type Parameters = Record<string, string | undefined>;

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const get = <Name extends keyof Answers>(name: Name, parameters: Parameters, signal?: AbortSignal) =>
  request<Answers[Name]>(apiHref(name, parameters), signal ? { signal } : {});

export const getInteraction = (id: string, parameters: Parameters, signal?: AbortSignal) =>
  request<Interaction>(apiHref(`interactions/${encodeURIComponent(id)}`, parameters), signal ? { signal } : {});

export const signIn = (apiKey: string) =>
  request<PageSession>('/page-api/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ apiKey }),
  });

export function apiHref(name: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value) query.set(key, value);
  return `/page-api/${name}?${query.toString()}`;
}

async function request<Answer>(href: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(href, init);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as Answer;
  const reason =
    typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : response.statusText;
  throw new ApiError(response.status, reason);
}
