import { newUuid, TESTED_ALERTS } from '@calseta/common';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
beforeEach(async () => {
  await api.database.query('TRUNCATE alerts, detection_rules, indicators CASCADE');
});
afterAll(async () => await api[Symbol.asyncDispose]());

const tryRule = async (rule: unknown, options: object = {}) => {
  const { status, body } = await api.call('POST', '/v1/rules/test', { body: { rule, ...options } });
  expect(status).toBe(200);
  return body.data as Record<string, unknown>;
};

test('says which stored alerts match, and which clause excludes the others', async () => {
  const rule = { name: 'Travel', mitreTactics: ['TA0001'] };
  const { id: detectionRuleId } = await api.database.prisma.detectionRule.create({ data: rule });
  const matching = await insertAlert(api.database, {
    detectionRuleId,
    rawPayload: { event: { code: 4625 } },
    indicators: [{ type: 'domain', value: 'evil.example' }],
  });
  const low = await insertAlert(api.database, { severity: 'Low' });
  await insertAlert(api.database, { severity: 'Low' });
  const other = await insertAlert(api.database, { rawPayload: { event: { code: 1 } } });
  await insertAlert(api.database, { stage: 'quarantined' });

  const tried = await tryRule({
    all: [
      { field: 'severity', op: 'gte', value: 'High' },
      { field: 'raw_payload.event.code', op: 'eq', value: 4625 },
      { field: 'detection_rule.name', op: 'eq', value: 'travel' },
      { field: 'indicators.domain.value', op: 'contains', value: 'evil.example' },
    ],
  });
  expect(tried).toEqual({
    tested_count: 4,
    matched_count: 1,
    matches: [
      {
        alert_uuid: matching,
        title: 'Impossible Travel Detected',
        severity: 'High',
        source_name: 'generic',
        received_at: expect.any(String),
      },
    ],
    failed: [
      { clause: '/all/0: severity gte "High"', count: 2, sample_alert_uuid: expect.any(String) },
      { clause: '/all/1: raw_payload.event.code eq 4625', count: 1, sample_alert_uuid: other },
    ],
    is_complete: true,
  });
  expect(low).not.toBe(matching);
});

test('tests the newest alerts, within a limit and a span of time', async () => {
  const rule = { all: [{ field: 'title', op: 'exists', value: true }] };
  const at = (time: string) => ({ receivedAt: new Date(time) });
  await insertAlert(api.database, {
    id: '01890000-0000-7000-8000-000000000001',
    ...at('2023-06-27T00:00:00Z'),
  });
  const ids = [await insertAlert(api.database), await insertAlert(api.database)];
  expect(await tryRule(rule, { limit: 2 })).toMatchObject({
    tested_count: 2,
    is_complete: false,
    matches: [{ alert_uuid: ids[1] }, { alert_uuid: ids[0] }],
  });
  const since = new Date(Date.now() - 60_000).toISOString();
  expect(await tryRule(rule, { received_from: since })).toMatchObject({
    tested_count: 2,
    is_complete: true,
  });
  expect(await tryRule(rule)).toMatchObject({ tested_count: 3, is_complete: true });
});

test('reads many alerts in pages', async () => {
  await api.database.query(
    `INSERT INTO alerts (id, source_name, dedup_key, title, severity, occurred_at, received_at, last_seen_at,
                         raw_payload, stage, stage_changed_at, next_sweep_at)
     SELECT gen_random_uuid(), 'generic', n::text, 'T', 'Low', now(), now(), now(),
            json_build_object('n', n), 'dispatched', now(), now() FROM generate_series(1, 700) n`,
  );
  const rule = { all: [{ field: 'raw_payload.n', op: 'lte', value: 600 }] };
  expect(await tryRule(rule)).toMatchObject({
    tested_count: 700,
    matched_count: 600,
    matches: { length: 50 },
    failed: [{ count: 100 }],
    is_complete: true,
  });
});

test.each([
  [
    'a rule that is none',
    { rule: { all: [{ field: 'colour', op: 'eq', value: 1 }] } },
    '/rule/all/0/field',
  ],
  ['too many alerts', { rule: { all: [] }, limit: TESTED_ALERTS.max + 1 }, '/limit'],
])('refuses %s', async (_, body, pointer) => {
  const answer = await api.call('POST', '/v1/rules/test', { body });
  expect(answer.status).toBe(422);
  expect(answer.body['errors']).toContainEqual(expect.objectContaining({ pointer }));
});

test('an id that no alert has is not explained', async () => {
  const agent = `/v1/agents/${newUuid()}/explain?alert_uuid=${newUuid()}`;
  expect((await api.call('GET', agent)).status).toBe(404);
});
