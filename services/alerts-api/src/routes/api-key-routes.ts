import {
  AppError,
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  rotateApiKeySchema,
} from '@calseta/common';
import { type ApiKeyStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { found } from './found.js';
import { replyPage, toPageRequest } from './page.js';

const tags = ['API keys'];
const NOUN = 'API key';
const paramsSchema = z.object({ id: z.string().min(1).max(64) });

/** API keys: who may do what. Only `admin` sees them, and only people make them. */
export const apiKeyRoutes = (
  apiKeys: Pick<ApiKeyStore, 'create' | 'list' | 'get' | 'rotate' | 'revoke'>,
): Route[] => [
  defineRoute({
    method: 'POST',
    path: '/v1/api-keys',
    scope: 'admin',
    keyType: 'human',
    summary: 'Make an API key',
    description: 'The answer holds the key, which is shown once.',
    tags,
    body: createApiKeySchema,
    responses: { 201: dataEnvelope(createdApiKeySchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, principal }) =>
      reply(201, jsonData(await apiKeys.create(body, { createdBy: principal.principalId }))),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/api-keys',
    scope: 'admin',
    summary: 'List API keys, newest first',
    tags,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(apiKeySchema) },
    handler: async ({ query }) => replyPage(await apiKeys.list(toPageRequest(query))),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/api-keys/{id}',
    scope: 'admin',
    summary: 'Read an API key',
    tags,
    params: paramsSchema,
    responses: { 200: dataEnvelope(apiKeySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params }) => reply(200, jsonData(found(NOUN, await apiKeys.get(params.id)))),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/api-keys/{id}/rotate',
    scope: 'admin',
    keyType: 'human',
    summary: 'Make a new key with the rights of a live one, which ends',
    description: 'The answer holds the new key, which is shown once.',
    tags,
    params: paramsSchema,
    body: rotateApiKeySchema,
    bodyOptional: true,
    responses: { 201: dataEnvelope(createdApiKeySchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, principal }) => {
      const rotated = await apiKeys.rotate(params.id, {
        overlapSeconds: body.overlap_seconds,
        createdBy: principal.principalId,
      });
      return reply(201, jsonData(found(`live ${NOUN}`, rotated)));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/api-keys/{id}',
    scope: 'admin',
    summary: 'Revoke an API key, everywhere within two seconds',
    tags,
    params: paramsSchema,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params }) => {
      if (!(await apiKeys.revoke(params.id))) {
        throw new AppError('resource.not_found', `There is no such ${NOUN}.`);
      }
      return reply(204, undefined);
    },
  }),
];
