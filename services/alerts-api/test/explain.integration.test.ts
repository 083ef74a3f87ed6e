import { newUuid } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type StoredAlert } from '@calseta/testing';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let agentId: string;
beforeAll(async () => {
  api = await startAlertsApi();
  agentId = await anAgent({ triggerFilter: { min_severity: 'Medium' } });
});
afterAll(async () => await api[Symbol.asyncDispose]());

const anAgent = async (overrides: object = {}) =>
  (
    await api.database.prisma.agent.create({
      data: {
        name: 'A',
        webhookUrl: 'https://agent.example.com/x',
        signingSecretEncrypted: 'v1:x',
        createdAt: new Date('2025-01-01T00:00:00Z'),
        ...overrides,
      },
    })
  ).id;

/** Stores an alert whose dispatch decided so about the agent. */
async function dispatched(detail: object, alert: StoredAlert = {}): Promise<string> {
  const alertId = await insertAlert(api.database, alert);
  await api.database.prisma.activity.create({
    data: {
      id: newUuid(),
      alertId,
      at: new Date(),
      kind: 'dispatched',
      actor: 'dispatcher',
      detail,
    },
  });
  return alertId;
}

const excluded = (clause: string) => ({
  matched: [],
  not_matched: [{ agent_uuid: agentId, clause }],
});

async function aDelivery(alertId: string, columns: object): Promise<void> {
  const at = new Date();
  await api.database.prisma.delivery.create({
    data: {
      id: newUuid(),
      agentId,
      alertId,
      revision: 1,
      nextAttemptAt: at,
      createdAt: at,
      ...columns,
    },
  });
}

const explain = async (alertId: string, id = agentId) => {
  const { status, body } = await api.call('GET', `/v1/agents/${id}/explain?alert_uuid=${alertId}`);
  expect(status).toBe(200);
  return body.data as { verdict: string; notes: string[] };
};

test.each([
  ['delivered', {}],
  ['given_up', { status: 'dead', attemptCount: 9, lastError: 'HTTP 500' }],
  ['waiting', { status: 'pending', attemptCount: 1, lastError: 'HTTP 503' }],
  ['cancelled', { status: 'cancelled', lastError: 'The alert was replayed.' }],
])('a delivery that is %s', async (verdict, columns) => {
  const alertId = await dispatched({ matched: [{ agent_uuid: agentId }] });
  await aDelivery(alertId, { status: 'delivered', ...columns });
  const explained = await explain(alertId);
  expect(explained).toMatchObject({
    verdict,
    at_dispatch: { matched: true },
    now: { matches: true },
    deliveries: [{ revision: 1 }],
  });
});

test.each([
  ['muted', 'mute 0199: Pentest', 'Pentest'],
  ['filtered', 'min_severity: Low is below Medium', 'min_severity: Low is below Medium'],
  ['switched_off', 'is_active: it is switched off', 'switched off'],
  ['declined_update', 'receive_updates: it declines updates', 'takes no updates'],
])('an alert that was %s', async (verdict, clause, explanation) => {
  const alertId = await dispatched(excluded(clause));
  expect(await explain(alertId)).toMatchObject({
    verdict,
    explanation: expect.stringContaining(explanation),
    at_dispatch: { matched: false, clause },
    now: { matches: true },
  });
});

test.each([
  [
    'quarantined',
    { stage: 'quarantined', failureCode: 'x', failureReason: 'No title.' },
    'No title.',
  ],
  ['failed', { stage: 'failed', failureCode: 'x', failureReason: 'It broke.' }, 'It broke.'],
  ['in_pipeline', { stage: 'extracted' }, 'extracted'],
] as const)('an alert that stands in %s', async (verdict, alert, explanation) => {
  const alertId = await insertAlert(api.database, alert);
  expect(await explain(alertId)).toMatchObject({
    verdict,
    explanation: expect.stringContaining(explanation),
  });
});

test('an agent that came later', async () => {
  const alertId = await dispatched({ matched: [], not_matched: [] });
  const late = await anAgent({ createdAt: new Date(Date.now() + 60_000) });
  const { received_at: since } = (await api.call('GET', `/v1/alerts/${alertId}`)).body.data as {
    received_at: string;
  };
  const explained = await explain(alertId, late);
  expect(explained).toMatchObject({
    verdict: 'registered_later',
    explanation: expect.stringContaining(
      `POST /v1/agents/${late}/replay {"since": "${since}", "only": "missed"}`,
    ),
  });
  // The advice is a call that works.
  const replayed = await api.call('POST', `/v1/agents/${late}/replay`, {
    body: { since, only: 'missed', dry_run: true },
  });
  expect([replayed.status, replayed.body.data]).toMatchObject([202, { matched_count: 1 }]);
  expect(await explain(alertId)).toMatchObject({ verdict: 'unknown' });
});

test('what the filter and the rule say today, and what there is to know besides', async () => {
  const alertId = await dispatched(excluded('min_severity: Pending is below Medium'), {
    severity: 'Pending',
    severityOriginal: 'sev-9',
    duplicateCount: 2,
    rawPayload: { index: 'prod' },
  });
  const { notes, ...explained } = await explain(alertId);
  expect(explained).toMatchObject({
    verdict: 'filtered',
    now: { matches: false, clause: 'min_severity: Pending is below Medium' },
  });
  expect(notes).toEqual([
    expect.stringContaining('2 later messages'),
    expect.stringContaining('`sev-9` was not understood'),
  ]);

  const match = { all: [{ field: 'raw_payload.index', op: 'eq', value: 'test' }] };
  const ruled = await anAgent({ match, receiveUpdates: false, isActive: true });
  const byRule = await explain(alertId, ruled);
  expect(byRule).toMatchObject({
    now: { matches: false, clause: 'match/all/0: raw_payload.index eq "test"' },
  });
  expect(byRule.notes.at(-1)).toContain('receive_updates');

  const shadow = await explain(alertId, await anAgent({ mode: 'shadow' }));
  expect(shadow.notes.at(-1)).toContain('shadow mode');

  const off = await anAgent({ isActive: false, disabledReason: 'HTTP 410' });
  const byState = await explain(alertId, off);
  expect(byState).toMatchObject({ now: { matches: false } });
  expect(byState.notes.at(-1)).toBe('The agent is switched off: HTTP 410.');
});
