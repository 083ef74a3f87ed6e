import { newUuid, type StatedIndicator } from '@calseta/common';
import { type Database } from '@calseta/database';

export type AlertToInsert = {
  sourceName: string;
  title: string;
  description: string | null;
  severity: string;
  occurredAt: Date;
  sourceRuleId: string | null;
  sourceRuleName: string | null;
  statedIndicators: StatedIndicator[];
  normalizedFields: Record<string, string | string[]>;
  rawPayload: unknown;
  stage: string;
  revision: number;
  nextSweepAt: Date;
};

/** Puts an alert where ingest-api leaves it, and returns its id. */
export async function insertAlert(
  database: Database,
  overrides: Partial<AlertToInsert> = {},
): Promise<string> {
  const id = newUuid();
  const alert: AlertToInsert = {
    sourceName: 'generic',
    title: 'Sign-in from a new country',
    description: null,
    severity: 'Medium',
    occurredAt: new Date('2025-01-15T10:28:00Z'),
    sourceRuleId: null,
    sourceRuleName: null,
    statedIndicators: [],
    normalizedFields: {},
    rawPayload: {},
    stage: 'ingested',
    revision: 1,
    nextSweepAt: new Date(Date.now() + 600_000),
    ...overrides,
  };
  await database.query(
    `INSERT INTO alerts (id, source_name, dedup_key, title, description, severity, occurred_at, received_at,
                         last_seen_at, source_rule_id, source_rule_name, mitre_tactics, mitre_techniques,
                         stated_indicators, normalized_fields, raw_payload, stage, revision,
                         stage_changed_at, next_sweep_at)
     VALUES ($1::uuid, $2, $1::uuid::text, $3, $4, $5, $6, now(), now(), $7, $8, '{TA0001}', '{T1078}', $9, $10, $11, $12, $13,
             now(), $14)`,
    [
      id,
      alert.sourceName,
      alert.title,
      alert.description,
      alert.severity,
      alert.occurredAt,
      alert.sourceRuleId,
      alert.sourceRuleName,
      JSON.stringify(alert.statedIndicators),
      JSON.stringify(alert.normalizedFields),
      JSON.stringify(alert.rawPayload),
      alert.stage,
      alert.revision,
      alert.nextSweepAt,
    ],
  );
  return id;
}
