import {
  dataEnvelope,
  indicatorLookupAnswerSchema,
  indicatorLookupRequestSchema,
  jsonData,
  REQUESTS,
} from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { defineRoute, reply, type Route } from '@calseta/platform';

/** What the providers say about a value, without an alert. */
export const enrichmentRoutes = (transport: Pick<PipelineTransport, 'request'>): Route[] => [
  defineRoute({
    method: 'POST',
    path: '/v1/enrichments',
    scope: 'enrichments:read',
    summary: 'Look an indicator up, now',
    description: 'Answered by the engine that enriches alerts, its cache and guards included.',
    tags: ['Enrichments'],
    body: indicatorLookupRequestSchema,
    responses: { 200: dataEnvelope(indicatorLookupAnswerSchema) },
    handler: async ({ body, request }) => {
      const answer = await transport.request(REQUESTS.lookUpIndicator, body, request);
      return reply(200, jsonData(answer));
    },
  }),
];
