/** Whose conversation it is: handed down in the context, where the span processor reads it, and as attributes, for whoever sees spans alone. */
import { createContextKey } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import {
  ATTR_HUGGINGPLACE_METADATA,
  ATTR_HUGGINGPLACE_USER_METADATA,
  ATTR_SESSION_ID,
  ATTR_USER_EMAIL,
  ATTR_USER_FULL_NAME,
  ATTR_USER_ID,
  ATTR_USER_NAME,
  ATTR_USER_ROLES,
} from './attributes.ts';
import { putMetadata } from './metadata.ts';
import type { Metadata } from './metadata.ts';

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
  readonly userRoles?: readonly string[];
  /** `email`, `name` and `full_name` are the user's, the rest is free. */
  readonly userMetadata?: Metadata;
  readonly metadata?: Metadata;
}

/** `createContextKey` registers by name, so every package and every copy of this one gets the same key. */
const IDENTITY_KEY = createContextKey('huggingplace.identity');

/** User metadata that OpenTelemetry has a name for. */
const STANDARD_USER_ATTRIBUTES = new Map([
  ['email', ATTR_USER_EMAIL],
  ['name', ATTR_USER_NAME],
  ['full_name', ATTR_USER_FULL_NAME],
]);

export const identityOf = (context: Context): Identity | undefined =>
  context.getValue(IDENTITY_KEY) as Identity | undefined;

/** The context in which `options` hold, and beneath them whatever they leave open and the context knew already. */
export function withIdentity(context: Context, options: IdentityOptions): Context {
  const { user } = options;
  const known = identityOf(context);
  const sessionId = options.sessionId || known?.sessionId;
  const userId = user?.id || known?.userId;
  // Roles and names of one user are not another's.
  const knownOfUser = known?.userId === undefined || known.userId === userId ? known : undefined;
  const userRoles = user?.roles ?? knownOfUser?.userRoles;
  const userMetadata = {
    ...knownOfUser?.userMetadata,
    ...(user?.email && { email: user.email }),
    ...(user?.name && { name: user.name }),
    ...(user?.fullName && { full_name: user.fullName }),
    ...options.userMetadata,
  };
  const identity: Identity = {
    ...(sessionId && { sessionId }),
    ...(userId && { userId }),
    ...(userRoles && { userRoles: Object.freeze([...userRoles]) }),
    ...frozenUnlessEmpty('userMetadata', userMetadata),
    ...frozenUnlessEmpty('metadata', { ...known?.metadata, ...options.metadata }),
  };
  return context.setValue(IDENTITY_KEY, Object.freeze(identity));
}

const frozenUnlessEmpty = (key: string, metadata: Metadata) =>
  Object.keys(metadata).length > 0 && { [key]: Object.freeze(metadata) };

/** Writes an identity as attributes of a span. */
export function putIdentity(attributes: Attributes, identity: Identity | undefined): void {
  if (identity === undefined) return;
  if (identity.sessionId) attributes[ATTR_SESSION_ID] = identity.sessionId;
  if (identity.userId) attributes[ATTR_USER_ID] = identity.userId;
  if (identity.userRoles) attributes[ATTR_USER_ROLES] = [...identity.userRoles];
  putMetadata(
    attributes,
    identity.userMetadata,
    (key) => STANDARD_USER_ATTRIBUTES.get(key) ?? ATTR_HUGGINGPLACE_USER_METADATA(key),
  );
  putMetadata(attributes, identity.metadata, ATTR_HUGGINGPLACE_METADATA);
}
