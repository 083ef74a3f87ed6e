import { setTimeout as delay } from 'node:timers/promises';
import { type PushPayload, type TriggerFilter } from '@calseta/common';
import { type ReceivedRequest, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { Webhook } from 'standardwebhooks';
import { type Api } from './call-api.js';

export type Push = {
  webhookId: string;
  payload: PushPayload;
  request: ReceivedRequest;
};

export type SinkAgent = {
  uuid: string;
  name: string;
  /** Every push so far, each verified by the npm package `standardwebhooks`. */
  pushes: () => Push[];
};

export type AgentSink = AsyncDisposable & {
  sink: WebhookSink;
  agents: SinkAgent[];
  register: (options?: AgentOptions) => Promise<SinkAgent>;
};

type AgentOptions = { name?: string; authHeader?: string; triggerFilter?: TriggerFilter };

/** Within this time, a change of the configuration is effective in every process. */
const CONFIG_EFFECTIVE_MS = 2_000;

export const configEffective = async (): Promise<void> => await delay(CONFIG_EFFECTIVE_MS);

/** An HTTP server outside the project that agents' webhooks point to; each agent has its own path. */
export async function startAgentSink(api: Pick<Api, 'ask'>): Promise<AgentSink> {
  const sink = await startWebhookSink();
  const agents: SinkAgent[] = [];

  return {
    sink,
    agents,
    async register({ name = `Agent ${agents.length + 1}`, authHeader, triggerFilter } = {}) {
      const path = `/agent-${agents.length + 1}`;
      const created = await api.ask<{ uuid: string; signing_secret: string }>(
        'POST',
        '/v1/agents',
        {
          name,
          webhook_url: sink.url + path,
          ...(authHeader !== undefined && { auth_header: authHeader }),
          ...(triggerFilter && { trigger_filter: triggerFilter }),
        },
      );
      const verify = createVerifier(created.signing_secret);
      const agent = {
        uuid: created.uuid,
        name,
        pushes: () => sink.requests.filter((request) => request.path === path).map(verify),
      };
      agents.push(agent);
      return agent;
    },
    [Symbol.asyncDispose]: async () => await sink.close(),
  };
}

/** Verifies each request once, even if it is read several times. */
function createVerifier(secret: string): (request: ReceivedRequest) => Push {
  const webhook = new Webhook(secret);
  const verified = new Map<ReceivedRequest, Push>();
  return (request) => {
    const known = verified.get(request);
    if (known) return known;
    const headers = request.headers as Record<string, string>;
    const payload = webhook.verify(request.body, headers) as PushPayload;
    const push = { webhookId: headers['webhook-id'] ?? '', payload, request };
    verified.set(request, push);
    return push;
  };
}
