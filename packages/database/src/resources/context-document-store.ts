import {
  AppError,
  formatTimestamp,
  MAX_CHARACTERS_OF_ALL_DOCUMENTS,
  MAX_DOCUMENT_VERSIONS,
  alertRuleSchema,
  type ContextDocumentResource,
  type ContextDocumentVersionResource,
  type ContextDocumentVersionSummary,
  type CreateContextDocument,
  type TextSearch,
  type UpdateContextDocument,
} from '@calseta/common';
import { containsText } from '../core/contains-text.js';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { Prisma, type ContextDocument, type ContextDocumentVersion } from '../generated/client.js';
import { type Page, type PageRequest } from '../core/page.js';
import { readVersionPage } from '../core/version-page.js';
import { createResourceStore, type ResourceStore } from './resource-store.js';

export interface ContextDocumentStore extends ResourceStore<
  CreateContextDocument,
  UpdateContextDocument,
  ContextDocumentResource
> {
  /** All of them or, when one does not fit, none. */
  createAll(inputs: readonly CreateContextDocument[]): Promise<ContextDocumentResource[]>;
  /** Newest first; undefined for an unknown document. */
  listVersions(
    uuid: string,
    page: PageRequest,
  ): Promise<Page<ContextDocumentVersionSummary> | undefined>;
  getVersion(uuid: string, version: number): Promise<ContextDocumentVersionResource | undefined>;
}

const SUMMARIES = {
  table: 'context_document_versions',
  bytes: `octet_length(r.title) + octet_length(array_to_string(r.tags, ','))`,
};

const READ_SUMMARIES = `
  SELECT version, title, doc_type AS "docType", is_global AS "isGlobal", tags, created_at AS "createdAt",
         char_length(content) AS "contentCharacters"
    FROM context_document_versions
   WHERE document_id = $1 AND version = ANY($2::int[]) ORDER BY version DESC`;

type VersionSummary = Omit<ContextDocumentVersion, 'documentId' | 'content' | 'targetingRules'>;
type SummaryRow = VersionSummary & { contentCharacters: number };

/** Runbooks and similar texts: global, or targeted at alerts by rules. Their versions are kept. */
export function createContextDocumentStore(database: Database): ContextDocumentStore {
  const { prisma } = database;
  return {
    ...createResourceStore(database, {
      noun: 'context document',
      toResource: toContextDocument,
      insert: (input: CreateContextDocument) =>
        prisma.$transaction(async (tx) => {
          const row = await insertDocument(tx, input);
          await assertRoom(tx);
          return row;
        }),
      table: 'context_documents',
      rows: prisma.contextDocument,
      matching,
      change: (id, changes: UpdateContextDocument, updatedAt?: Date) =>
        prisma.$transaction(async (tx) => {
          const row = await tx.contextDocument.update({
            where: { id, ...(updatedAt && { updatedAt }) },
            data: { ...toColumns(changes), version: { increment: 1 } },
          });
          if (row.isGlobal !== (row.targetingRules === null)) {
            throw new AppError(
              'request.invalid',
              'A context document is either global or has targeting_rules.',
              { issues: [{ pointer: '/targeting_rules', message: 'does not fit is_global' }] },
            );
          }
          await keepVersion(tx, row);
          if (changes.content !== undefined) await assertRoom(tx);
          return row;
        }),
      delete: (id) => prisma.contextDocument.delete({ where: { id } }),
    }),

    createAll: async (inputs) =>
      await prisma.$transaction(async (tx) => {
        const documents: ContextDocumentResource[] = [];
        for (const input of inputs) {
          documents.push(toContextDocument(await insertDocument(tx, input)));
        }
        await assertRoom(tx);
        return documents;
      }),

    async listVersions(documentId, page) {
      if ((await prisma.contextDocument.count({ where: { id: documentId } })) === 0)
        return undefined;
      return await readVersionPage(database, page, {
        rows: SUMMARIES,
        of: ['document_id', documentId],
        read: async (versions) =>
          (await database.query<SummaryRow>(READ_SUMMARIES, [documentId, versions])).rows,
        toResource: (row) => ({
          ...toVersionSummary(row),
          content_characters: row.contentCharacters,
        }),
      });
    },

    async getVersion(documentId, version) {
      const row = await prisma.contextDocumentVersion.findUnique({
        where: { documentId_version: { documentId, version } },
      });
      return row ? toVersion(row) : undefined;
    },
  };
}

async function insertDocument(
  tx: Prisma.TransactionClient,
  input: CreateContextDocument,
): Promise<ContextDocument> {
  const row = await tx.contextDocument.create({
    data: {
      ...toColumns(input),
      title: input.title,
      docType: input.doc_type,
      content: input.content,
    },
  });
  await keepVersion(tx, row);
  return row;
}

function matching({ q }: TextSearch): Prisma.ContextDocumentWhereInput {
  if (q === undefined) return {};
  const part = containsText(q);
  return { OR: [{ title: part }, { content: part }, { tags: { has: q } }] };
}

/** Keeps what a document says now, and drops versions beyond the limit. */
async function keepVersion(tx: Prisma.TransactionClient, row: ContextDocument): Promise<void> {
  const { id: documentId, version, title, docType, content, isGlobal, tags } = row;
  await tx.contextDocumentVersion.create({
    data: {
      ...{ documentId, version, title, docType, content, isGlobal, tags },
      targetingRules: row.targetingRules ?? Prisma.DbNull,
    },
  });
  await tx.contextDocumentVersion.deleteMany({
    where: { documentId, version: { lte: version - MAX_DOCUMENT_VERSIONS } },
  });
}

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

const toVersionSummary = (row: VersionSummary) => ({
  version: row.version,
  title: row.title,
  doc_type: row.docType,
  is_global: row.isGlobal,
  tags: row.tags,
  created_at: formatTimestamp(row.createdAt),
});

const toVersion = (row: ContextDocumentVersion): ContextDocumentVersionResource => ({
  ...toVersionSummary(row),
  content: row.content,
  ...(row.targetingRules !== null && {
    targeting_rules: alertRuleSchema.parse(row.targetingRules),
  }),
});
