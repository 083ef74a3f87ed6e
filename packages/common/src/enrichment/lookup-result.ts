import { type Malice } from '../alert/malice.js';

export const LOOKUP_STATUSES = [
  'success',
  'not_found',
  'failed',
  'timeout',
  'quota',
  'skipped',
] as const;
export type LookupStatus = (typeof LOOKUP_STATUSES)[number];

/** One provider's answer about one indicator, or the reason why there is none. */
export type LookupResult = {
  providerName: string;
  /** Version of the provider's settings at the time of the look-up. */
  configVersion: number;
  status: LookupStatus;
  extracted: Record<string, unknown>;
  malice: Malice;
  error?: string;
  /** Why the provider judged as it did. */
  reasons?: readonly string[];
  fetchedAt: Date;
  /** When the cached answer expires. */
  expiresAt: Date;
};

/** Whether the provider answered, even if it knows nothing about the indicator. */
export const isAnswer = (result: Pick<LookupResult, 'status'>): boolean =>
  result.status === 'success' || result.status === 'not_found';
