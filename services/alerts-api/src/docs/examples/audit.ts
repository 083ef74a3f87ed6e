import {
  type AuditEntryResource,
  type AuditVerification,
  FIRST_PREVIOUS_HASH,
} from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, UUIDS } from './shape.js';

const HASH = '3f5a7c9e1b2d4f60'.repeat(4);
const ENTRY: AuditEntryResource = {
  sequence: 1,
  uuid: '01946977-1d00-7000-8000-000000000013',
  at: '2025-01-15T10:30:05.000Z',
  actor: 'dora',
  actor_type: 'human',
  key_id: 'k3yIdOf16Letters',
  agent_uuid: null,
  address: '203.0.113.9',
  request_id: 'req-7',
  via: 'rest',
  action: 'agent.updated',
  resource_type: 'agent',
  resource_id: UUIDS.agent,
  before: { max_concurrency: 4 },
  after: { max_concurrency: 8 },
  before_salt: '5c1e',
  before_hash: 'a0b1c2d3e4f50617'.repeat(4),
  after_salt: '77d2',
  after_hash: '18293a4b5c6d7e8f'.repeat(4),
  previous_hash: FIRST_PREVIOUS_HASH,
  hash: HASH,
};
const VERIFICATION: AuditVerification = {
  is_intact: true,
  verified_from: 1,
  verified_to: 1,
  verified_count: 1,
  emptied_count: 0,
  breaks: [],
  is_complete: true,
  next_after: 1,
  next_hash: HASH,
  first_kept: { sequence: 0, hash: FIRST_PREVIOUS_HASH },
  last_chained: { sequence: 1, hash: HASH },
  pending_count: 0,
};

export const AUDIT_EXAMPLES: Readonly<Record<string, OperationExamples>> = {
  listAuditEntries: lists(ENTRY),
  verifyAudit: answers(VERIFICATION),
};
