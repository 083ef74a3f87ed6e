import { newUuid } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function made<T>(path: string, body: object, key?: string): Promise<T> {
  const answer = await api.call('POST', path, { body, ...(key !== undefined && { key }) });
  expect(answer.status).toBe(201);
  return answer.body.data;
}

async function anAgent(mode: 'active' | 'shadow' = 'active') {
  const { uuid } = await made<{ uuid: string }>('/v1/agents', { name: 'Scored', mode });
  const { key } = await made<{ key: string }>('/v1/api-keys', {
    name: 'scored',
    agent_uuid: uuid,
    scopes: ['alerts:read', 'findings:write'],
  });
  return { uuid, key };
}

/** An alert that was delivered to the agent, which posts findings about it, and which a person closes. */
async function anAlert(
  agent: { uuid: string; key: string },
  findings: object[],
  closedAs?: string,
): Promise<void> {
  const alertId = await insertAlert(api.database);
  const finishedAt = new Date(Date.now() - 10_000);
  await api.database.prisma.delivery.create({
    data: {
      id: newUuid(),
      agentId: agent.uuid,
      alertId,
      revision: 1,
      status: 'delivered',
      nextAttemptAt: finishedAt,
      finishedAt,
    },
  });
  for (const finding of findings) {
    await made(`/v1/alerts/${alertId}/findings`, { summary: 'x', ...finding }, agent.key);
  }
  if (closedAs === undefined) return;
  for (const changes of [
    { status: 'Triaging' },
    { status: 'Closed', close_classification: closedAs },
  ]) {
    await api.call('PATCH', `/v1/alerts/${alertId}`, { body: changes });
  }
}

const scorecardOf = async (uuid: string, query = '', key?: string) =>
  await api.call('GET', `/v1/agents/${uuid}/scorecard${query}`, { ...(key && { key }) });

test('measures an agent by what became of the alerts that it judged', async () => {
  const agent = await anAgent();
  const positive = { classification: 'true_positive', confidence: 0.9 };
  const negative = { classification: 'false_positive', confidence: 0.7 };
  await anAlert(agent, [negative, positive], 'true_positive');
  await anAlert(agent, [positive], 'false_positive');
  await anAlert(agent, [negative], 'true_positive');
  await anAlert(agent, [{ classification: 'inconclusive' }], 'false_positive');
  await anAlert(agent, [positive], 'duplicate');
  await anAlert(agent, [positive]);
  await anAlert(agent, [{}]);
  await anAlert(agent, []);
  await anAlert(await anAgent(), [positive], 'true_positive');

  const { body } = await scorecardOf(agent.uuid, '', agent.key);
  expect(body.data).toMatchObject({
    agent_uuid: agent.uuid,
    mode: 'active',
    deliveries: { delivered: 8, pending: 0, dead: 0, cancelled: 0 },
    time_to_first_finding_seconds: {
      alert_count: 7,
      median: expect.closeTo(11, -1),
      p95: expect.any(Number),
    },
    findings: {
      count: 8,
      unclassified: 1,
      by_classification: { true_positive: 4, false_positive: 2, inconclusive: 1 },
    },
    judged: {
      alert_count: 4,
      agreement: 0.333,
      true_positive_precision: 0.5,
      true_positive_recall: 0.5,
      calibration: [
        { confidence_from: 0.6, confidence_to: 0.8, alert_count: 1, agreement: 0 },
        { confidence_from: 0.8, confidence_to: 1, alert_count: 2, agreement: 0.5 },
      ],
    },
  });
});

test('counts what an agent posted in the shadow', async () => {
  const agent = await anAgent('shadow');
  await anAlert(agent, [{ classification: 'true_positive' }], 'true_positive');
  const { body } = await scorecardOf(agent.uuid);
  expect(body.data).toMatchObject({ mode: 'shadow', judged: { alert_count: 1, agreement: 1 } });
});

test('is bounded in its span, and counts what lies in it', async () => {
  const agent = await anAgent();
  await anAlert(agent, [{ classification: 'true_positive' }], 'true_positive');
  const before = '?since=2025-01-01T00:00:00Z&until=2025-04-03T00:00:00Z';
  const { status, body } = await scorecardOf(agent.uuid, before);
  expect([status, body.data]).toMatchObject([
    200,
    { deliveries: { delivered: 0 }, findings: { count: 0 } },
  ]);
  for (const span of [
    '?since=2025-01-01T00:00:00Z&until=2025-04-03T00:00:01Z',
    '?since=2025-01-02T00:00:00Z&until=2025-01-01T00:00:00Z',
    '?since=yesterday',
  ]) {
    expect((await scorecardOf(agent.uuid, span)).status).toBe(422);
  }
  expect((await scorecardOf(newUuid())).status).toBe(404);
});
