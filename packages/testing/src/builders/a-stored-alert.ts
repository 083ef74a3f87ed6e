import { type Classification, type IndicatorType, newUuid } from '@calseta/common';
import { type Database } from '@calseta/database';

type AlertInput = Parameters<Database['prisma']['alert']['create']>[0]['data'];
/** Prisma's input with plain foreign keys. */
type AlertColumns = Exclude<AlertInput, { detectionRuleId?: never }>;

export type StoredIndicator = {
  type: IndicatorType;
  value: string;
  classification?: Classification;
  isMalformed?: boolean;
};

export type StoredAlert = Partial<Omit<AlertColumns, 'id' | 'indicators'>> & {
  id?: string;
  /** Linked to the alert in this order. */
  indicators?: readonly StoredIndicator[];
  /** Replaces rawPayload; keeps the spelling of numbers and the order of keys. */
  rawPayloadJson?: string;
};

const SWEPT_AFTER_MS = 600_000;

/** Stores an alert as ingest-api leaves it, with what the test needs changed; returns its id. */
export async function aStoredAlert(database: Database, alert: StoredAlert = {}): Promise<string> {
  const { id = newUuid(), indicators = [], rawPayloadJson, ...columns } = alert;
  const now = new Date();
  await database.prisma.alert.create({
    data: {
      id,
      sourceName: 'generic',
      dedupKey: id,
      title: 'Sign-in from a new country',
      severity: 'Medium',
      occurredAt: new Date('2025-01-15T10:28:00Z'),
      receivedAt: now,
      lastSeenAt: now,
      rawPayload: {},
      stage: 'ingested',
      stageChangedAt: now,
      nextSweepAt: new Date(now.getTime() + SWEPT_AFTER_MS),
      indicatorCount: indicators.length,
      ...columns,
    },
  });
  if (rawPayloadJson !== undefined) {
    await database.query('UPDATE alerts SET raw_payload = $2::json WHERE id = $1', [
      id,
      rawPayloadJson,
    ]);
  }
  for (const [position, indicator] of indicators.entries()) {
    await linkIndicator(database, id, indicator, position);
  }
  return id;
}

async function linkIndicator(
  { prisma }: Database,
  alertId: string,
  { type, value, classification = 'public', isMalformed = false }: StoredIndicator,
  position: number,
): Promise<void> {
  const now = new Date();
  const seen = { firstSeenAt: now, lastSeenAt: now };
  const { id: indicatorId } = await prisma.indicator.upsert({
    where: { type_value: { type, value } },
    create: { id: newUuid(), type, value, classification, isMalformed, ...seen },
    update: { lastSeenAt: now },
  });
  await prisma.alertIndicator.create({ data: { alertId, indicatorId, position } });
}
