/**
 * What users set by hand, and what instrumentations hand on from them (record.md, section 6): the outermost, then the earliest wins. The context in
 * which a span started stands around it.
 */
import type { JsonValue } from 'huggingplace-sdk';
import { storableText, toJsonValue } from 'huggingplace-sdk/internal';
import type { Interaction, Source } from '../interaction/interaction.ts';
import { userIdOf } from '../interaction/identity.ts';
import { ATTRIBUTE, textAt } from '../interaction/user-attributes.ts';

/** A field that only this interaction's own spans may say. */
export const ownText = ({ sources }: Interaction, key: string): string | undefined =>
  first(
    sources.filter(({ isShared }) => !isShared),
    ({ span }) => textAt(span.attributes, key),
  );

export const textOf = ({ sources }: Interaction, key: string): string | undefined =>
  first(sources, ({ span }) => textAt(span.attributes, key));

export const isSetTo = ({ sources }: Interaction, key: string, value: boolean): boolean =>
  first(sources, ({ span }) => (typeof span.attributes[key] === 'boolean' ? span.attributes[key] : undefined)) ===
  value;

export const userRoles = (interaction: Interaction): string[] | undefined =>
  first(sourcesOfUser(interaction), ({ span, contextIdentity }) => {
    const value = contextIdentity?.userRoles ?? span.attributes['user.roles'] ?? span.attributes['enduser.role'];
    const texts = [toJsonValue(value)].flat().flatMap((role) => (typeof role === 'string' && role !== '' ? role : []));
    return texts.length > 0 ? texts : undefined;
  });

/** Roles and names of one user are not another's: a session may stand in one of somebody else. */
function sourcesOfUser({ sources, claims }: Interaction): readonly Source[] {
  const user = userIdOf(claims);
  if (user === undefined) return sources;
  return sources.flatMap((source) => {
    const { attributes } = source.span;
    const around = source.contextIdentity?.userId ?? user;
    const own = textAt(attributes, ATTRIBUTE.userId) ?? textAt(attributes, ATTRIBUTE.endUserId) ?? around;
    if (own !== user) return [];
    return around === user ? [source] : [{ ...source, contextIdentity: undefined }];
  });
}

const METADATA = 'huggingplace.metadata.';
const USER_METADATA = 'huggingplace.user_metadata.';
const NOT_USER_METADATA = new Set(['user.id', 'user.roles']);

/** Every `user.*` but id and roles, and every `huggingplace.user_metadata.<key>`. */
export const userMetadata = (interaction: Interaction): Map<string, JsonValue> =>
  collect(sourcesOfUser(interaction), ({ span, contextIdentity }) => [
    ...Object.entries(contextIdentity?.userMetadata ?? {}),
    ...below(span.attributes, USER_METADATA),
    ...below(span.attributes, 'user.').filter(([key]) => !NOT_USER_METADATA.has(`user.${key}`)),
  ]);

/** Every `huggingplace.metadata.<key>`, and what the application handed to its instrumentation. */
export function applicationMetadata({ sources, members }: Interaction): Map<string, JsonValue> {
  const metadata = collect(sources, ({ span, contextIdentity }) => [
    ...Object.entries(contextIdentity?.metadata ?? {}),
    ...below(span.attributes, METADATA),
  ]);
  for (const member of members) for (const [key, value] of member.reading.metadata ?? []) add(metadata, key, value);
  return metadata;
}

const below = (attributes: Readonly<Record<string, unknown>>, prefix: string): (readonly [string, unknown])[] =>
  Object.entries(attributes).flatMap(([key, value]) =>
    key.startsWith(prefix) && key.length > prefix.length ? [[key.slice(prefix.length), value] as const] : [],
  );

function collect(
  sources: readonly Source[],
  entriesOf: (source: Source) => readonly (readonly [string, unknown])[],
): Map<string, JsonValue> {
  const found = new Map<string, JsonValue>();
  for (const source of sources) for (const [key, value] of entriesOf(source)) add(found, key, value);
  return found;
}

function add(to: Map<string, JsonValue>, key: string, value: unknown): void {
  const name = storableText(key);
  const json = to.has(name) ? undefined : toJsonValue(value);
  if (json !== undefined) to.set(name, json);
}

function first<T>(sources: readonly Source[], valueOf: (source: Source) => T | undefined): T | undefined {
  for (const source of sources) {
    const value = valueOf(source);
    if (value !== undefined) return value;
  }
  return undefined;
}
