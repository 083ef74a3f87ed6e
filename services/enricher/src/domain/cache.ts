import { isAnswer, type LookupResult } from '@calseta/common';
import { type ProviderSettings } from '../provider.js';

/** Only answers are served again, only under the settings that they were given under, and not for ever. */
export const isFresh = (
  result: Pick<LookupResult, 'status' | 'configVersion' | 'expiresAt'>,
  configVersion: number,
  now: Date,
): boolean => isAnswer(result) && result.configVersion === configVersion && result.expiresAt > now;

/** When an answer got at `fetchedAt` goes stale; a failure at once. */
export function expiryOf(
  status: LookupResult['status'],
  fetchedAt: Date,
  settings: Pick<ProviderSettings, 'ttlSeconds' | 'negativeTtlSeconds'>,
): Date {
  const ttl = { success: settings.ttlSeconds, not_found: settings.negativeTtlSeconds };
  const seconds = status === 'success' || status === 'not_found' ? ttl[status] : 0;
  return new Date(fetchedAt.getTime() + seconds * 1_000);
}

/** Of two results of one provider about one indicator, the one to keep: a failure never hides an answer. */
export const preferResult = <Earlier extends HasStatus, Later extends HasStatus>(
  earlier: Earlier | undefined,
  later: Later,
): Earlier | Later => (earlier && isAnswer(earlier) && !isAnswer(later) ? earlier : later);

type HasStatus = Pick<LookupResult, 'status'>;
