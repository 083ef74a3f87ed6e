import {
  createdHmacSecretSchema,
  createdUrlTokenSchema,
  createHmacSecretSchema,
  createUrlTokenSchema,
  dataEnvelope,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  snsSubscriptionSchema,
  urlTokenSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type SourceAccessOperations } from '../../operations/sources/source-access.js';
import { callerOf } from '../caller.js';
import { replyData, replyNothing, replyPage } from '../replies.js';
import { sourceParamsSchema } from './sources.js';

const tags = ['Sources'];
const itemParamsSchema = sourceParamsSchema.extend({ id: z.string().min(1).max(64) });

export const sourceAccessRoutes = (operations: SourceAccessOperations): Route[] => [
  ...urlTokenRoutes(operations),
  ...hmacSecretRoutes(operations),
  ...subscriptionRoutes(operations),
];

const urlTokenRoutes = ({
  createUrlToken,
  listUrlTokens,
  revokeUrlToken,
}: SourceAccessOperations): Route[] => [
  defineRoute({
    ...createUrlToken.access,
    method: 'POST',
    path: '/v1/sources/{name}/url-tokens',
    operationId: 'createUrlToken',
    summary: 'Make a URL token: for senders that cannot set a header',
    description: 'It can ingest for this source and nothing else. The answer shows it once.',
    tags,
    params: sourceParamsSchema,
    body: createUrlTokenSchema,
    bodyOptional: true,
    responses: { 201: dataEnvelope(createdUrlTokenSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) =>
      reply(201, jsonData(await createUrlToken.run({ ...params, input: body }, callerOf(input)))),
  }),
  defineRoute({
    ...listUrlTokens.access,
    method: 'GET',
    path: '/v1/sources/{name}/url-tokens',
    operationId: 'listUrlTokens',
    summary: 'List the URL tokens of a source, newest first',
    tags,
    params: sourceParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(urlTokenSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listUrlTokens.run({ ...params, ...query }, callerOf(input))),
  }),
  defineRoute({
    ...revokeUrlToken.access,
    method: 'DELETE',
    path: '/v1/sources/{name}/url-tokens/{id}',
    operationId: 'revokeUrlToken',
    summary: 'Revoke a URL token, everywhere within two seconds',
    tags,
    params: itemParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      await revokeUrlToken.run(params, callerOf(input));
      return replyNothing();
    },
  }),
];

const subscriptionRoutes = ({ confirmSubscription }: SourceAccessOperations): Route[] => [
  defineRoute({
    ...confirmSubscription.access,
    method: 'POST',
    path: '/v1/sources/{name}/subscriptions/{id}/confirm',
    operationId: 'confirmSubscription',
    summary: 'Confirm a subscription that Amazon SNS asked for',
    description:
      'Look at the `topic_arn` of the request first, which the source lists. Its URL is opened once, if its host is ' +
      'Amazon’s; redirects are not followed and the answer is not kept. 409 says why it is not confirmed.',
    tags,
    params: itemParamsSchema,
    responses: { 200: dataEnvelope(snsSubscriptionSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'url.not_allowed', 'service.unavailable'],
    handler: async ({ params, ...input }) =>
      replyData(await confirmSubscription.run(params, callerOf(input))),
  }),
];

const hmacSecretRoutes = ({ addHmacSecret, removeHmacSecret }: SourceAccessOperations): Route[] => [
  defineRoute({
    ...addHmacSecret.access,
    method: 'POST',
    path: '/v1/sources/{name}/hmac-secrets',
    operationId: 'addHmacSecret',
    summary: 'Demand signatures: add an HMAC secret',
    description:
      'From now on every request of the source has to be signed by one of its secrets: ' +
      '`X-Calseta-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, or the headers of ' +
      'Standard Webhooks when the secret is a `whsec_` one. A secret that is made here is shown once.',
    tags,
    params: sourceParamsSchema,
    body: createHmacSecretSchema,
    bodyOptional: true,
    responses: { 201: dataEnvelope(createdHmacSecretSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) =>
      reply(201, jsonData(await addHmacSecret.run({ ...params, input: body }, callerOf(input)))),
  }),
  defineRoute({
    ...removeHmacSecret.access,
    method: 'DELETE',
    path: '/v1/sources/{name}/hmac-secrets/{id}',
    operationId: 'removeHmacSecret',
    summary: 'Remove an HMAC secret; without any, signatures are not asked for',
    tags,
    params: itemParamsSchema,
    responses: { 204: null },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => {
      await removeHmacSecret.run(params, callerOf(input));
      return replyNothing();
    },
  }),
];
