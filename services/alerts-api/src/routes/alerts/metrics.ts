import { dataEnvelope, metricsSummarySchema, scorecardQuerySchema } from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type MetricsOperations } from '../../operations/alerts/metrics.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';

export const metricsRoutes = ({ summarize }: MetricsOperations): Route[] => [
  defineRoute({
    ...summarize.access,
    method: 'GET',
    path: '/v1/metrics/summary',
    operationId: 'getMetricsSummary',
    summary: 'Read how alerts are handled, over a span and now',
    description:
      'What came and what was closed in the span, how long that took, the rate of false positives, coverage, what waits ' +
      'in the pipeline now, and how the providers answer.',
    tags: ['Metrics'],
    query: scorecardQuerySchema,
    responses: { 200: dataEnvelope(metricsSummarySchema) },
    handler: async ({ query, ...input }) => replyData(await summarize.run(query, callerOf(input))),
  }),
];
