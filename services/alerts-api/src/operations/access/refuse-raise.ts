import { type ApiKeyResource, AppError, hasScope, type UpdateApiKey } from '@calseta/common';

/** Refuses changes that would let a key do more, from more places, or for longer than it can now. */
export function refuseRaise(current: ApiKeyResource, changes: UpdateApiKey): void {
  const raised: Partial<Record<keyof UpdateApiKey, boolean | undefined>> = {
    scopes: changes.scopes?.some((scope) => !hasScope(current.scopes, scope)),
    allowed_sources: isWider(current.allowed_sources, changes.allowed_sources),
    allowed_networks: isWider(current.allowed_networks, changes.allowed_networks),
    expires_at: isLater(current.expires_at, changes.expires_at),
  };
  const issues = Object.entries(raised)
    .filter(([, isRaised]) => isRaised)
    .map(([field]) => ({ pointer: `/${field}`, message: 'would raise the rights of this key' }));
  if (issues.length === 0) return;
  throw new AppError(
    'auth.forbidden',
    'A key cannot raise its own rights; another admin key can change it.',
    { issues },
  );
}

export function refusePastExpiry({ expires_at: expiresAt }: UpdateApiKey): void {
  if (typeof expiresAt !== 'string' || new Date(expiresAt) > new Date()) return;
  throw new AppError('request.invalid', 'The request is not valid.', {
    issues: [{ pointer: '/expires_at', message: 'is in the past; DELETE revokes a key at once' }],
  });
}

/** Null stands for everything. */
const isWider = (current: readonly string[] | null, wanted: readonly string[] | null | undefined) =>
  wanted !== undefined &&
  current !== null &&
  (wanted === null || wanted.some((one) => !current.includes(one)));

const isLater = (current: string | undefined, wanted: string | null | undefined) =>
  wanted !== undefined &&
  current !== undefined &&
  (wanted === null || new Date(wanted) > new Date(current));
