import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type DryRunRequest,
  type FieldMapping,
  MAX_TRIED_ALERTS,
  newUuid,
  REQUESTS,
} from '@calseta/common';
import { createSourceSettingsStore, createTriageStore } from '@calseta/database';
import { cipherOf, encryptionConfig, loadConfig } from '@calseta/platform';
import { eventually } from '@calseta/testing';
import { startIngestApi, type TestIngestApi } from './start-ingest-api.js';

/** A change must take effect within this time. */
const EFFECTIVE = { timeoutMs: 2_000 };

let api: TestIngestApi;
let settings: ReturnType<typeof createSourceSettingsStore>;
beforeAll(async () => {
  api = await startIngestApi();
  settings = createSourceSettingsStore(api.database);
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Result = { alert_uuid: string; status: string; results: Result[] };
const dataOf = ({ body }: { body: Record<string, never> }): Result => body['data']!;
const findAlert = async (id: string) =>
  await api.database.prisma.alert.findUniqueOrThrow({ where: { id } });
const activityOf = async (alertId: string) =>
  await api.database.prisma.activity.findMany({ where: { alertId }, orderBy: { id: 'asc' } });

const createSource = async (name: string, field_mapping: FieldMapping) => {
  await settings.create({
    name,
    plugin: 'custom',
    field_mapping,
    dedup_window_seconds: 3_600,
    on_update: 'raise',
    on_resolved: 'note',
    rate_limit_per_minute: null,
    expected_every_seconds: null,
    is_active: true,
  });
};

describe('custom sources', () => {
  test('are known within two seconds, and read as their mapping says', async () => {
    const body = JSON.stringify({
      events: [
        { name: 'One', sev: 'P2', host: 'a' },
        { name: 'Two', sev: 'low', host: 'b' },
      ],
    });
    expect((await api.post('doors', body)).status).toBe(404);
    await createSource('doors', {
      items: 'events',
      fields: { title: 'name', severity: 'sev', hosts: 'host', src_hostname: 'host' },
      severity_map: { P2: 'High' },
    });
    const answer = await eventually(async () => {
      const accepted = await api.post('doors', body);
      expect(accepted.status).toBe(202);
      return accepted;
    }, EFFECTIVE);
    const [one, two] = dataOf(answer).results;
    expect(await findAlert(one!.alert_uuid)).toMatchObject({
      title: 'One',
      severity: 'High',
      severityOriginal: 'P2',
      hosts: ['a'],
      normalizedFields: { src_hostname: 'a' },
      rawPayload: { name: 'One', sev: 'P2', host: 'a' },
    });
    expect(await findAlert(two!.alert_uuid)).toMatchObject({ title: 'Two', severity: 'Low' });
  });

  test('note and count an alert that their paths do not read to the end', async () => {
    await createSource('towers', {
      fields: { title: 'name', occurred_at: 'at', hosts: 'list[*].host' },
    });
    const at = new Date().toISOString();
    const payload = {
      name: 'Wide',
      at,
      list: Array.from({ length: 1_001 }, () => ({ host: 'a' })),
    };
    const counted = async () =>
      /calseta_alerts_read_in_part_total\{source="towers"\} (\d+)/.exec(await api.metrics())?.[1];
    const answer = await eventually(async () => {
      const accepted = await api.post('towers', JSON.stringify(payload));
      expect(accepted.status).toBe(202);
      return accepted;
    }, EFFECTIVE);
    const notes = [
      'A path of the field mapping leads to more than 1000 values; the first were read.',
    ];
    const { ingestNotes } = await findAlert(dataOf(answer).alert_uuid);
    expect(ingestNotes).toEqual(notes);
    expect(await counted()).toBe('1');
    const tried = await api.ask(REQUESTS.tryPayload, { source_name: 'towers', payload });
    expect(tried.alerts[0]?.reading.notes).toEqual(notes);
  });

  test('are gone within two seconds of being switched off or deleted, and can still be tried', async () => {
    await createSource('gates', { fields: { title: 't' } });
    const send = async () => (await api.post('gates', '{"t":"x"}')).status;
    await eventually(async () => expect(await send()).toBe(202), EFFECTIVE);
    await settings.update('gates', { is_active: false });
    await eventually(async () => expect(await send()).toBe(404), EFFECTIVE);
    await expect(
      api.ask(REQUESTS.tryPayload, { source_name: 'gates', payload: { t: 'x' } }),
    ).resolves.toMatchObject({ alert_count: 1 });
    await settings.remove('gates');
    await eventually(
      async () =>
        await expect(
          api.ask(REQUESTS.tryPayload, { source_name: 'gates', payload: {} }),
        ).rejects.toMatchObject({ code: 'source.unknown' }),
      EFFECTIVE,
    );
  });
});

describe('signed sources', () => {
  const cipher = cipherOf(loadConfig(encryptionConfig, {}));
  const nowSeconds = () => Math.floor(Date.now() / 1_000);
  const sign = (body: string, secret: string, seconds = nowSeconds()) => ({
    'x-calseta-signature': `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
  });

  test('refuse what is unsigned, wrong or old, and take each of their secrets', async () => {
    const body = '{"name":"signed","severity":"high","rule":"x"}';
    const send = async (headers: Record<string, string> = {}) =>
      await api.post('wazuh', body, { headers });
    expect((await send()).status).toBe(202);
    const first = await settings.addHmacSecret('wazuh', cipher.encrypt('the-first-secret'));
    await settings.addHmacSecret('wazuh', cipher.encrypt('the-second-secret'));
    await eventually(async () => expect((await send()).status).toBe(401), EFFECTIVE);
    expect((await send()).body['code']).toBe('auth.signature_invalid');
    expect((await send(sign(body, 'a-wrong-secret'))).status).toBe(401);
    expect((await send(sign(body, 'the-first-secret', nowSeconds() - 400))).status).toBe(401);
    expect((await send(sign(`${body} `, 'the-first-secret'))).status).toBe(401);
    expect((await send(sign(body, 'the-first-secret'))).status).toBe(202);
    expect((await send(sign(body, 'the-second-secret'))).status).toBe(202);

    await settings.removeHmacSecret('wazuh', first!.id);
    await eventually(
      async () => expect((await send(sign(body, 'the-first-secret'))).status).toBe(401),
      EFFECTIVE,
    );
    expect((await send(sign(body, 'the-second-secret'))).status).toBe(202);
    expect(api.logged()).not.toContain('the-second-secret');
    const row = await api.database.prisma.source.findUniqueOrThrow({ where: { name: 'wazuh' } });
    expect(JSON.stringify(row.hmacSecrets)).not.toContain('the-second-secret');
  });

  test('take what GitHub signs, whose ping holds no alert', async () => {
    await settings.addHmacSecret('github', cipher.encrypt('the-secret-of-github'));
    const send = async (payload: unknown, secret = 'the-secret-of-github') => {
      const body = JSON.stringify(payload);
      const signature = createHmac('sha256', secret).update(body).digest('hex');
      return await api.post('github', body, {
        headers: {
          'x-hub-signature-256': `sha256=${signature}`,
          'x-github-event': 'dependabot_alert',
        },
      });
    };
    const alert = {
      action: 'created',
      alert: { number: 1, security_advisory: { summary: 'Pads', severity: 'high' } },
      repository: { full_name: 'acme/shop' },
    };
    await eventually(
      async () => expect((await send(alert, 'wrong-secret-of-it')).status).toBe(401),
      EFFECTIVE,
    );
    const accepted = await send(alert);
    expect(accepted.status).toBe(202);
    expect(await findAlert(dataOf(accepted).alert_uuid)).toMatchObject({
      title: 'Pads',
      severity: 'High',
      nativeAlertId: 'acme/shop/security_advisory/1',
    });
    const ping = await send({ zen: 'Keep it logically awesome.', hook_id: 1, hook: {} });
    expect([ping.status, dataOf(ping).results]).toEqual([202, []]);
  });

  test('sign what gzip hides, and check before anything is parsed', async () => {
    const body = '{"eventType":"signed"}';
    await settings.addHmacSecret('okta', cipher.encrypt('the-secret-of-okta'));
    const headers = { 'content-encoding': 'gzip' };
    await eventually(
      async () => expect((await api.post('okta', gzipSync(body), { headers })).status).toBe(401),
      EFFECTIVE,
    );
    const signed = { ...headers, ...sign(body, 'the-secret-of-okta') };
    expect((await api.post('okta', gzipSync(body), { headers: signed })).status).toBe(202);
    expect((await api.post('okta', 'not json')).status).toBe(401);
  });
});

describe('rate limits', () => {
  test('refuse with 429 and say when to come back, each source by itself', async () => {
    await settings.update('suricata', { rate_limit_per_minute: 2 });
    const body = '{"event_type":"alert","alert":{"signature":"ET x","severity":1}}';
    const refused = await eventually(async () => {
      const answer = await api.post('suricata', body);
      expect(answer.status).toBe(429);
      return answer;
    }, EFFECTIVE);
    expect(refused.body['code']).toBe('request.rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect((await api.post('suricata', body, { key: null })).status).toBe(401);
    expect((await api.post('generic', '{"title":"other"}')).status).toBe(202);
  });
});

describe('built-in sources', () => {
  test('take a field mapping of their operator within two seconds', async () => {
    const send = async () =>
      await findAlert(
        dataOf(
          await api.post(
            'google_workspace',
            JSON.stringify({
              alertId: newUuid(),
              type: 'Odd',
              metadata: { severity: 'Spicy' },
              on: 'WS-1',
            }),
          ),
        ).alert_uuid,
      );
    expect(await send()).toMatchObject({
      severity: 'Pending',
      hosts: [],
      ingestNotes: expect.arrayContaining([expect.stringContaining('"Spicy" is not known')]),
    });
    await settings.update('google_workspace', {
      field_mapping: { fields: { hosts: 'on' }, severity_map: { spicy: 'High' } },
    });
    await eventually(
      async () => expect(await send()).toMatchObject({ severity: 'High', hosts: ['WS-1'] }),
      EFFECTIVE,
    );
  });

  test('get their rows when the service starts, and keep what an operator set', async () => {
    await api.database.prisma.source.delete({ where: { name: 'okta' } });
    await api.database.prisma.source.update({
      where: { name: 'wazuh' },
      data: { dedupWindowSeconds: 7 },
    });
    const second = await startIngestApi({ databaseUrl: api.databaseUrl });
    await second[Symbol.asyncDispose]();
    const rows = await api.database.prisma.source.findMany({
      where: { name: { in: ['okta', 'wazuh'] } },
      orderBy: { name: 'asc' },
    });
    expect(rows).toMatchObject([
      { name: 'okta', plugin: 'okta' },
      { name: 'wazuh', dedupWindowSeconds: 7 },
    ]);
  });
});

describe('dry run', () => {
  const tryOut = async (body: DryRunRequest) => await api.ask(REQUESTS.tryPayload, body);

  test('says what would become of each alert, and stores none', async () => {
    const before = await api.database.prisma.alert.count();
    const answer = await tryOut({
      source_name: 'generic',
      payload: [
        {
          title: 'Seen',
          severity: 'high',
          src_ip: '198.51.100.7',
          occurred_at: '2025-01-15T10:28:00Z',
        },
        { severity: 'high' },
      ],
    });
    expect(answer).toMatchObject({
      alert_count: 2,
      alerts: [
        {
          reading: {
            outcome: 'readable',
            title: 'Seen',
            severity: 'High',
            severity_original: 'high',
            occurred_at: '2025-01-15T10:28:00Z',
            fields: { src_ip: '198.51.100.7' },
            dedup_key: expect.stringMatching(/^hash:/),
          },
          payload: { title: 'Seen' },
        },
        { reading: { outcome: 'refused', errors: [{ pointer: '/title' }] } },
      ],
    });
    const quarantined = await tryOut({ source_name: 'sentinel', payload: { hello: 1 } });
    expect(quarantined.alerts[0]?.reading).toMatchObject({
      outcome: 'quarantined',
      reason: expect.any(String),
    });
    expect(await api.database.prisma.alert.count()).toBe(before);
  });

  test('refuses an envelope that ingest would refuse for what it would become', async () => {
    const alerts = Array.from({ length: 1_000 }, () => ({}));
    const payload = { commonLabels: { alertname: 'x'.repeat(100_000) }, alerts };
    await expect(tryOut({ source_name: 'alertmanager', payload })).rejects.toMatchObject({
      code: 'request.too_large',
    });
  });

  test('tries a draft for a built-in source on top of its plugin', async () => {
    const answer = await tryOut({
      source_name: 'sentinel',
      field_mapping: { fields: { hosts: 'team.host' }, severity_map: { spicy: 'High' } },
      payload: { properties: { title: 'x', severity: 'Spicy' }, team: { host: 'WS-1' } },
    });
    expect(answer.alerts[0]?.reading).toMatchObject({
      title: 'x',
      severity: 'High',
      hosts: ['WS-1'],
    });
  });

  test('tries a draft of a field mapping', async () => {
    const answer = await tryOut({
      field_mapping: { fields: { title: 'a.b' }, defaults: { severity: 'Low' } },
      payload: { a: { b: 'Found' } },
    });
    expect(answer.alerts).toEqual([
      { reading: expect.objectContaining({ title: 'Found', severity: 'Low' }) },
    ]);
  });

  test('shows the first alerts of many, within what a reply may carry', async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ title: `t ${index}` }));
    const answer = await tryOut({ source_name: 'generic', payload: many });
    expect(answer.alert_count).toBe(100);
    expect(answer.alerts).toHaveLength(MAX_TRIED_ALERTS);
    const long = Array.from({ length: 10 }, () => ({
      title: 't',
      description: 'x'.repeat(18_000),
    }));
    const cut = await tryOut({ source_name: 'generic', payload: long });
    expect(cut.alerts.length).toBeGreaterThan(0);
    expect(cut.alerts.length).toBeLessThan(10);
  });

  test('refuses to show a reading that no reply could carry', async () => {
    const paths = Object.fromEntries(
      ['title', 'src_ip', 'dst_ip', 'users'].map((f) => [f, 'list']),
    );
    const list = Array.from({ length: 200 }, (_, index) => `${index}${'x'.repeat(900)}`);
    await expect(
      tryOut({ field_mapping: { fields: paths }, payload: { list } }),
    ).rejects.toMatchObject({ code: 'request.too_large' });
  });
});

describe('reparse', () => {
  const reparse = async (alertId: string) =>
    await api.ask(REQUESTS.reparseAlert, { alert_id: alertId, actor: 'tester' });
  const quarantine = async (source: string, payload: unknown, headers = {}) => {
    const answer = await api.post(source, JSON.stringify(payload), { headers });
    expect(dataOf(answer).status).toBe('quarantined');
    return dataOf(answer).alert_uuid;
  };
  /** A source whose mapping is wrong until `repair` corrects it. */
  const aBrokenSource = async (name: string, fields: FieldMapping['fields'], items?: string) => {
    await createSource(name, { fields: { title: 'wrong' } });
    await eventually(
      async () => expect((await api.post(name, '{"wrong":"x"}')).status).toBe(202),
      EFFECTIVE,
    );
    const mapping = { fields, ...(items !== undefined && { items }) };
    return async (probe: unknown) => {
      await settings.update(name, { field_mapping: mapping });
      await eventually(async () => {
        const tried = await api.ask(REQUESTS.tryPayload, {
          source_name: name,
          payload: probe,
        });
        expect(tried.alerts[0]?.reading.outcome).toBe('readable');
      }, EFFECTIVE);
    };
  };

  test('makes an alert of what the source can read by now, and sends it on', async () => {
    const repair = await aBrokenSource('late', {
      title: 'name',
      severity: 'sev',
      native_alert_id: 'id',
    });
    const payload = { name: 'Readable now', sev: 'critical', id: 'n-1', n: 1 };
    const id = await quarantine('late', payload);
    await expect(reparse(id)).rejects.toMatchObject({
      code: 'resource.conflict',
      message: 'No path of the field mapping leads anywhere.',
    });
    await repair(payload);
    expect(await reparse(id)).toEqual({ alert_id: id, further_alert_ids: [] });
    expect(await findAlert(id)).toMatchObject({
      title: 'Readable now',
      severity: 'Critical',
      stage: 'ingested',
      revision: 2,
      failureCode: null,
      failureReason: null,
      dedupKey: 'id:n-1',
      previousAlertId: null,
    });
    expect(await api.rawPayload(id)).toBe(JSON.stringify(payload));
    expect((await activityOf(id)).map(({ kind, actor }) => [kind, actor])).toEqual([
      ['received', expect.any(String)],
      ['reparsed', 'tester'],
    ]);
    await eventually(() =>
      expect(api.published).toContainEqual(
        expect.objectContaining({ alert_id: id, revision: 2, lane: 'urgent' }),
      ),
    );
    const repeat = dataOf(await api.post('late', JSON.stringify(payload)));
    expect(repeat).toMatchObject({ alert_uuid: id, status: 'deduplicated' });
    await expect(reparse(id)).rejects.toMatchObject({ code: 'resource.conflict' });
  });

  test('links the alert to the one that stands for its key already', async () => {
    const repair = await aBrokenSource('twice', { title: 'name', native_alert_id: 'id' });
    const id = await quarantine('twice', { name: 'Same', id: 'n-2', copy: 1 });
    await repair({ name: 'x' });
    const standing = dataOf(await api.post('twice', '{"name":"Same","id":"n-2"}')).alert_uuid;
    expect(standing).not.toBe(id);
    await reparse(id);
    expect(await findAlert(id)).toMatchObject({ stage: 'ingested', previousAlertId: standing });
    expect(dataOf(await api.post('twice', '{"name":"Same","id":"n-2"}')).alert_uuid).toBe(standing);
  });

  test('takes the first alert of an envelope, and takes in the others', async () => {
    const repair = await aBrokenSource('envelope', { title: 'name' }, 'events');
    const payload = { events: [{ name: 'First' }, { nothing: 1 }, { name: 'Third' }] };
    const id = await quarantine('envelope', payload);
    await repair(payload);
    const { further_alert_ids: further } = await reparse(id);
    expect(await findAlert(id)).toMatchObject({
      title: 'First',
      rawPayload: { name: 'First' },
      originalBody: Uint8Array.from(Buffer.from(JSON.stringify(payload))),
    });
    const others = await Promise.all(further.map(findAlert));
    expect(others.map(({ title, stage }) => [title, stage])).toEqual([
      ['Unreadable payload from envelope', 'quarantined'],
      ['Third', 'ingested'],
    ]);
  });

  test('keeps the sender’s own key, and what people set meanwhile', async () => {
    const repair = await aBrokenSource('keyed', { title: 'name', severity: 'sev', tags: 'tags' });
    const id = await quarantine(
      'keyed',
      { name: 'Keyed', sev: 'low', tags: ['a'] },
      { 'idempotency-key': 'k-9' },
    );
    const { dedupKey } = await findAlert(id);
    const triage = createTriageStore(api.database);
    await triage.update(id, {
      changes: { severity: 'High', tags: ['b'] },
      actor: 'tester',
      assertUnchanged: () => undefined,
    });
    await repair({ name: 'x' });
    await reparse(id);
    expect(await findAlert(id)).toMatchObject({ dedupKey, severity: 'High', tags: ['a', 'b'] });
  });

  test('is refused for alerts that are none of the quarantine', async () => {
    await expect(reparse(newUuid())).rejects.toMatchObject({ code: 'resource.not_found' });
    const id = dataOf(await api.post('generic', '{"title":"fine"}')).alert_uuid;
    await expect(reparse(id)).rejects.toMatchObject({ code: 'resource.conflict' });
  });

  test('of two at once, one wins', async () => {
    const repair = await aBrokenSource('race', { title: 'name' });
    const id = await quarantine('race', { name: 'Raced' });
    await repair({ name: 'x' });
    const results = await Promise.allSettled([reparse(id), reparse(id), reparse(id)]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await findAlert(id)).revision).toBe(2);
  });
});
