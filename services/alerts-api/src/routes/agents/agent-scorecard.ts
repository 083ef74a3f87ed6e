import { dataEnvelope, scorecardQuerySchema, scorecardSchema } from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type AgentScorecardOperations } from '../../operations/agents/agent-scorecard.js';
import { callerOf } from '../caller.js';
import { replyData, uuidParamsSchema } from '../replies.js';

export const agentScorecardRoutes = ({ get }: AgentScorecardOperations): Route[] => [
  defineRoute({
    ...get.access,
    method: 'GET',
    path: '/v1/agents/{uuid}/scorecard',
    operationId: 'getAgentScorecard',
    summary: 'Measure an agent by its findings and by what became of their alerts',
    description:
      'Counts the findings that the agent posted in the span, those of its time in shadow mode included. What an ' +
      'alert was closed as is only as independent as whoever closed it: an agent that closes alerts itself agrees ' +
      'with itself.',
    tags: ['Agents'],
    params: uuidParamsSchema,
    query: scorecardQuerySchema,
    responses: { 200: dataEnvelope(scorecardSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, query, ...input }) =>
      replyData(await get.run({ ...params, ...query }, callerOf(input))),
  }),
];
