import {
  formatTimestamp,
  type CreateDetectionRule,
  type DetectionRuleResource,
  IMPORTED_FIELDS,
  type TextSearch,
  type UpdateDetectionRule,
} from '@calseta/common';
import { containsText } from '../core/contains-text.js';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type DetectionRule, type Prisma } from '../generated/client.js';
import { createResourceStore, type ResourceStore } from './resource-store.js';

export type DetectionRuleStore = ResourceStore<
  CreateDetectionRule,
  UpdateDetectionRule,
  DetectionRuleResource
>;

/** Detection rules that people create, or the extractor on first sight. */
export function createDetectionRuleStore(database: Database): DetectionRuleStore {
  const { prisma } = database;
  return createResourceStore(database, {
    noun: 'detection rule',
    toResource: toDetectionRule,
    insert: (input: CreateDetectionRule) =>
      prisma.detectionRule.create({
        data: {
          ...toColumns(input),
          name: input.name,
          sourceName: input.source_name ?? null,
          sourceRuleId: input.source_rule_id ?? null,
          editedFields: [...IMPORTED_FIELDS],
        },
      }),
    table: 'detection_rules',
    rows: prisma.detectionRule,
    matching,
    change: (id, changes: UpdateDetectionRule, updatedAt?: Date) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT 1 FROM detection_rules WHERE id = ${id}::uuid FOR UPDATE`;
        const known = await tx.detectionRule.findUnique({ where: { id } });
        return await tx.detectionRule.update({
          where: { id, ...(updatedAt && { updatedAt }) },
          data: {
            ...toColumns(changes),
            isAutoCreated: false,
            editedFields: editedFields(known?.editedFields ?? [], changes),
          },
        });
      }),
    delete: (id) => prisma.detectionRule.delete({ where: { id } }),
  });
}

const editedFields = (known: readonly string[], changes: UpdateDetectionRule): string[] => [
  ...new Set([...known, ...IMPORTED_FIELDS.filter((field) => changes[field] !== undefined)]),
];

function matching({ q }: TextSearch): Prisma.DetectionRuleWhereInput {
  if (q === undefined) return {};
  const part = containsText(q);
  return { OR: [{ name: part }, { sourceRuleId: part }, { documentation: part }] };
}

const toColumns = (input: UpdateDetectionRule) =>
  defined({
    name: input.name,
    severity: input.severity,
    mitreTactics: input.mitre_tactics,
    mitreTechniques: input.mitre_techniques,
    documentation: input.documentation,
    isActive: input.is_active,
  });

const toDetectionRule = (row: DetectionRule): DetectionRuleResource => ({
  uuid: row.id,
  ...(row.sourceName !== null && { source_name: row.sourceName }),
  ...(row.sourceRuleId !== null && { source_rule_id: row.sourceRuleId }),
  name: row.name,
  severity: row.severity,
  mitre_tactics: row.mitreTactics,
  mitre_techniques: row.mitreTechniques,
  documentation: row.documentation,
  is_active: row.isActive,
  is_auto_created: row.isAutoCreated,
  ...(row.importedAt && { imported_at: formatTimestamp(row.importedAt) }),
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
