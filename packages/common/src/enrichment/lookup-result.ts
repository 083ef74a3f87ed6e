import type { Malice } from '../alert/malice.js';

export const LOOKUP_STATUSES = [
  'success',
  'not_found',
  'failed',
  'timeout',
  'quota',
  'skipped',
] as const;
export type LookupStatus = (typeof LOOKUP_STATUSES)[number];

/** What one provider said about one indicator, or why it said nothing. */
export type LookupResult = {
  providerName: string;
  /** Version of the provider's settings under which it was asked. */
  configVersion: number;
  status: LookupStatus;
  extracted: Record<string, unknown>;
  malice: Malice;
  error?: string;
  /** Why the provider judged as it did. */
  reasons?: readonly string[];
  fetchedAt: Date;
  /** Until when the answer may be served again. */
  expiresAt: Date;
};

/** The provider answered, be it that it knows nothing. */
export const isAnswer = (result: Pick<LookupResult, 'status'>): boolean =>
  result.status === 'success' || result.status === 'not_found';
