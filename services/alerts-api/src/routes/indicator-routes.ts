import {
  createIndicatorMappingSchema,
  dataEnvelope,
  indicatorFilterSchema,
  indicatorMappingSchema,
  indicatorSchema,
  indicatorWithAlertsSchema,
  jsonData,
  listEnvelope,
  pageQuerySchema,
  updateIndicatorMappingSchema,
  updateIndicatorSchema,
} from '@calseta/common';
import { type IndicatorMappingStore, type IndicatorStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { found, uuidParamsSchema } from './found.js';
import { replyPage, toPageRequest } from './page.js';
import { resourceRoutes } from './resource-routes.js';

export type IndicatorRoutesDeps = {
  indicators: IndicatorStore;
  indicatorMappings: IndicatorMappingStore;
};

const tags = ['Indicators'];
const NOUN = 'indicator';

/** Indicators over all alerts, and the mappings that say where to find them. */
export const indicatorRoutes = ({
  indicators,
  indicatorMappings,
}: IndicatorRoutesDeps): Route[] => [
  defineRoute({
    method: 'GET',
    path: '/v1/indicators',
    scope: 'alerts:read',
    summary: 'Search indicators, newest first',
    tags,
    query: pageQuerySchema.extend(indicatorFilterSchema.shape),
    responses: { 200: listEnvelope(indicatorSchema) },
    handler: async ({ query }) => replyPage(await indicators.list(query, toPageRequest(query))),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/indicators/{uuid}',
    scope: 'alerts:read',
    summary: 'Read an indicator with the newest of its alerts',
    tags,
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(indicatorWithAlertsSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params }) =>
      reply(200, jsonData(found(NOUN, await indicators.get(params.uuid)))),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/indicators/{uuid}',
    scope: 'config:write',
    summary: 'Override the verdict on an indicator, or take the override back',
    tags,
    params: uuidParamsSchema,
    body: updateIndicatorSchema,
    responses: { 200: dataEnvelope(indicatorWithAlertsSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, body }) =>
      reply(200, jsonData(found(NOUN, await indicators.override(params.uuid, body)))),
  }),
  ...resourceRoutes({
    path: '/v1/indicator-mappings',
    noun: 'indicator mapping',
    tag: 'Indicator mappings',
    scopes: { read: 'alerts:read', write: 'config:write' },
    schemas: {
      create: createIndicatorMappingSchema,
      update: updateIndicatorMappingSchema,
      resource: indicatorMappingSchema,
    },
    store: indicatorMappings,
  }),
];
