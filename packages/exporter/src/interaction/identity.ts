/** Who: session (or conversation) and user of a span, and where they are looked for (record.md, "Words"). */
import { type HeldSpan, Inherited, type SpanReader } from './held-span.ts';
import { ATTRIBUTE, markOf, textAt } from './user-attributes.ts';

/** What the context key `huggingplace.identity` holds (record.md, section 6). */
export interface Identity {
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
  readonly userRoles?: readonly string[] | undefined;
  readonly userMetadata?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** Applications write the key by hand too: what can't be read is left out. Sessions hand the same object to all their spans, so each is read once. */
export function readIdentity(value: unknown): Identity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const known = read.get(value) ?? readOnce(value as Record<string, unknown>);
  read.set(value, known);
  return known;
}

const read = new WeakMap<object, Identity>();

function readOnce(value: Readonly<Record<string, unknown>>): Identity {
  try {
    const { userRoles: roles, userMetadata, metadata } = value;
    return {
      sessionId: textAt(value, 'sessionId'),
      userId: textAt(value, 'userId'),
      userRoles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : undefined,
      userMetadata: isObject(userMetadata) ? { ...userMetadata } : undefined,
      metadata: isObject(metadata) ? { ...metadata } : undefined,
    };
  } catch {
    return {}; // a getter or a proxy that throws
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is said of who it is, by kind: only values of the same kind contradict each other. Ordered by precedence within session and user. */
export interface Claims {
  session?: string;
  conversation?: string;
  ownSession?: string;
  user?: string;
  ownUser?: string;
}
const KINDS = ['session', 'conversation', 'ownSession', 'user', 'ownUser'] as const satisfies readonly (keyof Claims)[];

export const sessionIdOf = (claims: Claims): string | undefined =>
  claims.session ?? claims.conversation ?? claims.ownSession;
export const userIdOf = (claims: Claims): string | undefined => claims.user ?? claims.ownUser;

export const contradict = (a: Claims, b: Claims): boolean =>
  KINDS.some((kind) => a[kind] !== undefined && b[kind] !== undefined && a[kind] !== b[kind]);

export const NOTHING: Claims = Object.freeze({});

/** `claims`, and of `others` what it does not say. */
export function completed(claims: Claims, others: Claims): Claims {
  if (claims === NOTHING) return others;
  const addsNothing = KINDS.every((kind) => others[kind] === undefined || claims[kind] !== undefined);
  return addsNothing ? claims : { ...others, ...claims };
}

/** What a span itself says; a dialect's own ids are known of members only. */
function claimsOf(held: HeldSpan, reader: SpanReader): Claims {
  const { attributes } = held.span;
  const reading = held.kind(reader) === undefined ? undefined : held.reading(reader);
  const said: { [Kind in keyof Claims]: string | undefined } = {
    session: textAt(attributes, ATTRIBUTE.sessionId) ?? held.contextIdentity?.sessionId,
    conversation: textAt(attributes, ATTRIBUTE.conversationId),
    ownSession: reading?.sessionId,
    user:
      textAt(attributes, ATTRIBUTE.userId) ?? textAt(attributes, ATTRIBUTE.endUserId) ?? held.contextIdentity?.userId,
    ownUser: reading?.userId,
  };
  if (KINDS.every((kind) => said[kind] === undefined)) return NOTHING;
  const claims: Claims = {};
  for (const kind of KINDS) if (said[kind] !== undefined) claims[kind] = said[kind];
  return claims;
}

/** What a member says of who it is. */
export interface MemberClaims {
  readonly all: Claims;
  /** What it must share with the interaction that it is part of. */
  readonly binding: Claims;
}

/** The identities of a tree's spans, each looked at once. */
export class Identities {
  readonly #reader: SpanReader;
  readonly #own = new Map<HeldSpan, Claims>();
  readonly #below = new Map<HeldSpan, Claims>();
  readonly #above = new Inherited<Claims>(NOTHING, (above, span) => completed(this.#ofSpan(span), above));

  /** @param territories what stands below a span is looked for in its own, for another may have left by now; spans are in order */
  constructor(
    territories: Iterable<{ readonly root: HeldSpan; readonly spans: readonly HeldSpan[] }>,
    reader: SpanReader,
  ) {
    this.#reader = reader;
    for (const { root, spans } of territories)
      for (const span of spans.toReversed()) if (span !== root) this.#handUp(span);
  }

  /**
   * Backwards, so that of several below the earliest stays. Members are left out: those of the same interaction are asked themselves, and another's
   * may have left by now.
   */
  #handUp(span: HeldSpan): void {
    if (span.parent === undefined || span.kind(this.#reader) !== undefined || markOf(span.span) !== undefined) return;
    const claims = completed(this.#ofSpan(span), this.#below.get(span) ?? NOTHING);
    if (claims !== NOTHING) this.#below.set(span.parent, completed(claims, this.#below.get(span.parent) ?? NOTHING));
  }

  #ofSpan(span: HeldSpan): Claims {
    const known = this.#own.get(span);
    if (known !== undefined) return known;
    const claims = claimsOf(span, this.#reader);
    this.#own.set(span, claims);
    return claims;
  }

  /** Of the span or one above it, nearest first, then of an ordinary one below. */
  resolve(span: HeldSpan): Claims {
    return completed(this.#above.of(span), this.#below.get(span) ?? NOTHING);
  }

  /** @param whole the outermost agent or tool above it: it says which thread this is, for a sub-agent has threads of its own; only the user binds its parts */
  ofMember(span: HeldSpan, whole: HeldSpan | undefined): MemberClaims {
    const all = this.resolve(span);
    if (whole === undefined) return { all, binding: all };
    const { user, ownUser } = all;
    const users = { ...(user !== undefined && { user }), ...(ownUser !== undefined && { ownUser }) };
    const binding = completed(users, this.#above.of(whole));
    return { all: completed(binding, all), binding };
  }
}
