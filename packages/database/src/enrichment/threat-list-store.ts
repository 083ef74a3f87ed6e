import {
  AppError,
  decodeCursor,
  encodeCursor,
  formatTimestamp,
  MAX_THREAT_LIST_ENTRIES,
  MAX_THREAT_LISTS,
  type ThreatListEntry,
  type ThreatListResource,
  type UpdateThreatList,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { orUndefined, refuseDuplicates } from '../core/expected-failures.js';
import { readPage, type Page, type PageRequest } from '../core/page.js';
import { type Prisma, type ThreatList } from '../generated/client.js';

/** What was read of a content. */
export type ThreatListContent = {
  format: ThreatListResource['format'];
  entries: readonly ThreatListEntry[];
  skippedCount: number;
};

export type NewThreatList = Pick<
  ThreatListResource,
  'name' | 'description' | 'verdict' | 'is_active'
> &
  ThreatListContent;

/** A list by which indicators are looked up, without its entries. */
export type ThreatListVersion = {
  id: string;
  name: string;
  verdict: 'allow' | 'deny';
  version: number;
};

/** Threat lists of the API. */
export interface ThreatListStore {
  create(list: NewThreatList): Promise<ThreatListResource>;
  list(page: PageRequest): Promise<Page<ThreatListResource>>;
  get(uuid: string): Promise<ThreatListResource | undefined>;
  update(uuid: string, changes: UpdateThreatList): Promise<ThreatListResource | undefined>;
  replace(uuid: string, content: ThreatListContent): Promise<ThreatListResource | undefined>;
  remove(uuid: string): Promise<boolean>;
  listEntries(uuid: string, page: PageRequest): Promise<Page<ThreatListEntry> | undefined>;
}

type Row = Omit<ThreatList, 'entries'>;
const WITHOUT_ENTRIES = { entries: true } as const;

export const createThreatListStore = ({
  prisma,
  query,
}: Pick<Database, 'prisma' | 'query'>): ThreatListStore => ({
  create: async (list) =>
    await refuseDuplicates(
      'threat list of this name',
      prisma.$transaction(async (tx) => {
        const data = {
          ...toColumns(list),
          name: list.name,
          verdict: list.verdict,
          ...toContent(list),
        };
        const row = await tx.threatList.create({ data, omit: WITHOUT_ENTRIES });
        await assertRoom(tx);
        return toResource(row);
      }),
    ),

  list: async (page) =>
    await readPage(page, {
      order: 'newest_first',
      find: (query) => prisma.threatList.findMany({ ...query, omit: WITHOUT_ENTRIES }),
      count: () => prisma.threatList.count(),
      toResource,
    }),

  async get(id) {
    const row = await prisma.threatList.findUnique({ where: { id }, omit: WITHOUT_ENTRIES });
    return row ? toResource(row) : undefined;
  },

  update: async (id, changes) =>
    await refuseDuplicates(
      'threat list of this name',
      orUndefined(change(prisma, id, toColumns(changes))),
    ),

  replace: async (id, content) =>
    await orUndefined(
      prisma.$transaction(async (tx) => {
        const row = await change(tx, id, toContent(content));
        await assertRoom(tx);
        return row;
      }),
    ),

  async remove(id) {
    const { count } = await prisma.threatList.deleteMany({ where: { id } });
    return count > 0;
  },

  async listEntries(id, { cursor, pageSize, includeTotal }) {
    const from = cursor === undefined ? 0 : decodeCursor(positionSchema, cursor)[0];
    const end = from + pageSize;
    const { rows } = await query<{ count: number; json: string }>(SLICE, [id, from, end]);
    const [slice] = rows;
    if (!slice) return undefined;
    return {
      items: parseEntries(slice.json),
      nextCursor: end < slice.count ? encodeCursor([end]) : null,
      ...(includeTotal && { total: slice.count }),
    };
  },
});

/** Postgres takes the list apart, so that no more than a page of it is in memory here. */
const SLICE = `
  SELECT entry_count AS count,
         (SELECT coalesce(json_agg(entry ORDER BY position), '[]')::text
            FROM json_array_elements(entries::json) WITH ORDINALITY AS listed(entry, position)
           WHERE position > $2::bigint AND position <= $3::bigint) AS json
    FROM threat_lists WHERE id = $1`;

const positionSchema = z.tuple([z.int().min(0)]);

const parseEntries = (text: string): ThreatListEntry[] => JSON.parse(text) as ThreatListEntry[];

/** The lists in force. Their entries are read one list at a time, since only a changed list is read anew. */
export const loadThreatListVersions = async ({
  prisma,
}: Pick<Database, 'prisma'>): Promise<ThreatListVersion[]> =>
  (await prisma.threatList.findMany({
    where: { isActive: true },
    select: { id: true, name: true, verdict: true, version: true },
    orderBy: { id: 'asc' },
  })) as ThreatListVersion[];

/** Empty for a list that is gone. */
export async function loadThreatListEntries(
  { prisma }: Pick<Database, 'prisma'>,
  id: string,
): Promise<ThreatListEntry[]> {
  const row = await prisma.threatList.findUnique({ where: { id }, select: { entries: true } });
  return row ? parseEntries(row.entries) : [];
}

const change = async (
  { threatList }: Pick<Prisma.TransactionClient, 'threatList'>,
  id: string,
  data: Prisma.ThreatListUpdateInput,
): Promise<ThreatListResource> =>
  toResource(
    await threatList.update({
      where: { id },
      data: { ...data, version: { increment: 1 } },
      omit: WITHOUT_ENTRIES,
    }),
  );

/** Counts all lists under a lock, so that concurrent uploads do not exceed the limits together. */
async function assertRoom(tx: Prisma.TransactionClient): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('threat_lists', 0))`;
  const { _count: lists, _sum: sum } = await tx.threatList.aggregate({
    _count: true,
    _sum: { entryCount: true },
  });
  if (lists > MAX_THREAT_LISTS)
    throw new AppError('resource.conflict', `There are at most ${MAX_THREAT_LISTS} threat lists.`);
  if ((sum.entryCount ?? 0) > MAX_THREAT_LIST_ENTRIES)
    throw new AppError(
      'resource.conflict',
      `All threat lists together hold at most ${MAX_THREAT_LIST_ENTRIES} entries.`,
    );
}

const toColumns = ({ name, description, verdict, is_active: isActive }: UpdateThreatList) =>
  defined({ name, description, verdict, isActive });

const toContent = ({ format, entries, skippedCount }: ThreatListContent) => ({
  format,
  entries: JSON.stringify(entries),
  entryCount: entries.length,
  skippedCount,
});

const toResource = (row: Row): ThreatListResource => ({
  uuid: row.id,
  name: row.name,
  description: row.description,
  is_active: row.isActive,
  verdict: row.verdict as ThreatListResource['verdict'],
  format: row.format as ThreatListResource['format'],
  entry_count: row.entryCount,
  skipped_count: row.skippedCount,
  version: row.version,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
