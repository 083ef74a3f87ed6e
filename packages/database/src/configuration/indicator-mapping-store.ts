import {
  AppError,
  formatTimestamp,
  type CreateIndicatorMapping,
  type IndicatorMappingResource,
  MAX_MAPPINGS,
  MAX_MAPPINGS_PER_SOURCE,
  type Role,
  type UpdateIndicatorMapping,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type IndicatorMapping, type Prisma } from '../generated/client.js';
import { createResourceStore, type ResourceStore } from '../resources/resource-store.js';

export type IndicatorMappingStore = ResourceStore<
  CreateIndicatorMapping,
  UpdateIndicatorMapping,
  IndicatorMappingResource
>;

/** Mappings from alert fields to indicators: built-in system mappings and custom ones. */
export function createIndicatorMappingStore(database: Database): IndicatorMappingStore {
  const { prisma } = database;
  return createResourceStore(database, {
    noun: 'indicator mapping',
    toResource: toMapping,
    insert: (input: CreateIndicatorMapping) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.indicatorMapping.create({
          data: {
            ...toColumns(input),
            pass: 'custom',
            path: input.path,
            indicatorType: input.indicator_type,
          },
        });
        await assertRoomInAll(tx);
        await assertRoomAt(tx, row);
        return row;
      }),
    table: 'indicator_mappings',
    rows: prisma.indicatorMapping,
    change: (id, changes: UpdateIndicatorMapping, updatedAt?: Date) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.indicatorMapping.update({
          where: { id, ...(updatedAt && { updatedAt }) },
          data: toColumns(changes),
        });
        const touched = Object.keys(changes).filter((field) => field !== 'is_active');
        if (row.pass === 'system' && touched.length > 0) throw builtIn(touched);
        if (changes.is_active === true || changes.source_name !== undefined) {
          await assertRoomAt(tx, row);
        }
        return row;
      }),
    delete: (id) => prisma.indicatorMapping.delete({ where: { id, pass: 'custom' } }),
  });
}

const builtIn = (fields: string[]) =>
  new AppError('resource.conflict', 'A system mapping can only be switched on and off.', {
    issues: fields.map((field) => ({ pointer: `/${field}`, message: 'is built in' })),
  });

/**
 * Runs after the change. The change raises the configuration version, which only one transaction at a time can do, so
 * of two concurrent changes the later one counts the earlier.
 */
async function assertRoomInAll(tx: Prisma.TransactionClient): Promise<void> {
  if ((await tx.indicatorMapping.count({ where: { pass: 'custom' } })) <= MAX_MAPPINGS) return;
  throw new AppError('resource.conflict', `There are ${MAX_MAPPINGS} custom mappings at most.`);
}

/** The same for the mappings that apply to one source; a mapping for every source checks the source with the most. */
async function assertRoomAt(
  tx: Prisma.TransactionClient,
  { sourceName, isActive, pass }: IndicatorMapping,
): Promise<void> {
  if (!isActive || pass !== 'custom') return;
  const groups = await tx.indicatorMapping.groupBy({
    by: ['sourceName'],
    where: {
      pass,
      isActive,
      ...(sourceName !== null && { OR: [{ sourceName: null }, { sourceName }] }),
    },
    _count: true,
  });
  const global = groups.find((group) => group.sourceName === null)?._count ?? 0;
  const own = groups.filter((group) => group.sourceName !== null).map(({ _count }) => _count);
  if (global + Math.max(0, ...own) <= MAX_MAPPINGS_PER_SOURCE) return;
  throw new AppError(
    'resource.conflict',
    `${sourceName ?? 'A source'} has ${MAX_MAPPINGS_PER_SOURCE} active mappings at most, those for every source included.`,
  );
}

const toColumns = (input: UpdateIndicatorMapping) =>
  defined({
    sourceName: input.source_name,
    path: input.path,
    indicatorType: input.indicator_type,
    role: input.role,
    isActive: input.is_active,
  });

const toMapping = (row: IndicatorMapping): IndicatorMappingResource => ({
  uuid: row.id,
  pass: row.pass === 'system' ? 'system' : 'custom',
  source_name: row.sourceName,
  path: row.path,
  indicator_type: row.indicatorType,
  role: row.role as Role | null,
  is_active: row.isActive,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
