import { type AddedIndicators, MAX_ADDED_INDICATORS, newUuid, TEST_SOURCE } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi({ CALSETA_OWN_DOMAINS: 'corp.badsite.net' });
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Item = { type: string; value: string; role?: string };
const DOMAIN: Item = { type: 'domain', value: 'Evil[.]Example.ORG' };

const post = async (alertId: string, items: unknown, more: object = {}) =>
  await api.call('POST', `/v1/alerts/${alertId}/indicators`, { body: { items, ...more } });

async function add(alertId: string, items: Item[], more: object = {}) {
  const { status, body } = await post(alertId, items, more);
  return { status, ...(body.data as AddedIndicators) };
}

const indicatorsOf = async (alertId: string) =>
  (await api.call('GET', `/v1/alerts/${alertId}/indicators`)).body.data as {
    value: string;
    uuid: string;
  }[];

const linesOf = async (alertId: string) =>
  await api.database.prisma.activity.findMany({ where: { alertId, kind: 'indicators_added' } });

const pendingOf = async (alertId: string) =>
  await api.database.prisma.alertUpdate.findUnique({ where: { alertId } });

describe('POST /v1/alerts/{uuid}/indicators', () => {
  test('stores the canonical form, and says on the alert who added it', async () => {
    const alertId = await insertAlert(api.database, {
      indicators: [{ type: 'ip', value: '198.51.100.9' }],
    });
    const added = await add(
      alertId,
      [
        { ...DOMAIN, role: 'destination' },
        { type: 'email', value: 'Ada@Corp.BadSite.net' },
      ],
      { reason: 'Seen in the mail.' },
    );
    expect(added).toEqual({
      status: 201,
      added_count: 2,
      indicators: [
        {
          type: 'domain',
          value: 'evil.example.org',
          classification: 'documentation',
          is_new: true,
        },
        {
          type: 'email',
          value: expect.stringMatching(/@corp\.badsite\.net$/),
          classification: 'internal',
          is_new: true,
        },
      ],
    });
    const [first, domain, email] = await indicatorsOf(alertId);
    expect(first).toMatchObject({ value: '198.51.100.9' });
    expect(email).toMatchObject({ type: 'email' });
    const { body: me } = await api.call('GET', '/v1/me');
    const { key_id: keyId } = me.data as { key_id: string };
    expect(domain).toMatchObject({
      value: 'evil.example.org',
      role: 'destination',
      provenance: [
        { pass: 'added', pointer: '/links/self', stated_as: 'Evil[.]Example.ORG', added_by: keyId },
      ],
    });
    expect((await api.call('GET', `/v1/alerts/${alertId}`)).body.data).toMatchObject({
      indicator_count: 3,
    });
    const { body: global } = await api.call('GET', `/v1/indicators/${domain!.uuid}`);
    expect(global.data).toMatchObject({ alert_count: 1, alerts: [{ uuid: alertId }] });

    const names = [
      { type: 'domain', value: 'evil.example.org' },
      { type: 'email', value: email!.value },
    ];
    expect(await linesOf(alertId)).toMatchObject([
      { actor: keyId, detail: { indicators: names, reason: 'Seen in the mail.' } },
    ]);
    expect(await pendingOf(alertId)).toMatchObject({
      restartFrom: 'enrich',
      pendingChanges: [{ field: 'indicators', from: [], to: names }],
    });
    const audit = await api.call(
      'GET',
      `/v1/audit?resource_id=${alertId}&action=alert.indicators_added`,
    );
    expect(audit.body.data).toMatchObject([
      { key_id: keyId, after: { indicators: names, reason: 'Seen in the mail.' } },
    ]);
    const text = await api.call('GET', `/v1/alerts/${alertId}/activity?format=text`);
    expect(text.text).toContain(`indicators added, by ${keyId}`);
  });

  test('names the agent whose key adds it', async () => {
    const alertId = await insertAlert(api.database);
    const agent = await api.call('POST', '/v1/agents', { body: { name: 'Hunter' } });
    const { uuid: agentUuid } = agent.body.data as { uuid: string };
    const made = await api.call('POST', '/v1/api-keys', {
      body: { name: 'h', key_type: 'agent', agent_uuid: agentUuid, scopes: ['alerts:write'] },
    });
    const { key } = made.body.data as { key: string };
    const answer = await api.call('POST', `/v1/alerts/${alertId}/indicators`, {
      key,
      body: { items: [DOMAIN] },
    });
    expect(answer.status).toBe(201);
    expect(await indicatorsOf(alertId)).toMatchObject([
      { provenance: [{ pass: 'added', agent_name: 'Hunter' }] },
    ]);
  });

  test('does nothing for what the alert has, in whatever spelling', async () => {
    const alertId = await insertAlert(api.database, {
      indicators: [{ type: 'ip', value: '2001:db8::7' }],
    });
    const items = [
      { type: 'ip', value: '2001:DB8:0::7' },
      DOMAIN,
      { ...DOMAIN, value: 'evil.example.org' },
    ];
    const first = await add(alertId, items);
    expect(first).toMatchObject({ status: 201, added_count: 1 });
    expect(first.indicators.map(({ is_new: isNew }) => isNew)).toEqual([false, true]);
    const before = await pendingOf(alertId);
    const again = await add(alertId, items);
    expect(again).toMatchObject({ status: 200, added_count: 0 });
    expect(await pendingOf(alertId)).toEqual(before);
    expect(await linesOf(alertId)).toHaveLength(1);
    expect(await indicatorsOf(alertId)).toHaveLength(2);
  });

  test('counts an indicator once, however many add it at once', async () => {
    const alertId = await insertAlert(api.database, { malice: 'Malicious' });
    const value = `once-${newUuid()}.example.org`;
    const answers = await Promise.all(
      Array.from(
        { length: 5 },
        async () => (await add(alertId, [{ type: 'domain', value }])).status,
      ),
    );
    expect(answers.sort()).toEqual([200, 200, 200, 200, 201]);
    const row = await api.database.prisma.indicator.findFirstOrThrow({ where: { value } });
    expect(row).toMatchObject({ alertCount: 1, maliciousAlerts: 1 });
  });

  test('leaves it to the extraction of an alert that waits for it', async () => {
    const alertId = await insertAlert(api.database, { stage: 'ingested', enrichedAt: null });
    expect(await add(alertId, [DOMAIN])).toMatchObject({ status: 201, added_count: 1 });
    expect(await indicatorsOf(alertId)).toEqual([]);
    expect(await pendingOf(alertId)).toMatchObject({ restartFrom: 'extract' });
    expect(await add(alertId, [DOMAIN])).toMatchObject({ status: 200, added_count: 0 });
  });

  test('adds up to the limit of an alert', async () => {
    const alertId = await insertAlert(api.database);
    const items = Array.from({ length: MAX_ADDED_INDICATORS }, (_, index) => ({
      type: 'domain',
      value: `n${index}.example.org`,
    }));
    expect(await add(alertId, items)).toMatchObject({ added_count: MAX_ADDED_INDICATORS });
    const { status, body } = await post(alertId, [DOMAIN]);
    expect([status, body['detail']]).toEqual([409, expect.stringContaining('room for 0 more')]);
    expect((await add(alertId, items.slice(0, 1))).status).toBe(200);
    expect((await post(await insertAlert(api.database), [...items, DOMAIN])).status).toBe(422);
  });

  test.each([
    [[{ type: 'ip', value: '300.1.1.1' }], '/items/0/value'],
    [[DOMAIN, { type: 'hash_md5', value: 'abc…' }], '/items/1/value'],
    [[{ type: 'mac', value: '00:11' }], '/items/0/type'],
    [[{ type: 'ip', value: '192.0.2.1', malice: 'Malicious' }], '/items/0/malice'],
    [[], '/items'],
  ])('refuses %j', async (items, pointer) => {
    const alertId = await insertAlert(api.database);
    const { status, body } = await post(alertId, items);
    expect([status, body['errors']]).toMatchObject([422, [{ pointer }]]);
    expect(await linesOf(alertId)).toEqual([]);
  });

  test('refuses alerts that are quarantined, of a test push or unknown', async () => {
    const quarantined = await insertAlert(api.database, { stage: 'quarantined' });
    const ofTest = await insertAlert(api.database, { sourceName: TEST_SOURCE });
    expect((await post(quarantined, [DOMAIN])).status).toBe(409);
    expect((await post(ofTest, [DOMAIN])).status).toBe(409);
    expect((await post(newUuid(), [DOMAIN])).status).toBe(404);
  });
});
