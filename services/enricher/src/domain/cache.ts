import { type IndicatorType, isAnswer, type LookupResult } from '@calseta/common';
import { type ProviderSettings } from './provider.js';

/** Whether a stored result can be used: an answer, given under the current settings, not expired. */
export const isFresh = (
  result: Pick<LookupResult, 'status' | 'configVersion' | 'expiresAt'>,
  configVersion: number,
  now: Date,
): boolean => isAnswer(result) && result.configVersion === configVersion && result.expiresAt > now;

/** When an answer about an indicator of this type expires; a failure expires at once. */
export function expiryOf(
  status: LookupResult['status'],
  fetchedAt: Date,
  settings: Pick<ProviderSettings, 'ttlSeconds' | 'negativeTtlSeconds' | 'ttls'>,
  type: IndicatorType,
): Date {
  return new Date(fetchedAt.getTime() + ttlOf(status, settings, type) * 1_000);
}

function ttlOf(
  status: LookupResult['status'],
  { ttlSeconds, negativeTtlSeconds, ttls }: Parameters<typeof expiryOf>[2],
  type: IndicatorType,
): number {
  switch (status) {
    case 'success':
      if (!ttls) return ttlSeconds;
      return typeof ttls.success === 'number' ? ttls.success : (ttls.success[type] ?? ttlSeconds);
    case 'not_found':
      return ttls ? ttls.notFound : negativeTtlSeconds;
    default:
      return 0;
  }
}

/** The result to keep of two by one provider: a failure never replaces an answer. */
export const preferResult = <Earlier extends HasStatus, Later extends HasStatus>(
  earlier: Earlier | undefined,
  later: Later,
): Earlier | Later => (earlier && isAnswer(earlier) && !isAnswer(later) ? earlier : later);

type HasStatus = Pick<LookupResult, 'status'>;
