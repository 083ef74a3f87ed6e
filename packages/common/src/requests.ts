import { z } from 'zod';
import { AGENT_TIMEOUT_SECONDS, agentTestResultSchema } from './api/agents/agent.js';
import { enrichmentPlanRequestSchema, enrichmentPlanSchema } from './enrichment/enrichment-plan.js';
import {
  alertEnrichmentAnswerSchema,
  alertEnrichmentRequestSchema,
  indicatorLookupAnswerSchema,
  indicatorLookupRequestSchema,
} from './enrichment/indicator-lookup.js';
import { providerTestRequestSchema, testedProviderSchema } from './enrichment/provider-test.js';
import { uuidSchema } from './core/ids.js';
import { dryRunAnswerSchema, dryRunRequestSchema } from './sources/dry-run.js';
import {
  ingestAnswerSchema,
  ingestRequestSchema,
  MAX_INGEST_REQUEST_BYTES,
} from './sources/ingest-request.js';
import {
  reparseAnswerSchema,
  reparsedSourceSchema,
  reparseRequestSchema,
  reparseSourceRequestSchema,
} from './sources/reparse.js';
import {
  confirmSubscriptionAnswerSchema,
  confirmSubscriptionRequestSchema,
} from './api/sources/sns-subscription.js';

import { testedWorkflowSchema, workflowTestRequestSchema } from './api/workflows/workflow-test.js';

/** A request from one service to another over the broker. Delivered at most once, with a deadline. */
export type RequestContract<
  Question extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> = {
  /** `<answering service>.<request>`. The queue is `calseta.requests.<topic>`. */
  topic: string;
  purpose: string;
  request: Question;
  reply: Reply;
  /** Bytes of JSON that a request may have; `MAX_REQUEST_BYTES` of messaging by default. */
  maxRequestBytes?: number;
  /** Time from request to reply. The answering service's own limits are shorter. */
  deadlineMs: number;
};

const contract = <Question extends z.ZodType, Reply extends z.ZodType>(
  given: RequestContract<Question, Reply>,
): RequestContract<Question, Reply> => given;

/** All requests. alerts-api sends them. Both ends validate against these schemas. */
export const REQUESTS = {
  testPush: contract({
    topic: 'dispatcher.test-push',
    purpose: 'Push a sample alert to an agent now, and tell what it answered.',
    request: z.object({ agent_id: uuidSchema }),
    reply: agentTestResultSchema,
    deadlineMs: (AGENT_TIMEOUT_SECONDS.max + 5) * 1_000,
  }),
  lookUpIndicator: contract({
    topic: 'enricher.lookup',
    purpose: 'Ask the providers about a value now.',
    request: indicatorLookupRequestSchema,
    reply: indicatorLookupAnswerSchema,
    deadlineMs: 30_000,
  }),
  enrichAlert: contract({
    topic: 'enricher.enrich-alert',
    purpose: 'Ask the providers about an alert again, without its other stages.',
    request: alertEnrichmentRequestSchema,
    reply: alertEnrichmentAnswerSchema,
    deadlineMs: 30_000,
  }),
  planEnrichment: contract({
    topic: 'enricher.plan-enrichment',
    purpose: 'Say what would be asked about an alert now; nothing is asked.',
    request: enrichmentPlanRequestSchema,
    reply: enrichmentPlanSchema,
    deadlineMs: 10_000,
  }),
  testProvider: contract({
    topic: 'enricher.test-provider',
    purpose: 'Try a provider, or read recorded answers as it would.',
    request: providerTestRequestSchema,
    reply: testedProviderSchema,
    deadlineMs: 30_000,
  }),
  ingest: contract({
    topic: 'ingest-api.ingest',
    purpose: 'Take alerts of a source as ingest does; the answer means that they are committed.',
    request: ingestRequestSchema,
    reply: ingestAnswerSchema,
    deadlineMs: 15_000,
    maxRequestBytes: MAX_INGEST_REQUEST_BYTES,
  }),
  tryPayload: contract({
    topic: 'ingest-api.dry-run',
    purpose: 'Read a payload as ingest would, and store nothing.',
    request: dryRunRequestSchema,
    reply: dryRunAnswerSchema,
    deadlineMs: 5_000,
  }),
  reparseAlert: contract({
    topic: 'ingest-api.reparse',
    purpose: 'Read the payload of a quarantined alert again.',
    request: reparseRequestSchema,
    reply: reparseAnswerSchema,
    deadlineMs: 10_000,
  }),
  confirmSubscription: contract({
    topic: 'dispatcher.confirm-subscription',
    purpose: 'Open the URL by which Amazon SNS confirms a subscription.',
    request: confirmSubscriptionRequestSchema,
    reply: confirmSubscriptionAnswerSchema,
    deadlineMs: 15_000,
  }),
  testWorkflow: contract({
    topic: 'dispatcher.test-workflow',
    purpose: 'Read recorded answers as a workflow would, or show its requests; nothing is sent.',
    request: workflowTestRequestSchema,
    reply: testedWorkflowSchema,
    deadlineMs: 10_000,
  }),
  workflowRequested: contract({
    topic: 'dispatcher.workflow-requested',
    purpose:
      'Wake a dispatcher, which claims runs that are queued; without it, it looks by itself.',
    request: z.object({}),
    reply: z.object({}),
    deadlineMs: 2_000,
  }),
  reparseSource: contract({
    topic: 'ingest-api.reparse-source',
    purpose: 'Read the payloads of quarantined alerts of a source again.',
    request: reparseSourceRequestSchema,
    reply: reparsedSourceSchema,
    deadlineMs: 30_000,
  }),
} as const;
