import { newUuid, type NormalizedAlert } from '@calseta/common';
import { aNormalizedAlert } from '@calseta/testing';
import { type IngestBatches, type IngestItem, type ReadIndicators } from '../src/index.js';

export const anItem = (overrides: Partial<IngestItem> = {}): IngestItem => ({
  sourceName: 'generic',
  dedupKey: newUuid(),
  isNative: false,
  fingerprint: 'first',
  dedupWindowSeconds: 3_600,
  onUpdate: 'raise',
  onResolved: 'note',
  receivedAt: new Date(),
  occurredAt: new Date('2025-01-15T10:28:00Z'),
  rawPayload: '{"title":"x"}',
  alert: aNormalizedAlert(),
  actor: 'key-1',
  ...overrides,
});

/** A message about the same alert with these changes, in a payload that is new. */
export const anUpdate = (
  of: IngestItem,
  alert: Partial<NormalizedAlert>,
  overrides: Partial<IngestItem> = {},
): IngestItem => ({
  ...of,
  fingerprint: newUuid(),
  rawPayload: JSON.stringify(alert),
  alert: { ...of.alert, ...alert },
  ...overrides,
});

/** Returns the stated indicators. */
export const readStated: ReadIndicators = async ({ statedIndicators }) =>
  statedIndicators.map(({ type, value }) => ({ type, value }));

export const BATCHES: IngestBatches = {
  maxItems: 256,
  maxWaitMs: 1,
  maxConcurrentBatches: 2,
  maxQueued: 1_000,
  maxCharacters: 1_000_000,
};
