/** Whose conversation it is: handed down in the context, where the span processor reads it, and as attributes, for whoever sees spans alone. */
import { createContextKey } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import {
  ATTR_HUGGINGPLACE_METADATA,
  ATTR_HUGGINGPLACE_USER_METADATA,
  ATTR_SESSION_ID,
  ATTR_USER_ID,
  ATTR_USER_ROLES,
} from './attributes.ts';
import { withIdsInBaggage } from './baggage.ts';
import { putMetadata, putNamed } from './named-attributes.ts';
import type { Metadata } from './named-attributes.ts';

/** The user whose conversation it is. */
export interface User {
  readonly id?: string | undefined;
  readonly email?: string | undefined;
  /** Short name or login. */
  readonly name?: string | undefined;
  readonly fullName?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

export interface IdentityOptions {
  /** Groups interactions into a conversation. */
  readonly sessionId?: string | undefined;
  readonly user?: User | undefined;
  /** Into `user_meta_data` of each interaction. */
  readonly userMetadata?: Metadata | undefined;
  /** Into `metaData` of each interaction. */
  readonly metadata?: Metadata | undefined;
}

/** What the context holds. The shape is shared with the span processor by the name of the key, so a change of it is a breaking one. */
export interface Identity {
  readonly sessionId?: string;
  readonly userId?: string;
  readonly userRoles?: string[];
  /** `email`, `name` and `full_name` are the user's, the rest is free. */
  readonly userMetadata?: Metadata;
  readonly metadata?: Metadata;
}

/** `createContextKey` registers by name, so every package and every copy of this one gets the same key. */
const IDENTITY_KEY = createContextKey('huggingplace.identity');

const IDENTITY_ATTRIBUTES = { sessionId: ATTR_SESSION_ID, userId: ATTR_USER_ID, userRoles: ATTR_USER_ROLES };
/** Keys of `user_meta_data` that OpenTelemetry has attributes for: `user.<key>`. */
const USER_METADATA = { email: 'email', name: 'name', fullName: 'full_name' };

export const identityOf = (context: Context): Identity | undefined =>
  context.getValue(IDENTITY_KEY) as Identity | undefined;

/** The context in which `options` hold, and beneath them whatever they leave open and the context knew already. */
export function withIdentity(context: Context, options: IdentityOptions, passesOn?: boolean): Context {
  const { user } = options;
  const known = identityOf(context);
  const sessionId = options.sessionId || known?.sessionId;
  const userId = user?.id || known?.userId;
  // Roles and names of one user are not another's.
  const knownOfUser = known?.userId === undefined || known.userId === userId ? known : undefined;
  const userRoles = user?.roles ?? knownOfUser?.userRoles;
  const userMetadata = {
    ...knownOfUser?.userMetadata,
    ...putNamed({}, user ?? {}, USER_METADATA),
    ...options.userMetadata,
  };
  const identity: Identity = {
    ...(sessionId && { sessionId }),
    ...(userId && { userId }),
    ...(userRoles && { userRoles: [...userRoles] }),
    userMetadata: Object.freeze(userMetadata),
    metadata: Object.freeze({ ...known?.metadata, ...options.metadata }),
  };
  return withIdsInBaggage(context.setValue(IDENTITY_KEY, Object.freeze(identity)), identity, passesOn);
}

/** Writes an identity as attributes of a span. */
export function putIdentity(attributes: Attributes, identity: Identity = {}): Attributes {
  putNamed(attributes, identity, IDENTITY_ATTRIBUTES);
  putMetadata(attributes, identity.userMetadata, (key) =>
    Object.values(USER_METADATA).includes(key) ? `user.${key}` : ATTR_HUGGINGPLACE_USER_METADATA(key),
  );
  return putMetadata(attributes, identity.metadata, ATTR_HUGGINGPLACE_METADATA);
}
