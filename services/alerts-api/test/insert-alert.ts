import { newUuid } from '@calseta/common';
import { type Database } from '@calseta/database';

type AlertColumns = Parameters<Database['prisma']['alert']['create']>[0]['data'];

/** An alert as the pipeline leaves it, with what the test cares about. */
export async function insertAlert(
  { prisma }: Database,
  columns: Partial<AlertColumns> = {},
): Promise<string> {
  const now = new Date();
  const { id } = await prisma.alert.create({
    data: {
      id: newUuid(),
      sourceName: 'generic',
      dedupKey: newUuid(),
      title: 'Impossible Travel Detected',
      severity: 'High',
      tags: ['identity'],
      occurredAt: new Date('2025-01-15T10:28:00Z'),
      receivedAt: now,
      lastSeenAt: now,
      stageChangedAt: now,
      nextSweepAt: now,
      stage: 'dispatched',
      enrichmentStatus: 'Enriched',
      enrichedAt: now,
      rawPayload: { original: 'source data' },
      ...columns,
    },
  });
  return id;
}
