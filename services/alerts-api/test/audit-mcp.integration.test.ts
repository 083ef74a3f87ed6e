import { type AuditEntryResource } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { connectV2, type McpClient } from './mcp-clients.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let agentUuid: string;
let key: { id: string; key: string };
let client: McpClient;

beforeAll(async () => {
  api = await startAlertsApi();
  const agent = await api.call('POST', '/v1/agents', { body: { name: 'Over MCP' } });
  agentUuid = (agent.body.data as { uuid: string }).uuid;
  const scopes = ['alerts:read', 'findings:write', 'alerts:triage', 'workflows:execute'];
  const made = await api.call('POST', '/v1/api-keys', {
    body: { name: 'k', key_type: 'agent', agent_uuid: agentUuid, scopes },
  });
  key = made.body.data;
  client = await connectV2(api, key.key, 'auto');
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

type Case = {
  args: () => Promise<Record<string, unknown>>;
  action: string;
  after: (args: Record<string, unknown>) => object;
};

/** A call of every tool that changes something, with the entry that it leaves. */
const CASES: Record<string, Case> = {
  post_alert_finding: {
    args: async () => ({ alert_uuid: await insertAlert(api.database), summary: 'Benign.' }),
    action: 'finding.created',
    after: ({ alert_uuid: alertId }) => ({ alert_id: alertId, summary: 'Benign.' }),
  },
  update_alert_status: {
    args: async () => ({ alert_uuid: await insertAlert(api.database), status: 'triaging' }),
    action: 'alert.updated',
    after: () => ({ status: 'Triaging' }),
  },
  execute_workflow: {
    args: async () => {
      const made = await api.call('POST', '/v1/workflows', {
        body: {
          name: 'Suspend',
          approval_mode: 'always',
          base_url: 'http://127.0.0.1:8099',
          steps: [{ name: 'suspend', method: 'POST', url: '/suspend', json: { who: 'x' } }],
        },
      });
      return { workflow_uuid: (made.body.data as { uuid: string }).uuid, reason: 'It looks bad.' };
    },
    action: 'workflow_run.created',
    after: ({ workflow_uuid: workflowId }) => ({ workflow_id: workflowId }),
  },
};

test('every tool that changes something has a case', async () => {
  const tools = await client.listTools();
  const changing = tools.filter(
    ({ annotations }) => !(annotations as { readOnlyHint: boolean }).readOnlyHint,
  );
  expect(changing.map(({ name }) => name).sort()).toEqual(Object.keys(CASES).sort());
});

test.each(Object.entries(CASES))(
  '%s leaves an entry that names the agent and its key',
  async (tool, { args, action, after }) => {
    const given = await args();
    const answer = await client.call(tool, given);
    expect([answer.isError, answer.text]).toEqual([false, answer.text]);
    const { body } = await api.call('GET', `/v1/audit?action=${action}`);
    expect((body.data as AuditEntryResource[])[0]).toMatchObject({
      action,
      via: 'mcp',
      actor: `agent:${agentUuid}`,
      actor_type: 'agent',
      key_id: key.id,
      agent_uuid: agentUuid,
      after: after(given),
    });
  },
);
