import { type AuditQuery, type VerifyAuditQuery } from '@calseta/common';
import { type AuditStore } from '@calseta/database';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';

export type AuditDeps = { audit: AuditStore };

/** What an operation needs that has another service work. */
export type RecordingDeps = { audit: Pick<AuditStore, 'record'> };

export type AuditOperations = ReturnType<typeof auditOperations>;

const READ = { scope: 'audit:read' } as const;
/** Transactions of chaining that one request waits for, so that a backlog does not hold it. */
const MAX_CHAINING = 4;

/** The audit log: who changed what. */
export const auditOperations = ({ audit }: AuditDeps) => {
  /** So that whoever changed something finds it at once. */
  const chainPending = async (): Promise<void> => {
    for (let turn = 0; turn < MAX_CHAINING; turn += 1)
      if ((await audit.chain({ skipIfBusy: false })) === 0) return;
  };
  return {
    list: operation(READ, async (query: AuditQuery) => {
      if (query.cursor === undefined) await chainPending();
      return await audit.list(query, toPageRequest(query));
    }),
    verify: operation(READ, async (query: VerifyAuditQuery) => {
      await chainPending();
      return await audit.verify(query);
    }),
  };
};
