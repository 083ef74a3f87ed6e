import { changedAgentSchema, type CreateApiKey, createdAgentSchema } from '@calseta/common';
import { callApi } from './call-api.js';
import { readDemoState, writeDemoState, type DemoState } from './demo-state.js';
import { startEchoAgent, type EchoAgent, type VerifiedPush } from './echo-agent.js';
import { SAMPLE_ALERT, SAMPLE_RUNBOOK } from './sample-alert.js';

export type DemoOptions = {
  baseUrl: string;
  dataDir: string;
  makeApiKey: (input: CreateApiKey) => Promise<{ key: string }>;
  print: (text: string) => void;
  onFirstPush: () => void;
};

const KEY: CreateApiKey = {
  name: 'Echo agent',
  key_type: 'agent',
  // Scopes to register the agent, write its runbook and send it a sample alert.
  scopes: ['agents:write', 'config:write', 'alerts:ingest'],
  allowed_sources: null,
};

/** Starts and registers the echo agent, sends a sample alert and prints each verified push. */
export async function startDemo(options: DemoOptions): Promise<EchoAgent> {
  const agent = await startEchoAgent(createPrinter(options));
  try {
    const { apiKey } = await register(options, agent);
    await callApi({ baseUrl: options.baseUrl, apiKey }, 'POST', '/v1/ingest/generic', {
      ...SAMPLE_ALERT,
      // New on every start, so that the alert is not counted as a repeat.
      native_alert_id: `sample-${new Date().toISOString()}`,
    });
  } catch (error) {
    await agent[Symbol.asyncDispose]();
    throw error;
  }
  options.print('Sent a sample alert. The echo agent is waiting for its push …');
  return agent;
}

async function register(options: DemoOptions, agent: EchoAgent): Promise<DemoState> {
  return (await registerAgain(options, agent)) ?? (await registerFirst(options, agent));
}

/** Updates the address of an earlier start's echo agent; undefined when the database has none. */
async function registerAgain({ baseUrl, dataDir }: DemoOptions, agent: EchoAgent) {
  const state = await readDemoState(dataDir);
  if (!state) return undefined;
  const known = await callApi(
    { baseUrl, apiKey: state.apiKey },
    'PATCH',
    `/v1/agents/${state.agentUuid}`,
    { webhook_url: agent.url, is_active: true },
  );
  if (known === undefined) return undefined;
  // Another port is another origin, for which the API makes a new secret.
  const { signing_secret: signingSecret = state.signingSecret } = changedAgentSchema.parse(known);
  agent.expect(signingSecret);
  await writeDemoState(dataDir, { ...state, signingSecret });
  return state;
}

async function registerFirst(
  { baseUrl, dataDir, makeApiKey }: DemoOptions,
  agent: EchoAgent,
): Promise<DemoState> {
  const { key: apiKey } = await makeApiKey(KEY);
  const client = { baseUrl, apiKey };
  const agentFields = {
    name: 'Echo agent',
    webhook_url: agent.url,
    documentation: 'Prints what it is pushed.',
  };
  const created = createdAgentSchema.parse(
    await callApi(client, 'POST', '/v1/agents', agentFields),
  );
  await callApi(client, 'POST', '/v1/context-documents', SAMPLE_RUNBOOK);
  const state = { apiKey, agentUuid: created.uuid, signingSecret: created.signing_secret };
  agent.expect(state.signingSecret);
  await writeDemoState(dataDir, state);
  return state;
}

/** Prints the first push in full, and each later one as a line. */
function createPrinter({ print, onFirstPush }: DemoOptions): (push: VerifiedPush) => void {
  let isFirst = true;
  return ({ webhookId, payload }) => {
    const heading = `The echo agent received a push, signature verified (webhook-id ${webhookId})`;
    if (!isFirst) {
      print(`${heading}: ${titleOf(payload)}`);
      return;
    }
    isFirst = false;
    print(`${heading}:\n${JSON.stringify(payload, null, 2)}`);
    onFirstPush();
  };
}

const titleOf = (payload: unknown): string =>
  (payload as { alert?: { title?: string } }).alert?.title ?? '';
