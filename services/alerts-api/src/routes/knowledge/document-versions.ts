import {
  contextDocumentVersionSchema,
  contextDocumentVersionSummarySchema,
  dataEnvelope,
  listEnvelope,
  pageQuerySchema,
  uuidSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type ContextDocumentOperations } from '../../operations/knowledge/context-documents.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage, uuidParamsSchema } from '../replies.js';

const path = '/v1/context-documents/{uuid}/versions';
const tags = ['Context documents'];
const asWrittenFor = 'config:write';

/** The versions of a context document. */
export const documentVersionRoutes = ({
  listVersions,
  getVersion,
}: Pick<ContextDocumentOperations, 'listVersions' | 'getVersion'>): Route[] => [
  defineRoute({
    ...listVersions.access,
    method: 'GET',
    path,
    operationId: 'listContextDocumentVersions',
    asWrittenFor,
    summary: 'List the versions of a context document, newest first',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(contextDocumentVersionSummarySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listVersions.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...getVersion.access,
    method: 'GET',
    path: `${path}/{version}`,
    operationId: 'getContextDocumentVersion',
    asWrittenFor,
    summary: 'Read a version of a context document',
    tags,
    params: z.object({ uuid: uuidSchema, version: z.coerce.number().int().min(1) }),
    responses: { 200: dataEnvelope(contextDocumentVersionSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) =>
      replyData(await getVersion.run(params, callerOf(input))),
  }),
];
