import { isAnswer, type LookupResult } from '@calseta/common';
import { type ProviderSettings } from './provider.js';

/** Whether a stored result can be used: an answer, given under the current settings, not expired. */
export const isFresh = (
  result: Pick<LookupResult, 'status' | 'configVersion' | 'expiresAt'>,
  configVersion: number,
  now: Date,
): boolean => isAnswer(result) && result.configVersion === configVersion && result.expiresAt > now;

/** When an answer expires; a failure expires at once. */
export function expiryOf(
  status: LookupResult['status'],
  fetchedAt: Date,
  settings: Pick<ProviderSettings, 'ttlSeconds' | 'negativeTtlSeconds'>,
): Date {
  const ttl = { success: settings.ttlSeconds, not_found: settings.negativeTtlSeconds };
  const seconds = status === 'success' || status === 'not_found' ? ttl[status] : 0;
  return new Date(fetchedAt.getTime() + seconds * 1_000);
}

/** The result to keep of two by one provider: a failure never replaces an answer. */
export const preferResult = <Earlier extends HasStatus, Later extends HasStatus>(
  earlier: Earlier | undefined,
  later: Later,
): Earlier | Later => (earlier && isAnswer(earlier) && !isAnswer(later) ? earlier : later);

type HasStatus = Pick<LookupResult, 'status'>;
