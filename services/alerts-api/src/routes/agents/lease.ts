import {
  dataEnvelope,
  extendLeasesSchema,
  leasedDeliveriesSchema,
  leaseIdsRequestSchema,
  leaseRequestSchema,
  settledLeasesSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type LeaseOperations } from '../../operations/agents/lease.js';
import { callerOf } from '../caller.js';
import { replyData, uuidParamsSchema } from '../replies.js';

const SHARED = {
  tags: ['Agents'],
  method: 'POST',
  params: uuidParamsSchema,
  errors: ['resource.not_found', 'resource.conflict', 'service.overloaded'],
} as const;
const settledResponse = { 200: dataEnvelope(settledLeasesSchema) };

/** For agents that cannot be reached: they pull what others are pushed. */
export const leaseRoutes = ({ lease, ack, nack, extend }: LeaseOperations): Route[] => [
  defineRoute({
    ...SHARED,
    ...lease.access,
    path: '/v1/agents/{uuid}/lease',
    operationId: 'leaseDeliveries',
    summary: 'Lease deliveries of an agent, the most urgent first',
    description:
      'Nobody else gets a leased delivery until its lease is over; then it comes back under the same webhook-id. ' +
      'Texts in a body are as a push has them. At most four requests of an agent wait at once.',
    body: leaseRequestSchema,
    bodyOptional: true,
    responses: { 200: dataEnvelope(leasedDeliveriesSchema) },
    handler: async ({ params, body, ...input }) =>
      replyData(await lease.run({ ...params, ...body }, callerOf(input))),
  }),
  defineRoute({
    ...SHARED,
    ...ack.access,
    path: '/v1/agents/{uuid}/ack',
    operationId: 'ackDeliveries',
    summary: 'Tell that leased deliveries are done',
    body: leaseIdsRequestSchema,
    responses: settledResponse,
    handler: async ({ params, body, ...input }) =>
      replyData(await ack.run({ ...params, ...body }, callerOf(input))),
  }),
  defineRoute({
    ...SHARED,
    ...nack.access,
    path: '/v1/agents/{uuid}/nack',
    operationId: 'nackDeliveries',
    summary: 'Give leased deliveries back',
    description:
      'They come back after 5 s, then after twice as long each time, at most an hour. After two days they are dead.',
    body: leaseIdsRequestSchema,
    responses: settledResponse,
    handler: async ({ params, body, ...input }) =>
      replyData(await nack.run({ ...params, ...body }, callerOf(input))),
  }),
  defineRoute({
    ...SHARED,
    ...extend.access,
    path: '/v1/agents/{uuid}/extend',
    operationId: 'extendLeases',
    summary: 'Keep leased deliveries for longer',
    body: extendLeasesSchema,
    responses: settledResponse,
    handler: async ({ params, body, ...input }) =>
      replyData(await extend.run({ ...params, ...body }, callerOf(input))),
  }),
];
