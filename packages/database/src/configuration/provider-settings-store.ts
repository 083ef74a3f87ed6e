import { type IndicatorType } from '@calseta/common';
import { type Database } from '../core/database.js';

/** What the configuration says about one enrichment provider. */
export type StoredProviderSettings = {
  name: string;
  isEnabled: boolean;
  configVersion: number;
  indicatorTypes: IndicatorType[];
  reliability: number;
  ttlSeconds: number;
  negativeTtlSeconds: number;
  timeoutMs: number;
};

/** Reads the settings of all providers that have any. */
export const loadProviderSettings = async ({
  prisma,
}: Database): Promise<StoredProviderSettings[]> =>
  await prisma.enrichmentProvider.findMany({ omit: { config: true, updatedAt: true } });
