import { AppError, type ContextAlert, TEST_SOURCE } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { isForeignKeyViolation } from '../../core/errors.js';

/** A test push, before it is made. */
export type TestDelivery = {
  id: string;
  agentId: string;
  /** The alert that it carries. */
  alert: ContextAlert;
  rawPayloadJson: string;
};

/**
 * Its indicators, hosts and users are not stored: what they are seen in is counted, and alerts are related by them.
 */
const CREATE = `
  WITH alert AS (
    INSERT INTO alerts
           (id, source_name, dedup_key, title, description, severity, tags, occurred_at, received_at, last_seen_at,
            native_alert_id, source_rule_id, mitre_tactics, mitre_techniques, normalized_fields, raw_payload,
            stage, stage_changed_at, next_sweep_at, enrichment_status, enriched_at, enrichment_succeeded,
            enrichment_not_found, malice)
    VALUES ($1::uuid, '${TEST_SOURCE}', 'test:' || $1, $2, $3, $4::text::severity, $5::text[], $6, now(), now(),
            $7, $8, $9::text[], $10::text[], $11::text::jsonb, $12::text::json,
            'dispatched', now(), now(), 'Enriched', now(), $13::text[], $14::text[], $15::text::malice)
    RETURNING id
  )
  INSERT INTO deliveries (id, kind, agent_id, alert_id, revision, severity, next_attempt_at, created_at)
  SELECT $16::uuid, 'test', $17::uuid, id, 1, $4::text::severity, now(), now() FROM alert`;

/** Stores the alert of a test push, so that it takes findings, and its delivery, which no process can claim; `resource.not_found` where the agent is gone. */
export async function createTestDelivery(
  { query }: Pick<Database, 'query'>,
  { id, agentId, alert, rawPayloadJson }: TestDelivery,
): Promise<void> {
  await query(CREATE, [
    alert.uuid,
    alert.title,
    alert.description ?? null,
    alert.severity,
    alert.tags,
    alert.occurredAt,
    alert.nativeAlertId ?? null,
    alert.sourceRuleId ?? null,
    alert.mitreTactics,
    alert.mitreTechniques,
    JSON.stringify(alert.normalizedFields),
    rawPayloadJson,
    alert.enrichmentSucceeded,
    alert.enrichmentNotFound,
    alert.malice,
    id,
    agentId,
  ]).catch((error: unknown) => {
    // The agent was deleted meanwhile.
    if (!isForeignKeyViolation(error)) throw error;
    throw new AppError('resource.not_found', 'No such agent.', { cause: error });
  });
}
