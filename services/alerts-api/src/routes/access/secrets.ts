import {
  createSecretSchema,
  dataEnvelope,
  listEnvelope,
  pageQuerySchema,
  secretNameSchema,
  secretSchema,
  updateSecretSchema,
  warnedData,
  warnedEnvelope,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type SecretOperations } from '../../operations/access/secrets.js';
import { callerOf } from '../caller.js';
import { replyData, replyNothing, replyPage } from '../replies.js';

const path = '/v1/secrets';
const tags = ['Secrets'];
const params = z.object({ name: secretNameSchema });
const ORIGINS =
  'A secret is sent to its `allowed_origins` alone, by the workflows that it is granted to alone. `meta.warnings` ' +
  'names a workflow that would send it anywhere else.';

export const secretRoutes = (operations: SecretOperations): Route[] => [
  defineRoute({
    ...operations.create.access,
    method: 'POST',
    path,
    operationId: 'createSecret',
    summary: 'Store a secret for workflows',
    description: `${ORIGINS} The value is never shown.`,
    tags,
    body: createSecretSchema,
    responses: { 201: warnedEnvelope(secretSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) => {
      const { secret, warnings } = await operations.create.run(body, callerOf(input));
      return reply(201, warnedData(secret, warnings));
    },
  }),
  defineRoute({
    ...operations.list.access,
    method: 'GET',
    path,
    operationId: 'listSecrets',
    summary: 'List secrets by name, without their values',
    tags,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(secretSchema) },
    handler: async ({ query, ...input }) =>
      replyPage(await operations.list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...operations.get.access,
    method: 'GET',
    path: `${path}/{name}`,
    operationId: 'getSecret',
    summary: 'Read a secret, without its value',
    tags,
    params,
    responses: { 200: dataEnvelope(secretSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params: given, ...input }) =>
      replyData(await operations.get.run(given, callerOf(input))),
  }),
  updateRoute(operations),
  defineRoute({
    ...operations.remove.access,
    method: 'DELETE',
    path: `${path}/{name}`,
    operationId: 'deleteSecret',
    summary: 'Delete a secret',
    description: 'Workflows that use it become inactive.',
    tags,
    params,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params: given, ...input }) => {
      await operations.remove.run(given, callerOf(input));
      return replyNothing();
    },
  }),
];

const updateRoute = ({ update }: SecretOperations): Route =>
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path: `${path}/{name}`,
    operationId: 'updateSecret',
    summary: 'Change a secret, its origins or its grants',
    description: `${ORIGINS} A new origin needs the \`value\`, so that nobody sends on what they do not know.`,
    tags,
    params,
    body: updateSecretSchema,
    responses: { 200: warnedEnvelope(secretSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params: given, body: changes, ...input }) => {
      const { secret, warnings } = await update.run({ ...given, changes }, callerOf(input));
      return reply(200, warnedData(secret, warnings));
    },
  });
