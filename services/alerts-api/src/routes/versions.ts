import {
  dataEnvelope,
  integerParameter,
  listEnvelope,
  pageQuerySchema,
  uuidSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type VersionOperations } from '../operations/resources.js';
import { callerOf } from './caller.js';
import { replyData, replyPage, uuidParamsSchema } from './replies.js';
import { inPascalCase, type ResourceDescription, withArticle } from './resources.js';

/** Largest `integer` of Postgres. */
const MAX_VERSION = 2 ** 31 - 1;

/** Listing and reading the versions of one kind of resource; `about` says what a version is, or how many are kept. */
export const versionRoutes = <S extends z.ZodType, V extends z.ZodType>(
  { path, noun, tag, asWrittenFor }: ResourceDescription,
  schemas: { summary: S; version: V; about?: string },
  { listVersions, getVersion }: VersionOperations<z.input<S>, z.input<V>>,
): Route[] => [
  defineRoute({
    ...listVersions.access,
    method: 'GET',
    path: `${path}/{uuid}/versions`,
    operationId: `list${inPascalCase(noun)}Versions`,
    asWrittenFor,
    summary: `List the versions of ${withArticle(noun)}, newest first`,
    ...(schemas.about !== undefined && { description: schemas.about }),
    tags: [tag],
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(schemas.summary) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listVersions.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...getVersion.access,
    method: 'GET',
    path: `${path}/{uuid}/versions/{version}`,
    operationId: `get${inPascalCase(noun)}Version`,
    asWrittenFor,
    summary: `Read a version of ${withArticle(noun)}`,
    tags: [tag],
    params: z.object({ uuid: uuidSchema, version: integerParameter(1, MAX_VERSION) }),
    responses: { 200: dataEnvelope(schemas.version) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) =>
      replyData(await getVersion.run(params, callerOf(input))),
  }),
];
