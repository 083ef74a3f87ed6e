import {
  dataEnvelope,
  indicatorLookupAnswerSchema,
  indicatorLookupRequestSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type EnrichmentOperations } from '../operations/enrichments.js';
import { callerOf } from './caller.js';
import { replyData } from './replies.js';

export const enrichmentRoutes = ({ lookUp }: EnrichmentOperations): Route[] => [
  defineRoute({
    ...lookUp.access,
    method: 'POST',
    path: '/v1/enrichments',
    operationId: 'lookUpIndicator',
    summary: 'Look an indicator up, now',
    description: 'Answered by the engine that enriches alerts, its cache and guards included.',
    tags: ['Enrichments'],
    body: indicatorLookupRequestSchema,
    responses: { 200: dataEnvelope(indicatorLookupAnswerSchema) },
    handler: async (input) => replyData(await lookUp.run(input.body, callerOf(input))),
  }),
];
