import { AppError } from '../../core/errors.js';
import { hasScope, isAllowedInShadow, type KeyType, type Scope } from './scope.js';

/** The sender of a request, identified by an API key. */
export type Principal = {
  keyId: string;
  name: string;
  keyType: KeyType;
  /** Owner of the key: the name of a person, who can have several keys, or `agent:<uuid of the agent, or id>`. */
  principalId: string;
  /** Principal that made the key; null for keys from before that was noted. */
  createdBy: string | null;
  /** The agent that the key belongs to. */
  agentId: string | null;
  /** Whether that agent is in shadow mode: it may read and post findings, and change nothing. */
  isShadow: boolean;
  scopes: readonly Scope[];
  /** Sources that the key can access. Null: all; empty: none. */
  allowedSources: readonly string[] | null;
  /** Only set on URL tokens: the one source that the token can send alerts for. */
  urlTokenSource: string | null;
};

/** Requirements that an operation has for a key. */
export type Access = {
  scope: Scope;
  /** Required type of key; any type if absent. */
  keyType?: KeyType;
  /** For operations on one agent: the scope that keys need besides, unless they belong to that agent. */
  unlessOwnAgent?: Scope;
  /** Additional scopes that are required to send these input fields. */
  fieldScopes?: Readonly<Record<string, Scope>>;
};

/** Refuses a principal whose key lacks the scope or is of the other type. */
export function requireAccess(principal: Principal, { scope, keyType }: Access): void {
  requireScope(principal, scope);
  if (keyType !== undefined && principal.keyType !== keyType) {
    throw new AppError('auth.forbidden', `Only a key of the type ${keyType} may do this.`);
  }
}

/** Refuses a principal whose key lacks the scope for a field in the input, whatever the value of the field. */
export function requireFieldScopes(
  principal: Principal,
  { fieldScopes = {} }: Pick<Access, 'fieldScopes'>,
  sent: unknown,
): void {
  if (typeof sent !== 'object' || sent === null) return;
  for (const [field, scope] of Object.entries(fieldScopes)) {
    if (Object.hasOwn(sent, field)) requireScope(principal, scope);
  }
}

/** Refuses a principal whose key lacks the scope, or whose agent is in shadow mode where the scope changes something. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (!hasScope(principal.scopes, scope)) {
    throw new AppError('auth.forbidden', `The API key lacks the scope ${scope}.`);
  }
  if (principal.isShadow && !isAllowedInShadow(scope)) {
    throw new AppError('auth.forbidden', 'The agent is in shadow mode: it can change nothing.');
  }
}

/** Refuses a key that belongs to another agent or to none, unless it has the scope `or`. */
export function requireAgent(principal: Principal, agentId: string, or: Scope): void {
  if (principal.agentId === agentId || hasScope(principal.scopes, or)) return;
  throw new AppError(
    'auth.forbidden',
    `Only a key with this \`agent_uuid\`, or with the scope ${or}, may do this.`,
  );
}

/** Refuses a principal whose key has no access to the source. */
export function requireSource(principal: Principal, sourceName: string): void {
  const { allowedSources, urlTokenSource } = principal;
  const isAllowed =
    (urlTokenSource === null || urlTokenSource === sourceName) &&
    (allowedSources === null || allowedSources.includes(sourceName));
  if (!isAllowed) {
    throw new AppError('auth.forbidden', 'The API key is not allowed for this source.');
  }
}
