import {
  dataEnvelope,
  deliveryFilterSchema,
  deliverySchema,
  jsonData,
  listEnvelope,
  pageQuerySchema,
} from '@calseta/common';
import { type AlertStore, type DeliveryStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { found, uuidParamsSchema } from './found.js';
import { replyPage, toPageRequest } from './page.js';

export type DeliveryRoutesDeps = {
  alerts: Pick<AlertStore, 'exists'>;
  deliveries: DeliveryStore;
};

const tags = ['Deliveries'];

/** Deliveries: every push with each of its attempts. */
export const deliveryRoutes = ({ alerts, deliveries }: DeliveryRoutesDeps): Route[] => [
  defineRoute({
    method: 'GET',
    path: '/v1/deliveries',
    scope: 'agents:read',
    summary: 'List deliveries with their attempts, newest first',
    tags,
    query: pageQuerySchema.extend(deliveryFilterSchema.shape),
    responses: { 200: listEnvelope(deliverySchema) },
    handler: async ({ query }) => replyPage(await deliveries.list(query, toPageRequest(query))),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/deliveries/{uuid}',
    scope: 'agents:read',
    summary: 'Read a delivery',
    tags,
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(deliverySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params }) =>
      reply(200, jsonData(found('delivery', await deliveries.get(params.uuid)))),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/deliveries/{uuid}/retry',
    scope: 'agents:write',
    summary: 'Attempt a delivery again now, also a dead one',
    description: 'A delivered one stays as it is. The webhook-id stays the same.',
    tags,
    params: uuidParamsSchema,
    responses: { 202: dataEnvelope(deliverySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params }) =>
      reply(202, jsonData(found('delivery', await deliveries.retry(params.uuid)))),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/alerts/{uuid}/deliveries',
    scope: 'alerts:read',
    summary: 'List the deliveries of an alert with their attempts, newest first',
    tags,
    params: uuidParamsSchema,
    query: pageQuerySchema,
    responses: { 200: listEnvelope(deliverySchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query }) => {
      found('alert', (await alerts.exists(params.uuid)) || undefined);
      return replyPage(await deliveries.list({ alert_uuid: params.uuid }, toPageRequest(query)));
    },
  }),
];
