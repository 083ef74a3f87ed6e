import {
  agentDetailSchema,
  agentSchema,
  agentTestResultSchema,
  changedAgentSchema,
  createAgentSchema,
  createdAgentSchema,
  dataEnvelope,
  jsonData,
  rotateSecretSchema,
  updateAgentSchema,
  warnedData,
  warnedEnvelope,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type AgentOperations } from '../../operations/agents/agents.js';
import { callerOf } from '../caller.js';
import { replyData, uuidParamsSchema } from '../replies.js';
import {
  deleteRoute,
  getRoute,
  listRoute,
  type ResourceDescription,
  ifMatchSchema,
  unchangedSince,
  versionOf,
} from '../resources.js';

const TAG = 'Agents';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/agents',
  noun: 'agent',
  tag: TAG,
  asWrittenFor: 'agents:write',
};

export const agentRoutes = (operations: AgentOperations): Route[] => [
  registerAgent(operations),
  testAgent(operations),
  listRoute(DESCRIPTION, agentSchema, operations.list),
  getRoute(DESCRIPTION, agentDetailSchema, operations.get),
  updateAgent(operations),
  rotateSecret(operations),
  deleteRoute(DESCRIPTION, operations.remove),
];

const registerAgent = ({ register }: AgentOperations): Route =>
  defineRoute({
    ...register.access,
    method: 'POST',
    path: '/v1/agents',
    operationId: 'registerAgent',
    asWrittenFor: 'agents:write',
    summary: 'Register an agent',
    description:
      'The answer holds the `signing_secret`, which is shown once. `meta.warnings` says so when the name in ' +
      '`webhook_url` does not resolve (pushes are tried all the same), when the filter or the rule names a source that ' +
      'there is not, and when another agent has the same URL or name.',
    tags: [TAG],
    body: createAgentSchema,
    responses: { 201: warnedEnvelope(createdAgentSchema) },
    errors: ['resource.conflict', 'url.not_allowed'],
    handler: async ({ body, ...input }) => {
      const { agent, warnings } = await register.run(body, callerOf(input));
      return reply(201, warnedData(agent, warnings));
    },
  });

const testAgent = ({ test }: AgentOperations): Route =>
  defineRoute({
    ...test.access,
    method: 'POST',
    path: '/v1/agents/{uuid}/test',
    operationId: 'testAgent',
    summary: 'Push a sample alert to an agent and tell what it answered',
    description:
      'The alert takes a finding and a status, so that the agent can do all of its work. `GET /v1/deliveries?kind=test` ' +
      'lists test pushes.',
    tags: [TAG],
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(agentTestResultSchema) },
    errors: ['resource.not_found', 'resource.conflict'],
    handler: async ({ params, ...input }) => replyData(await test.run(params, callerOf(input))),
  });

const rotateSecret = ({ rotateSecret: rotate }: AgentOperations): Route =>
  defineRoute({
    ...rotate.access,
    method: 'POST',
    path: '/v1/agents/{uuid}/rotate-secret',
    operationId: 'rotateAgentSecret',
    asWrittenFor: 'agents:write',
    summary: 'Make a new signing secret for an agent',
    description:
      'The answer holds the new `signing_secret`, which is shown once. Until `previous_secret_expires_at` each push ' +
      'carries two signatures, of the new and of the old secret; a second rotation in that time ends the older one.',
    tags: [TAG],
    params: uuidParamsSchema,
    body: rotateSecretSchema,
    bodyOptional: true,
    responses: { 201: dataEnvelope(createdAgentSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, body: rotation, ...input }) =>
      reply(201, jsonData(await rotate.run({ ...params, rotation }, callerOf(input)))),
  });

const updateAgent = ({ update }: AgentOperations): Route =>
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path: '/v1/agents/{uuid}',
    operationId: 'updateAgent',
    asWrittenFor: 'agents:write',
    summary: 'Change an agent',
    description:
      'Where `webhook_url` moves to another scheme, host or port, the answer holds a new `signing_secret`, ' +
      'which is shown once, and `auth_header` and `headers` have to be given anew or dropped: secrets do not follow. ' +
      'Honours `If-Match`.',
    tags: [TAG],
    params: uuidParamsSchema,
    headers: ifMatchSchema,
    body: updateAgentSchema,
    responses: { 200: warnedEnvelope(changedAgentSchema) },
    errors: ['resource.not_found', 'url.not_allowed', 'resource.precondition_failed'],
    // A repeated request gets the secret of the lost answer.
    idempotent: true,
    handler: async ({ params, body: changes, ...input }) => {
      const unchanged = unchangedSince(input.request.headers['if-match']);
      const { agent, warnings } = await update.run(
        { ...params, changes, ...unchanged },
        callerOf(input),
      );
      return reply(200, warnedData(agent, warnings), versionOf(agent));
    },
  });
