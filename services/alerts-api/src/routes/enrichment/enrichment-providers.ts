import { dataEnvelope, jsonData, testedProviderSchema, testProviderSchema } from '@calseta/common';
import {
  createEnrichmentProviderSchema,
  enrichmentProviderSchema,
  enrichmentProviderVersionSchema,
  enrichmentProviderVersionSummarySchema,
  updateEnrichmentProviderSchema,
} from '@calseta/http-steps';
import { MAX_PROVIDER_VERSIONS } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type EnrichmentProviderOperations } from '../../operations/enrichment/enrichment-providers.js';
import { callerOf } from '../caller.js';
import { replyData, uuidParamsSchema } from '../replies.js';
import { deleteRoute, readRoutes, type ResourceDescription } from '../resources.js';
import { versionRoutes } from '../versions.js';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/enrichment-providers',
  noun: 'enrichment provider',
  tag: 'Enrichment providers',
  asWrittenFor: 'admin',
  keepsBuiltins: true,
};
const tags = [DESCRIPTION.tag];

export const enrichmentProviderRoutes = (operations: EnrichmentProviderOperations): Route[] => [
  createProvider(operations),
  ...readRoutes(DESCRIPTION, { resource: enrichmentProviderSchema }, operations),
  updateProvider(operations),
  deleteRoute(DESCRIPTION, operations.remove),
  ...versionRoutes(DESCRIPTION, VERSIONS, operations),
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

const VERSIONS = {
  summary: enrichmentProviderVersionSummarySchema,
  version: enrichmentProviderVersionSchema,
  about: `The newest ${MAX_PROVIDER_VERSIONS} are kept. No version has credentials, only their names.`,
};

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
