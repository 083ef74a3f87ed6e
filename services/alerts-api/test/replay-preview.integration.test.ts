import {
  type EnrichmentPlan,
  newUuid,
  type ReplayAlert,
  type ReplayPreview,
  REQUESTS,
} from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const anAgent = async (name: string, overrides: object = {}) =>
  (
    await api.database.prisma.agent.create({
      data: {
        name,
        webhookUrl: 'https://agent.example.com/x',
        signingSecretEncrypted: 'v1:x',
        ...overrides,
      },
    })
  ).id;

const aDelivery = async (alertId: string, agentId: string, status: 'delivered' | 'pending') =>
  await api.database.prisma.delivery.create({
    data: { id: newUuid(), agentId, alertId, revision: 1, status, nextAttemptAt: new Date() },
  });

const replay = async (alertId: string, body: object) =>
  await api.call('POST', `/v1/alerts/${alertId}/replay`, { body });

async function preview(alertId: string, from: ReplayAlert['from']): Promise<ReplayPreview> {
  const { status, body } = await replay(alertId, { from, mode: 'dry' });
  expect(status).toBe(200);
  return body.data;
}

/** Everything that a replay writes. */
async function written(alertId: string) {
  const where = { where: { alertId } };
  return await Promise.all([
    api.database.prisma.alert.findFirst({ where: { id: alertId } }),
    api.database.prisma.delivery.findMany({ ...where, orderBy: { id: 'asc' } }),
    api.database.prisma.alertIndicator.findMany({ ...where, orderBy: { position: 'asc' } }),
    api.database.prisma.activity.count(where),
    api.database.prisma.auditEntry.count(),
  ]);
}

const named = (agents: readonly { name: string }[]) => agents.map(({ name }) => name);

test('tells which agents a replay from dispatch would push to, and why not to the others', async () => {
  const any = await anAgent('any', { receiveUpdates: false });
  const critical = await anAgent('critical', { triggerFilter: { min_severity: 'Critical' } });
  await anAgent('off', { isActive: false });
  await anAgent('gone', { expiresAt: new Date(Date.now() - 1_000) });
  const alertId = await insertAlert(api.database, { stage: 'dispatched', severity: 'Low' });
  await aDelivery(alertId, any, 'delivered');
  await aDelivery(alertId, critical, 'delivered');
  await aDelivery(alertId, await anAgent('waits'), 'pending');
  const before = await written(alertId);

  const { dispatch, ...rest } = await preview(alertId, 'dispatch');
  expect(rest).toEqual({ alert_uuid: alertId, from: 'dispatch', revision: 2, assumptions: [] });
  expect(named(dispatch.agents)).toEqual(['any', 'waits']);
  expect(dispatch.agents.map(({ got_before: gotBefore }) => gotBefore)).toEqual([true, false]);
  expect(dispatch.excluded_agents).toEqual([
    expect.objectContaining({
      agent_uuid: critical,
      got_before: true,
      clause: 'min_severity: Low is below Critical',
    }),
    expect.objectContaining({
      name: 'off',
      got_before: false,
      clause: 'is_active: it is switched off',
    }),
  ]);
  expect(dispatch).toMatchObject({
    agent_count: 2,
    excluded_agent_count: 2,
    cancelled_delivery_count: 1,
  });
  expect(await written(alertId)).toEqual(before);
});

test('says what a mute would keep from everybody', async () => {
  await anAgent('muted');
  const alertId = await insertAlert(api.database, { stage: 'dispatched', title: 'Pentest 7' });
  const { id } = await api.database.prisma.mute.create({
    data: {
      rule: { all: [{ field: 'title', op: 'eq', value: 'Pentest 7' }] },
      until: new Date(Date.now() + 600_000),
      reason: 'Pentest',
      createdBy: 'somebody',
    },
  });
  const { dispatch } = await preview(alertId, 'dispatch');
  expect(dispatch).toMatchObject({ agent_count: 0, agents: [], mute_uuid: id });
  expect(dispatch.excluded_agents).toContainEqual(
    expect.objectContaining({ name: 'muted', clause: `mute ${id}: Pentest` }),
  );
});

test('tells which indicators a replay from extract would add and remove, and asks the rules about them', async () => {
  await anAgent('watches', {
    match: { all: [{ field: 'indicators.value', op: 'eq', value: '185.220.101.47' }] },
  });
  await anAgent('watched', {
    match: { all: [{ field: 'indicators.value', op: 'eq', value: '8.8.4.4' }] },
  });
  const alertId = await insertAlert(api.database, {
    stage: 'dispatched',
    rawPayload: { custom: { where: '185.220.101.47' } },
  });
  await link(alertId, '8.8.4.4');
  const before = await written(alertId);

  const { extraction, dispatch, assumptions } = await preview(alertId, 'extract');
  expect(extraction).toEqual({
    added: [{ type: 'ip', value: '185.220.101.47' }],
    removed: [{ type: 'ip', value: '8.8.4.4' }],
    kept_count: 0,
    dropped_count: 0,
    notes: [],
  });
  expect(named(dispatch.agents)).toContain('watches');
  expect(named(dispatch.excluded_agents)).toContain('watched');
  expect(assumptions).toHaveLength(2);
  expect(await written(alertId)).toEqual(before);

  await link(alertId, '185.220.101.47');
  const kept = await preview(alertId, 'extract');
  expect(kept.extraction).toMatchObject({ added: [], kept_count: 1 });
});

async function link(alertId: string, value: string): Promise<void> {
  const { id: indicatorId } = await api.database.prisma.indicator.create({
    data: {
      id: newUuid(),
      type: 'ip',
      value,
      classification: 'public',
      firstSeenAt: new Date(),
      lastSeenAt: new Date(),
    },
  });
  const position = await api.database.prisma.alertIndicator.count({ where: { alertId } });
  await api.database.prisma.alertIndicator.create({
    data: { alertId, indicatorId, position, provenance: [] },
  });
}

const PLAN: EnrichmentPlan = {
  counts: { asked: 1, skipped: 0, cached: 0, answered_here: 0 },
  providers: [
    {
      name: 'virustotal',
      counts: { asked: 1, skipped: 0, cached: 0, answered_here: 0 },
      request_count: 1,
    },
  ],
  silent_providers: [{ name: 'shodan', reason: 'The provider is switched off.' }],
  lookups: [{ type: 'ip', value: '8.8.4.4', provider: 'virustotal', outcome: 'asked' }],
};

test('tells what a replay from enrich would ask, as the enricher says, and asks rules by stored verdicts', async () => {
  await anAgent('sees-malice', {
    match: { all: [{ field: 'malice', op: 'eq', value: 'Suspicious' }] },
  });
  const alertId = await insertAlert(api.database, { stage: 'dispatched', malice: 'Suspicious' });
  const before = await written(alertId);
  const asked: unknown[] = [];
  const responder = await api.transport.respond(REQUESTS.planEnrichment, async (request) => {
    asked.push(request);
    return await Promise.resolve(PLAN);
  });
  const { enrichment, dispatch, assumptions, ...rest } = await preview(alertId, 'enrich');
  await responder.drain();
  expect(asked).toEqual([{ alert_id: alertId }]);
  expect(enrichment).toEqual(PLAN);
  expect(rest).toEqual({ alert_uuid: alertId, from: 'enrich', revision: 2 });
  expect(named(dispatch.agents)).toContain('sees-malice');
  expect(assumptions).toHaveLength(1);
  expect(await written(alertId)).toEqual(before);
});

test('refuses as the replay itself would, and without an enricher what it would ask', async () => {
  const fresh = await insertAlert(api.database, { stage: 'failed', enrichedAt: null });
  expect((await replay(fresh, { from: 'dispatch', mode: 'dry' })).status).toBe(409);
  expect((await replay(newUuid(), { from: 'dispatch', mode: 'dry' })).status).toBe(404);
  expect((await replay(fresh, { from: 'enrich', mode: 'dry' })).status).toBe(409);
  const done = await insertAlert(api.database, { stage: 'dispatched' });
  const { status, body } = await replay(done, { from: 'enrich', mode: 'dry' });
  expect([status, body['code']]).toEqual([503, 'service.unavailable']);
  expect((await replay(fresh, { from: 'extract', mode: 'wet' })).status).toBe(422);
});

test('is for those who may replay', async () => {
  const alertId = await insertAlert(api.database, { stage: 'dispatched' });
  const created = await api.call('POST', '/v1/api-keys', {
    body: { name: 'reader', scopes: ['alerts:read'] },
  });
  const { key } = created.body.data as { key: string };
  const { status } = await api.call('POST', `/v1/alerts/${alertId}/replay`, {
    body: { from: 'dispatch', mode: 'dry' },
    key,
  });
  expect(status).toBe(403);
});
