/** Who: session (or conversation) and user of a span, and where they are looked for (record.md, "Words"). */
import { type HeldSpan, Inherited, type SpanReader } from './held-span.ts';
import { ATTRIBUTE, textAt } from './user-attributes.ts';

/** What the context key `huggingplace.identity` holds (record.md, section 6). */
export interface Identity {
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
  readonly userRoles?: readonly string[] | undefined;
  readonly userMetadata?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

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

const NOTHING: Claims = Object.freeze({});

/** `claims`, and of `others` what it does not say. */
export const completed = (claims: Claims, others: Claims): Claims =>
  others === NOTHING || claims === others ? claims : claims === NOTHING ? others : { ...others, ...claims };

/** What a span itself says; a dialect's own ids are known of members only. */
function claimsOf(held: HeldSpan, reader: SpanReader): Claims {
  const { attributes } = held.span;
  const reading = held.kind(reader) === undefined ? undefined : held.reading(reader);
  const said: { [Kind in keyof Claims]: string | undefined } = {
    session: textAt(attributes, ATTRIBUTE.sessionId) ?? held.contextIdentity?.sessionId,
    conversation: textAt(attributes, ATTRIBUTE.conversationId),
    ownSession: reading?.sessionId,
    user: textAt(attributes, ATTRIBUTE.userId) ?? held.contextIdentity?.userId,
    ownUser: reading?.userId,
  };
  if (KINDS.every((kind) => said[kind] === undefined)) return NOTHING;
  const claims: Claims = {};
  for (const kind of KINDS) if (said[kind] !== undefined) claims[kind] = said[kind];
  return claims;
}

/** The identities of some spans, each looked at once. */
export class Identities {
  readonly #reader: SpanReader;
  readonly #own = new Map<HeldSpan, Claims>();
  readonly #below = new Map<HeldSpan, Claims>();
  readonly #above = new Inherited<Claims>(NOTHING, (above, span) => completed(this.#ofSpan(span), above));

  /** @param spans in order; what stands below a span is looked for among them */
  constructor(spans: readonly HeldSpan[], reader: SpanReader) {
    this.#reader = reader;
    for (const span of spans.toReversed()) {
      const below = this.#below.get(span);
      const own = this.#ofSpan(span);
      const claims = below === undefined ? own : completed(own, below);
      if (span.parent === undefined || claims === NOTHING) continue;
      // Backwards, so that of several below the earliest stays.
      const others = this.#below.get(span.parent);
      this.#below.set(span.parent, others === undefined ? claims : completed(claims, others));
    }
  }

  #ofSpan(span: HeldSpan): Claims {
    const known = this.#own.get(span);
    if (known !== undefined) return known;
    const claims = claimsOf(span, this.#reader);
    this.#own.set(span, claims);
    return claims;
  }

  /** Of the span or one above it, nearest first, then of one below. */
  resolve(span: HeldSpan): Claims {
    return completed(this.#above.of(span), this.#below.get(span) ?? NOTHING);
  }

  /**
   * Of a part of an agent's or tool's work: the thread is that of the whole, for a sub-agent has threads of its own; only a user of its own makes it
   * somebody else's.
   */
  resolveWithin(span: HeldSpan, whole: HeldSpan): Claims {
    const { user, ownUser } = this.resolve(span);
    return completed(
      { ...(user !== undefined && { user }), ...(ownUser !== undefined && { ownUser }) },
      this.resolve(whole),
    );
  }
}
