import { formatTimestamp, type LookupStatus, type RawAnswerResource } from '@calseta/common';
import { type Database } from '../core/database.js';

/** What a provider said about an indicator, or what is known where nothing of it is kept. */
export type FoundRawAnswer =
  | { kind: 'kept'; answer: RawAnswerResource }
  | { kind: 'no_indicator' }
  | { kind: 'no_provider' }
  | {
      kind: 'none';
      isLocal: boolean;
      isOwnDirectory: boolean;
      /** Of its newest result; undefined where it was never asked. */
      status?: LookupStatus;
    };

export interface RawAnswerStore {
  find(indicatorId: string, providerName: string): Promise<FoundRawAnswer>;
}

/** Reads what providers said; it is stored with their answers. */
export const createRawAnswerStore = ({ prisma }: Pick<Database, 'prisma'>): RawAnswerStore => ({
  async find(indicatorId, providerName) {
    const key = { indicatorId_providerName: { indicatorId, providerName } };
    const row = await prisma.enrichmentRawAnswer.findUnique({ where: key });
    if (row)
      return {
        kind: 'kept',
        answer: {
          provider_name: row.providerName,
          fetched_at: formatTimestamp(row.fetchedAt),
          steps: row.steps as RawAnswerResource['steps'],
        },
      };
    const [indicators, provider, result] = await Promise.all([
      prisma.indicator.count({ where: { id: indicatorId } }),
      prisma.enrichmentProvider.findUnique({ where: { name: providerName } }),
      prisma.enrichmentResult.findUnique({ where: key }),
    ]);
    if (indicators === 0) return { kind: 'no_indicator' };
    if (!provider) return { kind: 'no_provider' };
    return {
      kind: 'none',
      isLocal: provider.origin === 'local',
      isOwnDirectory: provider.isOwnDirectory,
      ...(result && { status: result.status }),
    };
  },
});
