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
  if (indicators.length > 0) await database.query(COUNT_VERDICT, [id]);
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
    create: { id: newUuid(), type, value, classification, isMalformed, alertCount: 1, ...seen },
    update: { lastSeenAt: now, alertCount: { increment: 1 } },
  });
  await prisma.alertIndicator.create({ data: { alertId, indicatorId, position } });
}

const COUNT_VERDICT = `
  UPDATE indicators i
     SET benign_alerts = benign_alerts + (v.verdict = 'Benign')::int,
         suspicious_alerts = suspicious_alerts + (v.verdict = 'Suspicious')::int,
         malicious_alerts = malicious_alerts + (v.verdict = 'Malicious')::int,
         confirmed_malicious_alerts = confirmed_malicious_alerts + coalesce(a.malice_override = 'Malicious', false)::int
    FROM alert_indicators l JOIN alerts a ON a.id = l.alert_id
   CROSS JOIN LATERAL (SELECT coalesce(a.malice_override, a.malice) AS verdict) v
   WHERE l.alert_id = $1 AND i.id = l.indicator_id AND v.verdict <> 'Pending'`;
