import { type AuditEntryResource, formatTimestamp } from '@calseta/common';
import { type AuditEntry } from '../generated/client.js';

/** A chained entry as the API shows it. */
export const toAuditEntry = (row: AuditEntry): AuditEntryResource => ({
  sequence: Number(row.sequence),
  uuid: row.id,
  at: formatTimestamp(row.at),
  actor: row.actor,
  actor_type: row.actorType as AuditEntryResource['actor_type'],
  key_id: row.keyId,
  agent_uuid: row.agentId,
  address: row.address,
  request_id: row.requestId,
  via: row.via,
  action: row.action,
  resource_type: row.resourceType,
  resource_id: row.resourceId,
  before: row.before as Record<string, unknown> | null,
  after: row.after as Record<string, unknown> | null,
  before_salt: row.beforeSalt,
  before_hash: row.beforeHash,
  after_salt: row.afterSalt,
  after_hash: row.afterHash,
  previous_hash: row.previousHash ?? '',
  hash: row.hash ?? '',
});
