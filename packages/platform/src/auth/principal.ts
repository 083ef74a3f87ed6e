import { AppError, hasScope, type KeyType, type Scope } from '@calseta/common';

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

/** Refuses a principal whose key lacks the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (hasScope(principal.scopes, scope)) return;
  throw new AppError('auth.forbidden', `The API key lacks the scope ${scope}.`);
}

/** Refuses a principal whose key is of the other type. */
export function requireKeyType(principal: Principal, keyType: KeyType): void {
  if (principal.keyType === keyType) return;
  throw new AppError('auth.forbidden', `Only a key of the type ${keyType} may do this.`);
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
