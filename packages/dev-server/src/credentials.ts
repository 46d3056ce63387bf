/** Which organisation an API key belongs to. */
import { createHash } from 'node:crypto';

export class Credentials {
  /** By digest: how long a look-up takes says nothing about a key. */
  readonly #organisations: ReadonlyMap<string, string>;

  constructor(organisations: Readonly<Record<string, string>>) {
    this.#organisations = new Map(Object.entries(organisations).map(([key, orgId]) => [digest(key), orgId]));
  }

  organisationOf(apiKey: string): string | undefined {
    return this.#organisations.get(digest(apiKey));
  }
}

const digest = (key: string): string => createHash('sha256').update(key).digest('base64');
