import {
  AppError,
  dataEnvelope,
  enrichmentRequestSchema,
  type IndicatorLookupRequest,
  indicatorLookupAnswerSchema,
  indicatorLookupRequestSchema,
  indicatorLookupsAnswerSchema,
  type IndicatorLookupsAnswer,
  type Problem,
} from '@calseta/common';
import { defineRoute, parseWords, type Route, toIssues, toProblem } from '@calseta/platform';
import { z } from 'zod';
import { type EnrichmentOperations } from '../../operations/enrichment/enrichments.js';
import { type Caller } from '../../operations/operation.js';
import { callerOf } from '../caller.js';
import { replyData } from '../replies.js';

export const enrichmentRoutes = (operations: EnrichmentOperations): Route[] => [
  defineRoute({
    ...operations.lookUp.access,
    method: 'POST',
    path: '/v1/enrichments',
    operationId: 'lookUpIndicator',
    summary: 'Look indicators up, now',
    description:
      'One value, or up to 100 as `items`, each of which is answered by a result or a problem of its own. The engine ' +
      'that enriches alerts answers, its cache and guards included. A provider that is named and not asked is ' +
      '`skipped`, with the reason.',
    tags: ['Enrichments'],
    body: enrichmentRequestSchema,
    responses: {
      200: dataEnvelope(z.union([indicatorLookupAnswerSchema, indicatorLookupsAnswerSchema])),
    },
    errors: ['service.unavailable'],
    handler: async ({ body: { items, ...single }, ...input }) => {
      const caller = callerOf(input);
      if (items) return replyData(await answerAll(items, operations, caller));
      return replyData(await operations.lookUp.run(single as IndicatorLookupRequest, caller));
    },
  }),
];

async function answerAll(
  items: readonly unknown[],
  { lookUpAll }: EnrichmentOperations,
  caller: Caller,
): Promise<IndicatorLookupsAnswer> {
  const parsed = items.map((item) => parseWords(indicatorLookupRequestSchema, item));
  const asked = parsed.flatMap(({ data }) => data ?? []);
  const answers = await lookUpAll.run(asked, caller);
  const results = parsed.map(({ error }, index) => {
    if (error) return problemOf(notFitting(error), index);
    const answer = answers.shift();
    return answer?.status === 'fulfilled' ? answer.value : problemOf(answer?.reason, index);
  });
  return { results };
}

const notFitting = (error: z.ZodError): AppError =>
  new AppError('request.invalid', 'The item does not fit its schema.', { issues: toIssues(error) });

/** Pointers lead into the body of the request. */
function problemOf(error: unknown, index: number): Problem {
  const { errors, ...problem } = toProblem(error).body;
  if (!errors) return problem;
  const inBody = errors.map((issue) => ({ ...issue, pointer: `/items/${index}${issue.pointer}` }));
  return { ...problem, errors: inBody };
}
