import { agentExplanationSchema, dataEnvelope, explainAgentQuerySchema } from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type Operations } from '../../operations/create-operations.js';
import { callerOf } from '../caller.js';
import { replyData, uuidParamsSchema } from '../replies.js';

export const explainAgentRoute = (explain: Operations['explainAgent']): Route =>
  defineRoute({
    ...explain.access,
    method: 'GET',
    path: '/v1/agents/{uuid}/explain',
    operationId: 'explainAgent',
    summary: 'Say why an agent did or did not get an alert',
    description:
      'The clause that excluded it, mutes, repeats, severities that were not understood, quarantine, late registration, ' +
      'an agent that is switched off or takes no updates, and what the filter says today.',
    tags: ['Agents'],
    params: uuidParamsSchema,
    query: explainAgentQuerySchema,
    responses: { 200: dataEnvelope(agentExplanationSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyData(await explain.run({ ...params, ...query }, callerOf(input))),
  });
