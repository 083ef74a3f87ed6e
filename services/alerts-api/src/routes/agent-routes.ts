import {
  agentSchema,
  agentTestResultSchema,
  AppError,
  createAgentSchema,
  createdAgentSchema,
  dataEnvelope,
  jsonData,
  updateAgentSchema,
  REQUESTS,
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
import { readAndChangeRoutes } from './resource-routes.js';

export type AgentRoutesDeps = {
  agents: AgentStore;
  transport: Pick<PipelineTransport, 'request'>;
  guard: Pick<EgressGuard, 'checkUrl'>;
};

const TAG = 'Agents';

/** Agents: who is pushed what, and where to. */
export function agentRoutes({ agents, transport, guard }: AgentRoutesDeps): Route[] {
  async function assertReachable(url: string | undefined): Promise<void> {
    if (url === undefined) return;
    const verdict = await guard.checkUrl(url);
    if (verdict.kind === 'refused') {
      throw new AppError('url.not_allowed', verdict.reason, {
        issues: [{ pointer: '/webhook_url', message: verdict.reason }],
      });
    }
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/agents',
      scope: 'agents:write',
      asWrittenFor: 'agents:write',
      summary: 'Register an agent',
      description: 'The answer holds the `signing_secret`, which is shown once.',
      tags: [TAG],
      body: createAgentSchema,
      responses: { 201: dataEnvelope(createdAgentSchema) },
      errors: ['resource.conflict', 'url.not_allowed'],
      handler: async ({ body }) => {
        await assertReachable(body.webhook_url);
        const secret = generateSigningSecret();
        const agent = await agents.create({ ...body, signing_secret: secret });
        return reply(201, jsonData({ ...agent, signing_secret: secret }));
      },
    }),
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
    }),
    ...readAndChangeRoutes({
      path: '/v1/agents',
      noun: 'agent',
      tag: TAG,
      scopes: { read: 'agents:read', write: 'agents:write' },
      schemas: { update: updateAgentSchema, resource: agentSchema },
      store: {
        ...agents,
        update: async (uuid, changes) => {
          await assertReachable(changes.webhook_url);
          return await agents.update(uuid, changes);
        },
      },
    }),
  ];
}
