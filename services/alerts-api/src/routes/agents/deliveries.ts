import {
  dataEnvelope,
  deliveryFilterSchema,
  deliverySchema,
  jsonData,
  listEnvelope,
  pageQuerySchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type DeliveryOperations } from '../../operations/agents/deliveries.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage, uuidParamsSchema } from '../replies.js';

const tags = ['Deliveries'];

export const deliveryRoutes = ({ list, get, retry, listOfAlert }: DeliveryOperations): Route[] => [
  defineRoute({
    ...list.access,
    method: 'GET',
    path: '/v1/deliveries',
    operationId: 'listDeliveries',
    summary: 'List deliveries with their attempts, newest first',
    tags,
    query: pageQuerySchema.extend(deliveryFilterSchema.shape),
    responses: { 200: listEnvelope(deliverySchema) },
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...get.access,
    method: 'GET',
    path: '/v1/deliveries/{uuid}',
    operationId: 'getDelivery',
    summary: 'Read a delivery',
    tags,
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(deliverySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => replyData(await get.run(params, callerOf(input))),
  }),
  defineRoute({
    ...retry.access,
    method: 'POST',
    path: '/v1/deliveries/{uuid}/retry',
    operationId: 'retryDelivery',
    summary: 'Attempt a delivery again now, also a dead one',
    description:
      'The webhook-id stays the same; the schedule of retries begins anew. 409 says why a delivered or cancelled one, a ' +
      'test push, or one whose agent is switched off is not attempted.',
    tags,
    params: uuidParamsSchema,
    responses: { 202: dataEnvelope(deliverySchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, ...input }) =>
      reply(202, jsonData(await retry.run(params, callerOf(input)))),
  }),
  defineRoute({
    ...listOfAlert.access,
    method: 'GET',
    path: '/v1/alerts/{uuid}/deliveries',
    operationId: 'listDeliveriesOfAlert',
    summary: 'List the deliveries of an alert with their attempts, newest first',
    description:
      'What agents answered (`response_body`) is shown to keys with `agents:read` alone.',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(deliverySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyPage(await listOfAlert.run({ ...params, ...query }, callerOf(input))),
  }),
];
