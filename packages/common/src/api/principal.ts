import { AppError } from '../errors.js';
import { hasScope, type KeyType, type Scope } from './scope.js';

/** Who sends a request: the holder of an API key. */
export type Principal = {
  keyId: string;
  name: string;
  keyType: KeyType;
  /** Whom the key stands for: a person, the same on all keys of one, or `agent:<id>`. */
  principalId: string;
  scopes: readonly Scope[];
  /** Null: any source; empty: none. */
  allowedSources: readonly string[] | null;
  /** Set on URL tokens: the only source that the key may ingest for. */
  urlTokenSource: string | null;
};

/** What a key needs in order to do something. */
export type Access = {
  scope: Scope;
  /** The only type of key that may do it; any, when left out. */
  keyType?: KeyType;
  /** Scopes that the key must hold besides to send these fields of the input. */
  fieldScopes?: Readonly<Record<string, Scope>>;
};

/** Refuses a principal whose key lacks the scope or is of the other type. */
export function requireAccess(principal: Principal, { scope, keyType }: Access): void {
  requireScope(principal, scope);
  if (keyType !== undefined && principal.keyType !== keyType) {
    throw new AppError('auth.forbidden', `Only a key of the type ${keyType} may do this.`);
  }
}

/** Refuses a principal whose key may not send a field of this input. A field counts as sent whatever its value is. */
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

/** Refuses a principal whose key lacks the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (hasScope(principal.scopes, scope)) return;
  throw new AppError('auth.forbidden', `The API key lacks the scope ${scope}.`);
}

/** Refuses a principal whose key is not meant for the source. */
export function requireSource(principal: Principal, sourceName: string): void {
  const { allowedSources, urlTokenSource } = principal;
  const isAllowed =
    (urlTokenSource === null || urlTokenSource === sourceName) &&
    (allowedSources === null || allowedSources.includes(sourceName));
  if (!isAllowed) {
    throw new AppError('auth.forbidden', 'The API key is not allowed for this source.');
  }
}
