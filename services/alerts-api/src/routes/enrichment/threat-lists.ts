import {
  createThreatListSchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  MAX_THREAT_LIST_BYTES,
  pageQuerySchema,
  replaceThreatListContentSchema,
  threatListEntrySchema,
  threatListSchema,
  updateThreatListSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type ThreatListOperations } from '../../operations/enrichment/threat-lists.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage, uuidParamsSchema } from '../replies.js';
import { deleteRoute, readRoutes, type ResourceDescription } from '../resources.js';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/threat-lists',
  noun: 'threat list',
  tag: 'Threat lists',
  asWrittenFor: 'config:write',
};
const tags = [DESCRIPTION.tag];
const path = `${DESCRIPTION.path}/{uuid}` as const;

export const threatListRoutes = (operations: ThreatListOperations): Route[] => [
  createRoute(operations),
  ...readRoutes(DESCRIPTION, { resource: threatListSchema }, operations),
  entriesRoute(operations),
  updateRoute(operations),
  replaceRoute(operations),
  deleteRoute(DESCRIPTION, operations.remove),
];

const createRoute = ({ create }: ThreatListOperations): Route =>
  defineRoute({
    ...create.access,
    method: 'POST',
    path: DESCRIPTION.path,
    operationId: 'createThreatList',
    asWrittenFor: DESCRIPTION.asWrittenFor,
    summary: 'Create a threat list',
    description:
      'Every enricher looks indicators up in it within two seconds. What cannot be read is named by its line or by a ' +
      'pointer into the content.',
    tags,
    body: createThreatListSchema,
    maxBodyBytes: MAX_THREAT_LIST_BYTES,
    responses: { 201: dataEnvelope(threatListSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await create.run(body, callerOf(input)))),
  });

const entriesRoute = ({ listEntries }: ThreatListOperations): Route =>
  defineRoute({
    ...listEntries.access,
    method: 'GET',
    path: `${path}/entries`,
    operationId: 'listThreatListEntries',
    asWrittenFor: DESCRIPTION.asWrittenFor,
    summary: 'List what was read of the content of a threat list',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(threatListEntrySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listEntries.run({ ...params, ...query }, callerOf(input))),
  });

const updateRoute = ({ update }: ThreatListOperations): Route =>
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path,
    operationId: 'updateThreatList',
    asWrittenFor: DESCRIPTION.asWrittenFor,
    summary: 'Change a threat list, not its content',
    tags,
    params: uuidParamsSchema,
    body: updateThreatListSchema,
    responses: { 200: dataEnvelope(threatListSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body: changes, ...input }) =>
      replyData(await update.run({ ...params, changes }, callerOf(input))),
  });

const replaceRoute = ({ replace }: ThreatListOperations): Route =>
  defineRoute({
    ...replace.access,
    method: 'PUT',
    path: `${path}/content`,
    operationId: 'replaceThreatListContent',
    asWrittenFor: DESCRIPTION.asWrittenFor,
    summary: 'Replace the content of a threat list',
    tags,
    params: uuidParamsSchema,
    body: replaceThreatListContentSchema,
    maxBodyBytes: MAX_THREAT_LIST_BYTES,
    responses: { 200: dataEnvelope(threatListSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) =>
      replyData(await replace.run({ ...params, ...body }, callerOf(input))),
  });
