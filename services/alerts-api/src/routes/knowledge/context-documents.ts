import {
  contextDocumentSchema,
  contextDocumentVersionSchema,
  contextDocumentVersionSummarySchema,
  createContextDocumentSchema,
  dataEnvelope,
  DOCUMENT_UPLOAD,
  DOCUMENT_UPLOAD_FIELDS,
  jsonData,
  updateContextDocumentSchema,
  uploadContextDocumentsSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type ContextDocumentOperations } from '../../operations/knowledge/context-documents.js';
import { callerOf } from '../caller.js';
import { keptRoutes, type ResourceDescription } from '../resources.js';
import { versionRoutes } from '../versions.js';

const DESCRIPTION = {
  path: '/v1/context-documents',
  noun: 'context document',
  tag: 'Context documents',
  asWrittenFor: 'config:write',
  isSearched: true,
} as const satisfies ResourceDescription;

export const contextDocumentRoutes = (operations: ContextDocumentOperations): Route[] => [
  createDocument(operations),
  ...keptRoutes(
    DESCRIPTION,
    { update: updateContextDocumentSchema, resource: contextDocumentSchema },
    operations,
  ),
  ...versionRoutes(DESCRIPTION, VERSIONS, operations),
];

const VERSIONS = {
  summary: contextDocumentVersionSummarySchema,
  version: contextDocumentVersionSchema,
};

const { maxFiles, maxBytes } = DOCUMENT_UPLOAD;

const createDocument = ({ create, upload }: ContextDocumentOperations): Route =>
  defineRoute({
    ...create.access,
    method: 'POST',
    path: DESCRIPTION.path,
    operationId: 'createContextDocument',
    asWrittenFor: DESCRIPTION.asWrittenFor,
    summary: 'Create a context document, or upload files',
    description:
      `As a form, up to ${maxFiles} files of Markdown or text, ${maxBytes} bytes in all: each becomes a document, or ` +
      'none does. `data` is a list where several files are sent.',
    tags: [DESCRIPTION.tag],
    body: createContextDocumentSchema,
    responses: {
      201: dataEnvelope(z.union([contextDocumentSchema, z.array(contextDocumentSchema)])),
    },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await create.run(body, callerOf(input)))),
    upload: {
      limits: DOCUMENT_UPLOAD,
      fields: DOCUMENT_UPLOAD_FIELDS,
      schema: uploadContextDocumentsSchema,
      handler: async ({ body, ...input }) => {
        const documents = await upload.run(body, callerOf(input));
        const [first, second] = documents;
        return reply(201, jsonData(first && !second ? first : documents));
      },
    },
  });
