import {
  AppError,
  formatTimestamp,
  MAX_CHARACTERS_OF_ALL_DOCUMENTS,
  alertRuleSchema,
  type ContextDocumentResource,
  type CreateContextDocument,
  type UpdateContextDocument,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { Prisma, type ContextDocument } from '../generated/client.js';
import { createResourceStore, type ResourceStore } from './resource-store.js';

export type ContextDocumentStore = ResourceStore<
  CreateContextDocument,
  UpdateContextDocument,
  ContextDocumentResource
>;

/** Runbooks and similar texts: global, or targeted at alerts by rules. */
export const createContextDocumentStore = ({ prisma }: Database): ContextDocumentStore =>
  createResourceStore({
    noun: 'context document',
    toResource: toContextDocument,
    insert: (input: CreateContextDocument) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.contextDocument.create({
          data: {
            ...toColumns(input),
            title: input.title,
            docType: input.doc_type,
            content: input.content,
          },
        });
        await assertRoom(tx);
        return row;
      }),
    find: (id) => prisma.contextDocument.findUnique({ where: { id } }),
    findPage: (page) => prisma.contextDocument.findMany(page),
    count: () => prisma.contextDocument.count(),
    change: (id, changes: UpdateContextDocument) =>
      prisma.$transaction(async (tx) => {
        const row = await tx.contextDocument.update({
          where: { id },
          data: { ...toColumns(changes), version: { increment: 1 } },
        });
        if (row.isGlobal !== (row.targetingRules === null)) {
          throw new AppError(
            'request.invalid',
            'A context document is either global or has targeting_rules.',
            { issues: [{ pointer: '/targeting_rules', message: 'does not fit is_global' }] },
          );
        }
        if (changes.content !== undefined) await assertRoom(tx);
        return row;
      }),
    delete: (id) => prisma.contextDocument.delete({ where: { id } }),
  });

async function assertRoom(tx: Prisma.TransactionClient): Promise<void> {
  const [sum] = await tx.$queryRaw<{ characters: bigint }[]>`
    SELECT coalesce(sum(char_length(content)), 0)::bigint AS characters FROM context_documents`;
  if ((sum?.characters ?? 0n) <= MAX_CHARACTERS_OF_ALL_DOCUMENTS) return;
  throw new AppError(
    'resource.conflict',
    `All context documents together hold at most ${MAX_CHARACTERS_OF_ALL_DOCUMENTS} characters.`,
  );
}

const toColumns = (input: UpdateContextDocument) =>
  defined({
    title: input.title,
    docType: input.doc_type,
    content: input.content,
    isGlobal: input.is_global,
    targetingRules: input.targeting_rules === null ? Prisma.DbNull : input.targeting_rules,
    tags: input.tags,
  });

const toContextDocument = (row: ContextDocument): ContextDocumentResource => ({
  uuid: row.id,
  title: row.title,
  doc_type: row.docType,
  content: row.content,
  is_global: row.isGlobal,
  ...(row.targetingRules !== null && {
    targeting_rules: alertRuleSchema.parse(row.targetingRules),
  }),
  tags: row.tags,
  version: row.version,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
