import { neutralize, newUuid, type PulledDelivery } from '@calseta/common';
import {
  HIDDEN_CHARACTER,
  INJECTIONS,
  pointersTo,
  unmarked,
  valueAt,
} from '../../../packages/common/test/injections.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { connectV2, type McpClient } from './mcp-clients.js';
import { aRunToApprove } from './run-to-approve.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

/** Attacks arrive marked, visible and inside their bounds wherever an agent reads over the network. */

let api: TestAlertsApi;
let client: McpClient;
/** An agent that pulls. */
let puller: { uuid: string; key: string };

beforeAll(async () => {
  api = await startAlertsApi();
  client = await connectV2(api, ADMIN_KEY, 'auto');
  const { uuid } = await made('/v1/agents', { name: 'Puller' });
  const { key } = await made('/v1/api-keys', {
    ...{ name: 'puller', agent_uuid: uuid, scopes: ['alerts:read', 'findings:write'] },
  });
  puller = { uuid, key };
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

async function made(path: string, body: object): Promise<{ uuid: string; key: string }> {
  const answer = await api.call('POST', path, { body });
  expect([path, answer.status]).toEqual([path, 201]);
  return answer.body.data;
}

type Attacked = { alertId: string; ruleId: string; runId: string; indicator: string };

/** An alert that says the text wherever a sender, a provider, an agent or a vendor can say something. */
async function anAttack(text: string): Promise<Attacked> {
  const { prisma } = api.database;
  const { id: ruleId } = await prisma.detectionRule.create({
    data: { name: text, documentation: 'What it means.', isAutoCreated: true },
  });
  const alertId = await insertAlert(api.database, {
    ...{ title: text, description: text, tags: [text], hosts: [text], users: [text] },
    ...{ nativeAlertId: text, sourceRuleId: text, sourceUrl: text, severityOriginal: text },
    normalizedFields: { user_agent: text, file_name: text, command_line: text },
    rawPayload: { subject: text, [text]: [text] },
    detectionRuleId: ruleId,
  });
  const indicator = `${text} ${alertId}`;
  await anIndicator(alertId, indicator, text);
  const finding = { summary: text, recommended_actions: [text], details: { [text]: text } };
  const posted = await api.call('POST', `/v1/alerts/${alertId}/findings`, {
    ...{ key: puller.key, body: finding },
  });
  expect(posted.status).toBe(201);
  await made(`/v1/alerts/${alertId}/comments`, { text });
  return { alertId, ruleId, indicator, runId: await aRun(alertId, text) };
}

async function anIndicator(alertId: string, value: string, text: string): Promise<void> {
  const at = new Date();
  await api.database.prisma.indicator.create({
    data: {
      ...{ id: newUuid(), type: 'account', value, displayValue: value, classification: 'public' },
      ...{ maliceReasons: [text], firstSeenAt: at, lastSeenAt: at },
      alerts: {
        create: {
          ...{ alertId, position: 0 },
          provenance: [{ pass: 'text', pointer: '/subject', stated_as: value }],
        },
      },
      results: {
        create: {
          ...{ providerName: 'dns', configVersion: 1, status: 'success' },
          ...{ extracted: { txt: text }, fetchedAt: at, expiresAt: at },
        },
      },
    },
  });
  await api.database.query('UPDATE alerts SET indicator_count = 1 WHERE id = $1', [alertId]);
}

/** A run that an agent was talked into, and whose vendor repeats what it was sent. */
async function aRun(alertId: string, text: string): Promise<string> {
  const parameters = { message: text };
  const { run_uuid: runId } = await aRunToApprove(api, { reason: text, parameters, alertId });
  const at = new Date();
  await api.database.prisma.workflowRunStep.create({
    data: {
      ...{ runId, number: 1, name: 'one', idempotencyKey: newUuid(), mayRepeat: false },
      request: { method: 'POST', url: 'https://vendor.example/', headers: {}, body: text },
      response: { status: 400, headers: {}, body: text },
      ...{ sentAt: at, answeredAt: at, outcome: 'error', message: text },
    },
  });
  await api.database.prisma.workflowRun.update({
    where: { id: runId },
    data: { status: 'failed', summary: `Step one was answered with an error: ${text}` },
  });
  return runId;
}

async function leased({ alertId }: Attacked): Promise<string> {
  await api.database.prisma.delivery.create({
    data: {
      ...{ id: newUuid(), agentId: puller.uuid, alertId, revision: 1 },
      nextAttemptAt: new Date(),
    },
  });
  const answer = await api.call('POST', `/v1/agents/${puller.uuid}/lease`, {
    ...{ key: puller.key, body: {} },
  });
  const [delivery] = (answer.body.data as { deliveries: PulledDelivery[] }).deliveries;
  const ids = { lease_ids: [delivery?.lease_id] };
  await api.call('POST', `/v1/agents/${puller.uuid}/ack`, { key: puller.key, body: ids });
  return delivery?.body ?? '';
}

type Marks = { untrusted_paths?: string[]; alert?: { _metadata?: Marks } };
const pathsOf = (value: Marks): string[] =>
  value.untrusted_paths ?? value.alert?._metadata?.untrusted_paths ?? [];

/** Fails unless the JSON shows the text, at marked places alone, and every mark leads somewhere. */
function expectMarked(place: string, json: string, text: string): void {
  expect([place, HIDDEN_CHARACTER.exec(json)]).toEqual([place, null]);
  const value = JSON.parse(json) as Marks;
  const shown = neutralize(text).text;
  const paths = pathsOf(value);
  expect([place, pointersTo(shown, value).length > 0]).toEqual([place, true]);
  expect([place, unmarked(shown, value, paths)]).toEqual([place, []]);
  const stray = paths.filter((path) => valueAt(path, value) === undefined);
  expect([place, stray]).toEqual([place, []]);
}

const textOf = async (path: string): Promise<string> => {
  const response = await fetch(`${api.url}${path}`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  expect([path, response.status]).toEqual([path, 200]);
  return await response.text();
};

/** Without what differs from alert to alert. */
const withoutIds = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<at>')
    .replaceAll(/bound to [0-9a-f]+/g, 'bound to <hash>');

/** Two words, which are quoted like any other text. */
const HARMLESS = 'harmless text';
let harmless: Attacked;
beforeAll(async () => {
  harmless = await anAttack(HARMLESS);
});

describe.each(Object.entries(INJECTIONS))('an injection (%s)', (_name, text) => {
  let attacked: Attacked;
  beforeAll(async () => {
    attacked = await anAttack(text);
  });

  test('arrives marked in what an agent leases', async () => {
    const body = await leased(await anAttack(text));
    expectMarked('lease', body, text);
    const { alert } = JSON.parse(body) as { alert: { severity: string; status: string } };
    expect(alert).toMatchObject({ severity: 'High', status: 'Open' });
  });

  test('arrives marked in the answers of tools', async () => {
    const { alertId, ruleId, runId, indicator } = attacked;
    const asked: [tool: string, args: Record<string, unknown>][] = [
      ['search_alerts', { page_size: 2, detail: 'brief' }],
      ['search_alerts', { page_size: 1, detail: 'full' }],
      ['get_alert_context', { alert_uuid: alertId }],
      ['get_alert_timeline', { alert_uuid: alertId, detail: 'full' }],
      ['search_indicators', { q: indicator, detail: 'full' }],
      ['search_detection_rules', { uuid: ruleId }],
      ['get_workflow_run', { run_uuid: runId }],
      ['list_pending_approvals', { alert_uuid: alertId, detail: 'full' }],
    ];
    for (const [tool, args] of asked) {
      const answer = await client.call(tool, args);
      expect([tool, answer.isError, answer.isError && answer.text]).toEqual([tool, false, false]);
      expectMarked(tool, answer.text, text);
      expectMarked(tool, JSON.stringify(answer.data), text);
    }
  });

  test('makes no line, and no other words than its own, in the story of a run or of an alert', async () => {
    const stories = ({ alertId, runId }: Attacked) => [
      `/v1/workflow-runs/${runId}?format=text`,
      `/v1/alerts/${alertId}/activity?format=text`,
    ];
    const before = stories(harmless);
    for (const [index, path] of stories(attacked).entries()) {
      const told = await textOf(path);
      expect(told).not.toMatch(HIDDEN_CHARACTER);
      const shown = neutralize(JSON.stringify(text)).text;
      expect(told).toContain(shown);
      const expected = withoutIds(await textOf(before[index] ?? ''));
      expect(withoutIds(told).replaceAll(shown.slice(1, -1), HARMLESS)).toBe(expected);
    }
  });
});
