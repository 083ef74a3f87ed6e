import {
  dataEnvelope,
  MAX_METRIC_GROUPS,
  metricsSummarySchema,
  ruleMetricsSchema,
  scorecardQuerySchema,
  sourceMetricsSchema,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type MetricsBreakdownOperations } from '../../operations/alerts/metrics-breakdown.js';
import { type MetricsOperations } from '../../operations/alerts/metrics.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';

const tags = ['Metrics'];

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
    tags,
    query: scorecardQuerySchema,
    responses: { 200: dataEnvelope(metricsSummarySchema) },
    handler: async ({ query, ...input }) => replyData(await summarize.run(query, callerOf(input))),
  }),
];

export const metricsBreakdownRoutes = ({
  bySource,
  byRule,
}: MetricsBreakdownOperations): Route[] => [
  defineRoute({
    ...bySource.access,
    method: 'GET',
    path: '/v1/metrics/sources',
    operationId: 'getSourceMetrics',
    summary: 'Read how alerts of each source are handled, over a span',
    description:
      `What came and what was closed in the span, how long that took and the rate of false positives, for the ${MAX_METRIC_GROUPS} ` +
      'sources with the most alerts. Alerts of test pushes are not counted.',
    tags,
    query: scorecardQuerySchema,
    responses: { 200: dataEnvelope(sourceMetricsSchema) },
    handler: async ({ query, ...input }) => replyData(await bySource.run(query, callerOf(input))),
  }),
  defineRoute({
    ...byRule.access,
    method: 'GET',
    path: '/v1/metrics/detection-rules',
    operationId: 'getRuleMetrics',
    summary: 'Read how alerts of each detection rule are handled, over a span',
    description:
      `What came and what was closed in the span, how long that took and the rate of false positives, for the ${MAX_METRIC_GROUPS} ` +
      'detection rules with the most alerts. Alerts of test pushes are not counted. A rule with a high `false_positive_rate` is one to tune. Each agent has a scorecard: ' +
      '`GET /v1/agents/{uuid}/scorecard`.',
    tags,
    query: scorecardQuerySchema,
    responses: { 200: dataEnvelope(ruleMetricsSchema) },
    handler: async ({ query, ...input }) => replyData(await byRule.run(query, callerOf(input))),
  }),
];
