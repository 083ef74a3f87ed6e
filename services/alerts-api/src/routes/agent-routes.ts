import {
  agentSchema,
  agentTestResultSchema,
  AppError,
  changedAgentSchema,
  createAgentSchema,
  createdAgentSchema,
  dataEnvelope,
  type Issue,
  jsonData,
  updateAgentSchema,
  REQUESTS,
  warnedData,
  warnedEnvelope,
} from '@calseta/common';
import { type AgentStore } from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import {
  defineRoute,
  generateSigningSecret,
  reply,
  type EgressGuard,
  type Route,
} from '@calseta/platform';
import { found, uuidParamsSchema } from './found.js';
import { deleteRoute, readRoutes } from './resource-routes.js';

export type AgentRoutesDeps = {
  agents: AgentStore;
  transport: Pick<PipelineTransport, 'request'>;
  guard: Pick<EgressGuard, 'checkUrl'>;
};

const TAG = 'Agents';

/** Agents: who is pushed what, and where to. */
export function agentRoutes(deps: AgentRoutesDeps): Route[] {
  const described = {
    path: '/v1/agents',
    noun: 'agent',
    tag: TAG,
    scopes: { read: 'agents:read', write: 'agents:write' },
    schemas: { resource: agentSchema },
    store: deps.agents,
  } as const;
  return [
    registerAgent(deps),
    testAgent(deps),
    ...readRoutes(described),
    changeAgent(deps),
    deleteRoute(described),
  ];
}

const registerAgent = ({ agents, guard }: AgentRoutesDeps): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/agents',
    scope: 'agents:write',
    asWrittenFor: 'agents:write',
    summary: 'Register an agent',
    description:
      'The answer holds the `signing_secret`, which is shown once. `meta.warnings` says so when the name in ' +
      '`webhook_url` does not resolve; pushes are tried all the same.',
    tags: [TAG],
    body: createAgentSchema,
    responses: { 201: warnedEnvelope(createdAgentSchema) },
    errors: ['resource.conflict', 'url.not_allowed'],
    handler: async ({ body }) => {
      const warnings = await checkReachable(guard, body.webhook_url);
      const secret = generateSigningSecret();
      const agent = await agents.create({ ...body, signing_secret: secret });
      return reply(201, warnedData({ ...agent, signing_secret: secret }, warnings));
    },
  });

const testAgent = ({ agents, transport }: AgentRoutesDeps): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/agents/{uuid}/test',
    scope: 'agents:write',
    summary: 'Push a sample alert to an agent and tell what it answered',
    tags: [TAG],
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(agentTestResultSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, request }) => {
      const { uuid } = found('agent', await agents.get(params.uuid));
      const result = await transport.request(REQUESTS.testPush, { agent_id: uuid }, request);
      return reply(200, jsonData(result));
    },
  });

const changeAgent = ({ agents, guard }: AgentRoutesDeps): Route =>
  defineRoute({
    method: 'PATCH',
    path: '/v1/agents/{uuid}',
    scope: 'agents:write',
    asWrittenFor: 'agents:write',
    summary: 'Change an agent',
    description:
      'Where `webhook_url` moves to another scheme, host or port, the answer holds a new `signing_secret`, ' +
      'which is shown once, and an `auth_header` has to be given anew, or dropped by null: it does not follow.',
    tags: [TAG],
    params: uuidParamsSchema,
    body: updateAgentSchema,
    responses: { 200: warnedEnvelope(changedAgentSchema) },
    errors: ['resource.not_found', 'url.not_allowed'],
    // A repeat gets the secret that the lost answer held.
    idempotent: true,
    handler: async ({ params, body }) => {
      const warnings = await checkReachable(guard, body.webhook_url);
      const secret = generateSigningSecret();
      const { agent, isSecretReplaced } = found(
        'agent',
        await agents.update(params.uuid, body, secret),
      );
      const changed = { ...agent, ...(isSecretReplaced && { signing_secret: secret }) };
      return reply(200, warnedData(changed, warnings));
    },
  });

/** Refuses a URL that no push may go to, and warns of one whose name does not resolve: it may later. */
async function checkReachable(
  guard: AgentRoutesDeps['guard'],
  url: string | undefined,
): Promise<Issue[]> {
  if (url === undefined) return [];
  const verdict = await guard.checkUrl(url);
  switch (verdict.kind) {
    case 'allowed':
      return [];
    case 'unresolvable':
      return [{ pointer: '/webhook_url', message: verdict.reason }];
    case 'refused':
      throw new AppError('url.not_allowed', verdict.reason, {
        issues: [{ pointer: '/webhook_url', message: verdict.reason }],
      });
  }
}
