import {
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  testedProviderSchema,
  testProviderSchema,
  uuidSchema,
} from '@calseta/common';
import {
  createEnrichmentProviderSchema,
  enrichmentProviderSchema,
  enrichmentProviderVersionSchema,
  enrichmentProviderVersionSummarySchema,
  updateEnrichmentProviderSchema,
} from '@calseta/http-steps';
import { MAX_PROVIDER_VERSIONS } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type EnrichmentProviderOperations } from '../../operations/enrichment/enrichment-providers.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage, uuidParamsSchema } from '../replies.js';
import { deleteRoute, readRoutes, type ResourceDescription } from '../resources.js';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/enrichment-providers',
  noun: 'enrichment provider',
  tag: 'Enrichment providers',
  asWrittenFor: 'admin',
};
const tags = [DESCRIPTION.tag];

export const enrichmentProviderRoutes = (operations: EnrichmentProviderOperations): Route[] => [
  createProvider(operations),
  ...readRoutes(DESCRIPTION, { resource: enrichmentProviderSchema }, operations),
  updateProvider(operations),
  deleteRoute(DESCRIPTION, operations.remove),
  ...versionRoutes(operations),
  testProvider(operations),
];

const createProvider = ({ create }: EnrichmentProviderOperations): Route =>
  defineRoute({
    ...create.access,
    method: 'POST',
    path: DESCRIPTION.path,
    operationId: 'createEnrichmentProvider',
    asWrittenFor: 'admin',
    summary: 'Create an enrichment provider',
    description: 'Every enricher asks it within two seconds.',
    tags,
    body: createEnrichmentProviderSchema,
    responses: { 201: dataEnvelope(enrichmentProviderSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await create.run(body, callerOf(input)))),
  });

const updateProvider = ({ update }: EnrichmentProviderOperations): Route =>
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path: `${DESCRIPTION.path}/{uuid}`,
    operationId: 'updateEnrichmentProvider',
    asWrittenFor: 'admin',
    summary: 'Change an enrichment provider',
    description:
      'Of one that comes with Calseta the settings can be changed, not its steps. Where `base_url` moves to another ' +
      'origin, credentials have to be given anew: they do not follow, and those of the environment never go there.',
    tags,
    params: uuidParamsSchema,
    body: updateEnrichmentProviderSchema,
    responses: { 200: dataEnvelope(enrichmentProviderSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, body: changes, ...input }) =>
      replyData(await update.run({ ...params, changes }, callerOf(input))),
  });

const versionRoutes = ({ listVersions, getVersion }: EnrichmentProviderOperations): Route[] => [
  defineRoute({
    ...listVersions.access,
    method: 'GET',
    path: `${DESCRIPTION.path}/{uuid}/versions`,
    operationId: 'listEnrichmentProviderVersions',
    asWrittenFor: 'admin',
    summary: 'List the versions of an enrichment provider, newest first',
    description: `The newest ${MAX_PROVIDER_VERSIONS} are kept. No version has credentials, only their names.`,
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(enrichmentProviderVersionSummarySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listVersions.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...getVersion.access,
    method: 'GET',
    path: `${DESCRIPTION.path}/{uuid}/versions/{version}`,
    operationId: 'getEnrichmentProviderVersion',
    asWrittenFor: 'admin',
    summary: 'Read a version of an enrichment provider',
    tags,
    params: z.object({ uuid: uuidSchema, version: z.coerce.number().int().min(1) }),
    responses: { 200: dataEnvelope(enrichmentProviderVersionSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) =>
      replyData(await getVersion.run(params, callerOf(input))),
  }),
];

const testProvider = ({ test }: EnrichmentProviderOperations): Route =>
  defineRoute({
    ...test.access,
    method: 'POST',
    path: `${DESCRIPTION.path}/{uuid}/test`,
    operationId: 'testEnrichmentProvider',
    summary: 'Try an enrichment provider, or read recorded answers as it would',
    description:
      'With `recorded`, the answers of its steps in order, nothing is sent: a provider can be written from a saved ' +
      'answer. Secrets are named in the steps that come back, not shown.',
    tags,
    params: uuidParamsSchema,
    body: testProviderSchema,
    responses: { 200: dataEnvelope(testedProviderSchema) },
    errors: ['resource.not_found', 'service.unavailable'],
    handler: async ({ params, body, ...input }) =>
      replyData(await test.run({ ...params, ...body }, callerOf(input))),
  });
