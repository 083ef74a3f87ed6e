import { deliveryIdOf, newUuid, type Principal, type ReplayAgent } from '@calseta/common';
import {
  createAlertFactsStore,
  createAlertStore,
  createDeliveryStore,
  createDispatchStore,
  createReopenStore,
} from '@calseta/database';
import { type StoredAlert } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { agentReplayOperations } from '../src/operations/agents/agent-replay.js';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const PRINCIPAL: Principal = {
  keyId: 'k',
  name: 'k',
  keyType: 'human',
  principalId: 'k',
  createdBy: null,
  agentId: null,
  isShadow: false,
  scopes: ['agents:write'],
  allowedSources: null,
  urlTokenSource: null,
};

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** Each test has a day of its own. */
let day = 0;
const nextDay = () => {
  day += 1;
  const at = (hour: number) => new Date(Date.UTC(2024, 0, day, hour));
  return { at, since: at(0).toISOString(), until: at(23).toISOString() };
};

const anAgent = async (fields: object = {}): Promise<string> => {
  const answer = await api.call('POST', '/v1/agents', { body: { name: 'Replayed', ...fields } });
  expect(answer.status).toBe(201);
  return (answer.body.data as { uuid: string }).uuid;
};
const anAlert = async (receivedAt: Date, alert: StoredAlert = {}) =>
  await insertAlert(api.database, { receivedAt, ...alert });
const aDelivery = async (
  agentId: string,
  alertId: string,
  status: 'delivered' | 'dead' = 'delivered',
) => {
  const id = newUuid();
  const data = { id, agentId, alertId, revision: 1, status, nextAttemptAt: new Date() };
  await api.database.prisma.delivery.create({
    data: { ...data, attemptCount: 3, finishedAt: new Date(), lastError: 'away' },
  });
  return id;
};
const replay = async (uuid: string, body: object) =>
  await api.call('POST', `/v1/agents/${uuid}/replay`, { body });
const deliveriesOf = async (agentId: string) =>
  await api.database.prisma.delivery.findMany({ where: { agentId }, orderBy: { alertId: 'asc' } });

describe('POST /v1/agents/{uuid}/replay', () => {
  test('opens what exists again under its id, and makes what never was', async () => {
    const { at, since, until } = nextDay();
    const agentId = await anAgent();
    const [delivered, dead, never] = [
      await anAlert(at(1)),
      await anAlert(at(2)),
      await anAlert(at(3)),
    ];
    await anAlert(new Date(at(23).getTime() + 1));
    await anAlert(at(4), { stage: 'extracted' });
    const kept = [await aDelivery(agentId, delivered), await aDelivery(agentId, dead, 'dead')];
    const { status, body } = await replay(agentId, { since, until });
    expect([status, body.data]).toEqual([202, { matched_count: 3, delivery_count: 3 }]);
    const stored = await deliveriesOf(agentId);
    const made = deliveryIdOf({ alertId: never, agentId, revision: 1 });
    expect(stored.map(({ id }) => id).sort()).toEqual([...kept, made].sort());
    for (const delivery of stored) {
      expect(delivery).toMatchObject({
        status: 'pending',
        isReplay: true,
        finishedAt: null,
        lastError: null,
        severity: 'High',
      });
      expect(delivery.earlierAttempts).toBe(delivery.attemptCount);
    }
    const { body: activity } = await api.call('GET', `/v1/alerts/${never}/activity`);
    expect(activity.data).toMatchObject([
      { kind: 'delivery.replayed', detail: { delivery_uuid: made, agent: 'Replayed' } },
    ]);
  });

  test('leaves out with `missed` what was delivered, and changes nothing on a dry run', async () => {
    const { at, since, until } = nextDay();
    const agentId = await anAgent();
    await aDelivery(agentId, await anAlert(at(1)));
    await aDelivery(agentId, await anAlert(at(2)), 'dead');
    await anAlert(at(3));
    const dry = await replay(agentId, { since, until, only: 'missed', dry_run: true });
    expect(dry.body.data).toEqual({ matched_count: 3, delivery_count: 2 });
    expect(await deliveriesOf(agentId)).toHaveLength(2);
    const done = await replay(agentId, { since, until, only: 'missed' });
    expect(done.body.data).toEqual({ matched_count: 3, delivery_count: 2 });
    const statuses = (await deliveriesOf(agentId)).map(({ status }) => status);
    expect(statuses.sort()).toEqual(['delivered', 'pending', 'pending']);
  });

  test('takes what the filter and the rule of the agent take now', async () => {
    const { at, since, until } = nextDay();
    const agentId = await anAgent({
      trigger_filter: { min_severity: 'High', tags: ['identity'] },
      match: { all: [{ field: 'title', op: 'contains', value: 'travel' }] },
    });
    const taken = await anAlert(at(1), { title: 'Impossible travel' });
    await anAlert(at(2), { title: 'Impossible travel', severity: 'Low' });
    await anAlert(at(3), { title: 'Impossible travel', tags: [] });
    await anAlert(at(4), { title: 'Something else' });
    const { body } = await replay(agentId, { since, until });
    expect(body.data).toEqual({ matched_count: 1, delivery_count: 1 });
    expect(await deliveriesOf(agentId)).toMatchObject([{ alertId: taken }]);
  });

  test('reads a span in slices, also of alerts received at the same moment', async () => {
    const { at, since, until } = nextDay();
    const agentId = await anAgent({
      match: { all: [{ field: 'title', op: 'contains', value: 'a' }] },
    });
    for (let made = 0; made < 45; made += 1) await anAlert(at(1));
    const { body } = await replay(agentId, { since, until });
    expect(body.data).toEqual({ matched_count: 45, delivery_count: 45 });
  });

  test('takes what was received at its beginning, and not what was at its end', async () => {
    const { at } = nextDay();
    const agentId = await anAgent();
    const [first, last] = [await anAlert(at(1)), await anAlert(new Date(at(2).getTime() - 1))];
    await anAlert(new Date(at(1).getTime() - 1));
    await anAlert(at(2));
    await replay(agentId, { since: at(1).toISOString(), until: at(2).toISOString() });
    const alertIds = (await deliveriesOf(agentId)).map(({ alertId }) => alertId);
    expect(alertIds.sort()).toEqual([first, last].sort());
  });

  test('keeps to its limits: all of a span, or nothing and a hint', async () => {
    const { at, since, until } = nextDay();
    const agentId = await anAgent();
    const { replay: limited } = agentReplayOperations({
      reopening: createReopenStore(api.database),
      dispatch: createDispatchStore(api.database),
      alerts: createAlertStore(api.database),
      alertFacts: createAlertFactsStore(api.database),
      deliveries: createDeliveryStore(api.database),
      limits: { scannedAlerts: 5, deliveries: 3 },
    });
    const run = async (fields: Partial<ReplayAgent> = {}) =>
      await limited.run(
        { uuid: agentId, since, until, only: 'all', dry_run: false, ...fields },
        { principal: PRINCIPAL, traceparent: '' },
      );
    for (let made = 0; made < 3; made += 1) await anAlert(at(1));
    expect(await run()).toEqual({ matched_count: 3, delivery_count: 3 });

    const [delivered] = await deliveriesOf(agentId);
    await api.database.prisma.delivery.update({
      where: { id: delivered!.id },
      data: { status: 'delivered' },
    });
    await anAlert(at(2));
    const tooMany = { code: 'request.invalid', message: /makes 3 deliveries at most/ };
    await expect(run()).rejects.toMatchObject({ code: tooMany.code });
    await expect(run()).rejects.toThrow(tooMany.message);
    expect(await deliveriesOf(agentId)).toHaveLength(3);
    expect(await run({ only: 'missed' })).toEqual({ matched_count: 4, delivery_count: 3 });

    for (let made = 0; made < 2; made += 1) await anAlert(at(3));
    await expect(run({ only: 'missed' })).rejects.toThrow(/looks at 5 alerts at most/);
    await expect(run({ dry_run: true })).rejects.toThrow(/looks at 5 alerts at most/);
  });

  test('refuses an empty span, an unknown field and an unknown agent', async () => {
    const { since, until } = nextDay();
    const agentId = await anAgent();
    expect((await replay(agentId, { since: until, until: since })).status).toBe(422);
    expect((await replay(agentId, {})).status).toBe(422);
    expect((await replay(agentId, { since, only: 'some' })).status).toBe(422);
    expect((await replay(newUuid(), { since })).status).toBe(404);
  });
});

describe('POST /v1/alerts/{uuid}/dispatch', () => {
  const dispatch = async (alertId: string, agentId: string) =>
    await api.call('POST', `/v1/alerts/${alertId}/dispatch`, { body: { agent_uuid: agentId } });

  test('pushes an alert to one agent, whatever its filter', async () => {
    const agentId = await anAgent({ trigger_filter: { min_severity: 'Critical' } });
    const alertId = await anAlert(nextDay().at(1), { severity: 'Low' });
    const { status, body } = await dispatch(alertId, agentId);
    expect([status, body.data]).toMatchObject([
      202,
      { alert_uuid: alertId, agent_uuid: agentId, status: 'pending' },
    ]);
    const again = await dispatch(alertId, agentId);
    expect((again.body.data as { uuid: string }).uuid).toBe((body.data as { uuid: string }).uuid);
  });

  test('refuses an unknown alert or agent, and an alert on its way', async () => {
    const agentId = await anAgent();
    const alertId = await anAlert(nextDay().at(1), { stage: 'extracted' });
    expect((await dispatch(newUuid(), agentId)).status).toBe(404);
    expect((await dispatch(alertId, newUuid())).status).toBe(422);
    expect((await dispatch(alertId, agentId)).status).toBe(409);
  });
});
