import {
  createSourceSchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  reparsedSourceSchema,
  reparseSourceSchema,
  sourceNameSchema,
  sourceSchema,
  testedSourceSchema,
  testSourceSchema,
  updateSourceSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type SourceOperations } from '../../operations/sources/sources.js';
import { callerOf } from '../caller.js';
import { replyData, replyNothing, replyPage } from '../replies.js';
import { ifMatchSchema, replyVersioned, unchangedSince } from '../resources.js';

const tags = ['Sources'];
const path = '/v1/sources';
const itemPath = '/v1/sources/{name}';

export const sourceParamsSchema = z.object({ name: sourceNameSchema });

export const sourceRoutes = (operations: SourceOperations): Route[] => [
  ...collectionRoutes(operations),
  ...itemRoutes(operations),
];

const collectionRoutes = ({ list, create, test }: SourceOperations): Route[] => [
  defineRoute({
    ...list.access,
    method: 'GET',
    path,
    operationId: 'listSources',
    asWrittenFor: 'admin',
    summary: 'List sources, by name',
    tags,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(sourceSchema) },
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...create.access,
    method: 'POST',
    path,
    operationId: 'createSource',
    asWrittenFor: 'admin',
    summary: 'Create a custom source, read by its field mapping',
    description: 'Ingest knows it within two seconds.',
    tags,
    body: createSourceSchema,
    responses: { 201: dataEnvelope(sourceSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await create.run(body, callerOf(input)))),
  }),
  defineRoute({
    ...test.access,
    method: 'POST',
    path: '/v1/sources/test',
    operationId: 'testSource',
    summary: 'Try a payload: what would become of it, without storing anything',
    description: 'To try a draft of a field mapping takes what saving it does.',
    tags,
    body: testSourceSchema,
    responses: { 200: dataEnvelope(testedSourceSchema) },
    errors: ['source.unknown', 'request.too_large', 'service.unavailable'],
    handler: async (input) => replyData(await test.run(input.body, callerOf(input))),
  }),
];

const itemRoutes = ({ get, update, remove, reparse }: SourceOperations): Route[] => [
  defineRoute({
    ...get.access,
    method: 'GET',
    path: itemPath,
    operationId: 'getSource',
    asWrittenFor: 'admin',
    summary: 'Read a source: is it arriving, and what was wrong with the last bad one?',
    description: 'Counts and times are written every few seconds.',
    tags,
    params: sourceParamsSchema,
    responses: { 200: dataEnvelope(sourceSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      return replyVersioned(await get.run(params, callerOf(input)));
    },
  }),
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path: itemPath,
    operationId: 'updateSource',
    asWrittenFor: 'admin',
    summary: 'Change a source, everywhere within two seconds',
    description: 'Honours `If-Match`: the `ETag` changes with the settings, not with what arrives.',
    tags,
    params: sourceParamsSchema,
    headers: ifMatchSchema,
    body: updateSourceSchema,
    responses: { 200: dataEnvelope(sourceSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'resource.precondition_failed'],
    handler: async ({ params, body: changes, ...input }) => {
      const unchanged = unchangedSince(input.request.headers['if-match']);
      const data = await update.run({ ...params, changes, ...unchanged }, callerOf(input));
      return replyVersioned(data);
    },
  }),
  defineRoute({
    ...reparse.access,
    method: 'POST',
    path: `${itemPath}/reparse`,
    operationId: 'reparseSource',
    summary: 'Read quarantined alerts of a source again, oldest first',
    description:
      'Up to `limit` of them that are not closed; those that can be read go through the pipeline like any other. ' +
      'Send `next_cursor` as `cursor` until it is null.',
    tags,
    params: sourceParamsSchema,
    body: reparseSourceSchema,
    bodyOptional: true,
    responses: { 200: dataEnvelope(reparsedSourceSchema) },
    errors: ['resource.not_found', 'service.unavailable'],
    handler: async ({ params, body: input, ...rest }) =>
      replyData(await reparse.run({ ...params, input }, callerOf(rest))),
  }),
  defineRoute({
    ...remove.access,
    method: 'DELETE',
    path: itemPath,
    operationId: 'deleteSource',
    summary: 'Delete a custom source with its secrets and URL tokens; its alerts stay',
    tags,
    params: sourceParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, ...input }) => {
      await remove.run(params, callerOf(input));
      return replyNothing();
    },
  }),
];
