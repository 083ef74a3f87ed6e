import {
  type AuditEntryResource,
  type AuditFilter,
  type AuditQuery,
  type AuditVerification,
  type VerifyAuditQuery,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { wholeRows } from '../core/fit-rows.js';
import { type Page, type PageRequest, readLargeKeysetPage } from '../core/page.js';
import { type AuditEntry, type Prisma } from '../generated/client.js';
import { toAuditEntry } from './audit-entry.js';
import { chainEntries } from './chain-entries.js';
import { readVerification } from './read-verification.js';
import { type AuditAge, deleteOldest, emptyTexts } from './retain-entries.js';

/** A request whose work another service does. */
export type AuditedRequest = {
  /** `test_push_requested` */
  verb: string;
  resourceType: string;
  resourceId: string;
  /** What was asked for. */
  detail?: Record<string, unknown>;
};

/** The audit log. Changes of rows are written by triggers; see ADR 0033. */
export interface AuditStore {
  /** Writes what no row shows; under `actAs`, as that of the one who acts. */
  record(request: AuditedRequest): Promise<void>;
  /** Chained entries. */
  list(
    filter: AuditFilter & Pick<AuditQuery, 'sort'>,
    page: PageRequest,
  ): Promise<Page<AuditEntryResource>>;
  /** Chains pending entries, and returns how many. With `skipIfBusy` it does not wait for another process that chains. */
  chain(options: { skipIfBusy: boolean }): Promise<number>;
  /** Checks part of the chain. Throws `request.invalid` when it has no entry `after`. */
  verify(query: VerifyAuditQuery): Promise<AuditVerification>;
  /** Empties the texts of at most `limit` entries of this age; the chain stays as it is. */
  emptyTexts(age: AuditAge, limit: number): Promise<number>;
  /** Deletes at most `limit` entries from the beginning of the chain, which begins later then. */
  deleteOldest(age: AuditAge, limit: number): Promise<number>;
}

const RECORD = 'SELECT write_audit_entry($1, $2, $3, NULL, $4::jsonb)';

const positionSchema = z.int().min(0);

type Place = Pick<AuditEntry, 'id' | 'sequence'>;

export const createAuditStore = (database: Database): AuditStore => ({
  async record({ verb, resourceType, resourceId, detail }) {
    await database.transaction((client) =>
      client.send(RECORD, [
        verb,
        resourceType,
        resourceId,
        detail === undefined ? null : JSON.stringify(detail),
      ]),
    );
  },
  list: async ({ sort, ...filter }, page) => await listEntries(database, sort, filter, page),
  chain: async (options) => await chainEntries(database, options),
  verify: async (query) => await readVerification(database, query),
  emptyTexts: async (age, limit) => await emptyTexts(database, age, limit),
  deleteOldest: async (age, limit) => await deleteOldest(database, age, limit),
});

async function listEntries(
  database: Pick<Database, 'prisma' | 'query' | 'readLarge'>,
  sort: AuditQuery['sort'],
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntryResource>> {
  const { prisma } = database;
  const wanted = toWhere(filter);
  const isNewestFirst = sort === '-sequence';
  const orderBy = { sequence: isNewestFirst ? 'desc' : 'asc' } as const;
  return await readLargeKeysetPage(database, page, {
    rows: wholeRows('audit_entries'),
    positionSchema,
    positionOf: ({ sequence }: Place) => Number(sequence),
    find: async (after, take) =>
      await prisma.auditEntry.findMany({
        where: {
          AND: [
            wanted,
            after === undefined
              ? { sequence: { not: null } }
              : { sequence: isNewestFirst ? { lt: after } : { gt: after } },
          ],
        },
        select: { id: true, sequence: true },
        orderBy,
        take,
      }),
    read: async (places) =>
      await prisma.auditEntry.findMany({
        where: { id: { in: places.map(({ id }) => id) } },
        orderBy,
      }),
    count: async () =>
      await prisma.auditEntry.count({ where: { ...wanted, sequence: { not: null } } }),
    toResource: toAuditEntry,
  });
}

const toWhere = (filter: AuditFilter): Prisma.AuditEntryWhereInput => ({
  ...defined({
    actor: filter.actor,
    keyId: filter.key_id,
    action: filter.action,
    resourceType: filter.resource_type,
    resourceId: filter.resource_id,
    requestId: filter.request_id,
  }),
  ...((filter.from !== undefined || filter.to !== undefined) && {
    at: defined({
      gte: filter.from === undefined ? undefined : new Date(filter.from),
      lt: filter.to === undefined ? undefined : new Date(filter.to),
    }),
  }),
});
