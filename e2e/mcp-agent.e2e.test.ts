import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

/** An agent that has MCP alone works an alert through all services, with the client of the first SDK. */

const ADDRESS = '198.51.100.78';

let pipeline: Pipeline;
let desk: WebhookSink;

beforeAll(async () => {
  desk = await startWebhookSink();
  pipeline = await startPipeline({
    transport: 'rabbitmq',
    env: { WORKFLOW_POLL_INTERVAL_MS: '100' },
  });
}, 300_000);
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await desk.close();
});

type Agent = AsyncDisposable & {
  /** The structured answer of a tool; fails when the tool does. */
  use: (tool: string, args?: Record<string, unknown>) => Promise<Record<string, unknown>>;
  resources: () => Promise<string[]>;
  read: (uri: string) => Promise<Record<string, unknown>>;
};

async function connect(key: string): Promise<Agent> {
  const client = new Client({ name: 'a triage agent', version: '1.0.0' });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', pipeline.url), { requestInit }),
  );
  return {
    async use(name, args = {}) {
      const answer = await client.callTool({ name, arguments: args });
      if (answer.isError === true) throw new Error(JSON.stringify(answer.content));
      return answer.structuredContent as Record<string, unknown>;
    },
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    async read(uri) {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse((content as { text: string }).text) as Record<string, unknown>;
    },
    [Symbol.asyncDispose]: async () => await client.close(),
  };
}

const makeKey = async (body: object): Promise<string> =>
  (await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', body)).key;

/** An alert whose address a deny list names, with its indicators enriched. */
async function aDeniedAlert(title: string): Promise<string> {
  await pipeline.api.ask('POST', '/v1/threat-lists', {
    ...{ name: 'denied', verdict: 'deny', content: `value\n${ADDRESS}` },
  });
  const sent = { title, severity: 'High', src_ip: ADDRESS };
  const { alert_uuid: uuid } = await pipeline.api.ask<{ alert_uuid: string }>(
    'POST',
    '/v1/ingest/generic',
    sent,
  );
  await eventually(
    async () => {
      const alert = await pipeline.api.ask<{ pipeline_stage: string }>('GET', `/v1/alerts/${uuid}`);
      expect(alert.pipeline_stage).toBe('dispatched');
    },
    { timeoutMs: 30_000 },
  );
  return uuid;
}

test('an agent lists, reads, enriches, posts a finding, moves the alert, and asks for a workflow that a person approves', async () => {
  const title = 'Sign-in from a denied address';
  const uuid = await aDeniedAlert(title);
  const { uuid: workflowUuid } = await pipeline.api.ask<{ uuid: string }>('POST', '/v1/workflows', {
    name: 'Tell the desk',
    approval_mode: 'always',
    steps: [
      { name: 'tell', method: 'POST', url: `${desk.url}/notes`, json: { why: '{{ reason }}' } },
    ],
  });
  const scopes = ['alerts:read', 'findings:write', 'alerts:triage', 'enrichments:read', 'workflows:read', 'workflows:execute']; // prettier-ignore
  await using agent = await connect(await makeKey({ name: 'agent', key_type: 'agent', scopes }));

  const { alerts } = await agent.use('search_alerts', { severity: ['High'] });
  expect(alerts).toEqual([expect.objectContaining({ uuid, title, status: 'Open' })]);
  expect(await agent.resources()).toContain(`calseta://alerts/${uuid}`);
  expect(await agent.read(`calseta://alerts/${uuid}`)).toMatchObject({ alert: { uuid, title } });
  await eventually(async () => {
    const asked = { type: 'ip', value: ADDRESS };
    expect(await agent.use('enrich_indicator', asked)).toMatchObject({ malice: 'Malicious' });
  });

  await agent.use('post_alert_finding', { alert_uuid: uuid, summary: 'The address is denied' });
  await agent.use('update_alert_status', { alert_uuid: uuid, status: 'Triaging' });
  expect(await pipeline.api.ask('GET', `/v1/alerts/${uuid}`)).toMatchObject({
    status: 'Triaging',
    findings: [{ summary: 'The address is denied' }],
  });

  const { workflows } = await agent.use('search_workflows');
  expect(workflows).toContainEqual(expect.objectContaining({ uuid: workflowUuid }));
  const reason = 'The desk has to know';
  const asked = await agent.use('execute_workflow', {
    ...{ workflow_uuid: workflowUuid, alert_uuid: uuid, reason },
  });
  expect(asked['status']).toBe('awaiting_approval');
  expect(desk.requests).toEqual([]);

  const decides = { key_type: 'human', principal: 'dora', scopes: ['approvals:write'] };
  const approval = `/v1/workflow-approvals/${String(asked['approval_uuid'])}/approve`;
  const approved = await pipeline.api.call('POST', approval, {
    key: await makeKey({ name: 'Dora', ...decides }),
    body: { reason: 'Go on.' },
  });
  expect(approved.status).toBe(200);
  await eventually(
    async () => {
      const answer = await agent.use('get_workflow_run', { run_uuid: asked['run_uuid'] });
      expect(answer['run']).toMatchObject({ status: 'succeeded' });
    },
    { timeoutMs: 30_000 },
  );
  expect(desk.requests.map(({ path, body }) => [path, JSON.parse(body) as unknown])).toEqual([
    ['/notes', { why: reason }],
  ]);
}, 300_000);
