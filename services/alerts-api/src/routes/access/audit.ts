import {
  auditEntrySchema,
  auditQuerySchema,
  auditVerificationSchema,
  dataEnvelope,
  listEnvelope,
  verifyAuditQuerySchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type AuditOperations } from '../../operations/access/audit.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage } from '../replies.js';

const SHARED = { method: 'GET', tags: ['Audit'], asWrittenFor: 'audit:read' } as const;

export const auditRoutes = ({ list, verify }: AuditOperations): Route[] => [
  defineRoute({
    ...SHARED,
    ...list.access,
    path: '/v1/audit',
    operationId: 'listAuditEntries',
    summary: 'List what was changed, and by whom',
    description:
      'Every change of configuration and triage, with what was before and after, without secrets. Each entry is linked ' +
      'to the one before it by a hash. `sort=sequence` exports the log from its beginning.',
    query: auditQuerySchema,
    responses: { 200: listEnvelope(auditEntrySchema) },
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...SHARED,
    ...verify.access,
    path: '/v1/audit/verify',
    operationId: 'verifyAudit',
    summary: 'Check that no entry of the audit log was changed, removed or moved',
    description:
      'Checks up to `limit` entries behind `after`, and names where the chain is broken. Until `is_complete`, call again ' +
      'with `after` and `hash` from `next_after` and `next_hash`.',
    query: verifyAuditQuerySchema,
    responses: { 200: dataEnvelope(auditVerificationSchema) },
    handler: async ({ query, ...input }) => replyData(await verify.run(query, callerOf(input))),
  }),
];
