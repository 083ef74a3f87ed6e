import {
  dataEnvelope,
  deliverySchema,
  dispatchAlertSchema,
  jsonData,
  replayAgentSchema,
  replayedAgentSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type AgentReplayOperations } from '../../operations/agents/agent-replay.js';
import { callerOf } from '../caller.js';
import { uuidParamsSchema } from '../replies.js';

export const agentReplayRoutes = ({ replay, dispatch }: AgentReplayOperations): Route[] => [
  defineRoute({
    ...replay.access,
    method: 'POST',
    path: '/v1/agents/{uuid}/replay',
    operationId: 'replayAgent',
    summary: 'Push the alerts of a span to one agent again',
    description:
      'Takes every alert that was received in the span and that the filter of the agent takes now, delivered or not. ' +
      'Where a delivery exists, it is opened again under the same webhook-id; the pushes carry ' +
      '`alert._metadata.replay`. All deliveries are made, or none.',
    tags: ['Agents'],
    params: uuidParamsSchema,
    body: replayAgentSchema,
    responses: { 202: dataEnvelope(replayedAgentSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, body, ...input }) =>
      reply(202, jsonData(await replay.run({ ...params, ...body }, callerOf(input)))),
  }),
  defineRoute({
    ...dispatch.access,
    method: 'POST',
    path: '/v1/alerts/{uuid}/dispatch',
    operationId: 'dispatchAlert',
    summary: 'Push an alert to one agent, whatever its filter',
    description: 'Opens the delivery of its current revision again where there is one.',
    tags: ['Alerts'],
    params: uuidParamsSchema,
    body: dispatchAlertSchema,
    responses: { 202: dataEnvelope(deliverySchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, body, ...input }) =>
      reply(202, jsonData(await dispatch.run({ ...params, ...body }, callerOf(input)))),
  }),
];
