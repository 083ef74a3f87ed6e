import {
  AppError,
  formatTimestamp,
  type CreateIndicatorMapping,
  type IndicatorMappingResource,
  type Role,
  type UpdateIndicatorMapping,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type IndicatorMapping } from '../generated/client.js';
import { createResourceStore, type ResourceStore } from '../resources/resource-store.js';

export type IndicatorMappingStore = ResourceStore<
  CreateIndicatorMapping,
  UpdateIndicatorMapping,
  IndicatorMappingResource
>;

/** Which field of an alert holds an indicator: the built-in system mappings, and people's own. */
export const createIndicatorMappingStore = ({ prisma }: Database): IndicatorMappingStore =>
  createResourceStore({
    noun: 'indicator mapping',
    toResource: toMapping,
    insert: (input: CreateIndicatorMapping) =>
      prisma.indicatorMapping.create({
        data: {
          ...toColumns(input),
          pass: 'custom',
          path: input.path,
          indicatorType: input.indicator_type,
        },
      }),
    find: (id) => prisma.indicatorMapping.findUnique({ where: { id } }),
    findPage: (page) => prisma.indicatorMapping.findMany(page),
    count: () => prisma.indicatorMapping.count(),
    change: (id, changes: UpdateIndicatorMapping) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.indicatorMapping.update({
          where: { id },
          data: toColumns(changes),
        });
        const touched = Object.keys(changes).filter((field) => field !== 'is_active');
        if (row.pass === 'system' && touched.length > 0) throw builtIn(touched);
        return row;
      }),
    delete: (id) => prisma.indicatorMapping.delete({ where: { id, pass: 'custom' } }),
  });

const builtIn = (fields: string[]) =>
  new AppError('resource.conflict', 'A system mapping can only be switched on and off.', {
    issues: fields.map((field) => ({ pointer: `/${field}`, message: 'is built in' })),
  });

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
