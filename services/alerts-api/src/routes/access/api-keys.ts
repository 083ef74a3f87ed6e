import {
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  rotateApiKeySchema,
  updateApiKeySchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type ApiKeyOperations } from '../../operations/access/api-keys.js';
import { callerOf } from '../caller.js';
import { replyNothing, replyPage } from '../replies.js';
import { ifMatchSchema, replyVersioned, unchangedSince } from '../resources.js';

const tags = ['API keys'];
const paramsSchema = z.object({ id: z.string().min(1).max(64) });

export const apiKeyRoutes = (operations: ApiKeyOperations): Route[] => [
  ...collectionRoutes(operations),
  ...itemRoutes(operations),
];

const collectionRoutes = ({ create, list }: ApiKeyOperations): Route[] => [
  defineRoute({
    ...create.access,
    method: 'POST',
    path: '/v1/api-keys',
    operationId: 'createApiKey',
    summary: 'Make an API key',
    description: 'The answer holds the key, which is shown once.',
    tags,
    body: createApiKeySchema,
    responses: { 201: dataEnvelope(createdApiKeySchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) =>
      reply(201, jsonData(await create.run(body, callerOf(input)))),
  }),
  defineRoute({
    ...list.access,
    method: 'GET',
    path: '/v1/api-keys',
    operationId: 'listApiKeys',
    summary: 'List API keys, newest first',
    tags,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(apiKeySchema) },
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  }),
];

const itemRoutes = ({ get, update, rotate, revoke }: ApiKeyOperations): Route[] => [
  defineRoute({
    ...get.access,
    method: 'GET',
    path: '/v1/api-keys/{id}',
    operationId: 'getApiKey',
    summary: 'Read an API key',
    tags,
    params: paramsSchema,
    responses: { 200: dataEnvelope(apiKeySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      return replyVersioned(await get.run(params, callerOf(input)));
    },
  }),
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path: '/v1/api-keys/{id}',
    operationId: 'updateApiKey',
    summary: 'Change a live API key, everywhere within two seconds',
    description:
      'What is left out stays. `scopes`, where given, are all that the key has from then on. A key cannot raise its own ' +
      'rights (403), and one that was revoked or has expired stays so (409). Honours `If-Match`.',
    tags,
    params: paramsSchema,
    headers: ifMatchSchema,
    body: updateApiKeySchema,
    responses: { 200: dataEnvelope(apiKeySchema) },
    errors: ['resource.not_found', 'resource.conflict', 'resource.precondition_failed'],
    handler: async ({ params, body: changes, ...input }) => {
      const unchanged = unchangedSince(input.request.headers['if-match']);
      const data = await update.run({ ...params, changes, ...unchanged }, callerOf(input));
      return replyVersioned(data);
    },
  }),
  defineRoute({
    ...rotate.access,
    method: 'POST',
    path: '/v1/api-keys/{id}/rotate',
    operationId: 'rotateApiKey',
    summary: 'Make a new key with the rights of a live one, which ends',
    description: 'The answer holds the new key, which is shown once.',
    tags,
    params: paramsSchema,
    body: rotateApiKeySchema,
    bodyOptional: true,
    responses: { 201: dataEnvelope(createdApiKeySchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) =>
      reply(201, jsonData(await rotate.run({ ...params, input: body }, callerOf(input)))),
  }),
  defineRoute({
    ...revoke.access,
    method: 'DELETE',
    path: '/v1/api-keys/{id}',
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key, everywhere within two seconds',
    tags,
    params: paramsSchema,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      await revoke.run(params, callerOf(input));
      return replyNothing();
    },
  }),
];
