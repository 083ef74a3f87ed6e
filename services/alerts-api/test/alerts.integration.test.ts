import { SUBSCRIPTIONS, newUuid } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { type Answer, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** As the extractor writes them. */
const writeWords = async (source: string) =>
  await api.database.query(
    `INSERT INTO alert_texts SELECT id, calseta_words(concat_ws(' ', title, description, array_to_string(hosts, ' ')))
       FROM alerts WHERE source_name = $1 ON CONFLICT DO NOTHING`,
    [source],
  );

async function link(type: 'domain', value: string, ...alertIds: string[]): Promise<void> {
  const now = new Date();
  const { id: indicatorId } = await api.database.prisma.indicator.upsert({
    where: { type_value: { type, value } },
    create: {
      ...{ id: newUuid(), type, value, classification: 'public' },
      ...{ firstSeenAt: now, lastSeenAt: now, alertCount: alertIds.length },
    },
    update: {},
  });
  const data = alertIds.map((alertId) => ({ alertId, indicatorId, position: 0 }));
  await api.database.prisma.alertIndicator.createMany({ data });
}

describe('GET /v1/alerts', () => {
  test('pages through all alerts once each, newest first, also while new ones arrive', async () => {
    const source = 'paging';
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      ids.push(await insertAlert(api.database, { sourceName: source }));
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await api.call(
        'GET',
        `/v1/alerts?source_name=${source}&page_size=2${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...(body.data as { uuid: string }[]).map(({ uuid }) => uuid));
      cursor = body.meta['next_cursor'] as string | null;
      await insertAlert(api.database, { sourceName: source });
    }
    expect(seen).toEqual(ids.reverse());
  });

  test.each([
    ['severity=Low', ['low']],
    ['severity=low,CRITICAL', ['critical', 'low']],
    ['min_severity=high', ['critical']],
    ['status=triaging', ['low']],
    ['malice=MALICIOUS', ['critical']],
    ['pipeline_stage=Failed&is_muted=FALSE', ['low']],
    ['severity=Low,Critical', ['critical', 'low']],
    ['min_severity=High', ['critical']],
    ['min_severity=High&severity=Low', []],
    ['status=Triaging', ['low']],
    ['tags=cloud', ['critical']],
    ['all_tags=cloud,identity', ['critical']],
    ['all_tags=cloud,other', []],
    ['indicator=EVIL%5B.%5Dexample', ['critical']],
    ['indicator=good.example', []],
    ['q=powershell', ['critical']],
    ['q=POWERSH%20ws-01', ['critical']],
    ['q=10.0.0.7', ['critical']],
    ['q=10.0.0.8', []],
    ['q=stranger', ['low']],
    ['q=stranger%20powershell', []],
    ['q=fran%C3%A7ois%27s%20%28a%29%20%7C%20%21b%20%3A%2A', []],
    ['q=fran%C3%A7ois', ['low']],
    ['q=%E2%80%93%01', []],
    ['occurred_from=2024-06-01T00:00:00Z', ['critical']],
    ['occurred_to=2024-06-01T00:00:00Z', ['low']],
    ['sort=-occurred_at', ['critical', 'low']],
    ['sort=-received_at&occurred_to=2026-01-01T00:00:00Z', ['critical', 'low']],
    [
      'sort=-occurred_at&min_severity=High&q=cmd&all_tags=cloud&indicator=evil.example',
      ['critical'],
    ],
    ['host=ws-01', ['critical']],
    ['host=WS-01.Corp.example', ['critical']],
    ['host=10.0.0.7', ['critical']],
    ['host=10', []],
    ['host=ws', []],
    ['host=ws-02,ws-01', ['critical', 'low']],
    ['user=dora', ['critical']],
    ['user=CORP%5CDora', ['critical']],
    ['user=eve', ['low']],
    ['host=ws-01&user=eve', []],
    ['host=ws-02&user=eve@corp.example&malice=Benign', ['low']],
    ['malice=Malicious', ['critical']],
    ['malice=Benign', ['low']],
    ['pipeline_stage=failed', ['low']],
    ['enrichment_status=Partial', ['critical']],
    ['received_to=2020-06-01T00:00:00Z', ['low']],
    ['received_from=2020-06-01T00:00:00%2B00:00', ['critical']],
  ])('filters by %s', async (query, expected) => {
    const source = `filter-${newUuid()}`;
    await insertAlert(api.database, {
      sourceName: source,
      title: 'low',
      severity: 'Low',
      status: 'Triaging',
      hosts: ['ws-02'],
      users: ['Eve@corp.example'],
      malice: 'Malicious',
      maliceOverride: 'Benign',
      stage: 'failed',
      receivedAt: new Date('2020-01-01T00:00:00Z'),
      occurredAt: new Date('2024-01-01T00:00:00Z'),
      description: 'A stranger, François, came',
    });
    const critical = await insertAlert(api.database, {
      sourceName: source,
      title: 'critical',
      description: 'cmd.exe started PowerShell.exe',
      occurredAt: new Date('2025-01-01T00:00:00Z'),
      severity: 'Critical',
      tags: ['cloud', 'identity'],
      hosts: ['WS-01.corp.example', '10.0.0.7'],
      users: ['corp\\dora'],
      malice: 'Malicious',
      enrichmentStatus: 'Partial',
    });
    await writeWords(source);
    await link('domain', 'evil.example', critical);
    const { body } = await api.call(
      'GET',
      `/v1/alerts?source_name=${source}&${query}&include_total=true`,
    );
    expect((body.data as { title: string }[]).map(({ title }) => title)).toEqual(expected);
    expect(body.meta['total']).toBe(expected.length);
  });

  test.each([
    'sort=-occurred_at',
    'received_from=2019-01-01T00:00:00Z',
    'q=paging&sort=-occurred_at',
  ])('pages through all alerts once each with %s, also where times are equal', async (query) => {
    const source = `order-${newUuid()}`;
    const times = [3, 1, 2, 2, 2].map((day) => new Date(`2025-01-0${day}T00:00:00Z`));
    const ids: string[] = [];
    for (const [index, at] of times.entries()) {
      // Also those that have not passed all stages.
      const stage = index === 2 ? 'quarantined' : index === 3 ? 'extracted' : 'dispatched';
      const fields = {
        sourceName: source,
        title: 'Paging',
        stage,
        occurredAt: at,
        receivedAt: at,
      } as const;
      ids.push(await insertAlert(api.database, fields));
    }
    await writeWords(source);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const more = cursor ? `&cursor=${cursor}` : '';
      const path = `/v1/alerts?source_name=${source}&page_size=2&${query}${more}`;
      const { body }: Answer = await api.call('GET', path);
      seen.push(...(body.data as { uuid: string }[]).map(({ uuid }) => uuid));
      cursor = body.meta['next_cursor'] as string | null;
    }
    expect(seen).toEqual([ids[0], ids[4], ids[3], ids[2], ids[1]]);
  });

  test.each([
    'q=%21%21',
    'sort=title',
    'severity=huge',
    'status=opened',
    'page_size=501',
    'page_size=0',
    'cursor=abc',
    'received_from=0000-01-01T00:00:00Z',
    'occurred_to=9999-12-31T23:59:59-01:00',
  ])('refuses %s instead of answering an empty list', async (query) => {
    const { status, body } = await api.call('GET', `/v1/alerts?${query}`);
    expect(status).toBe(422);
    expect(body['code']).toBe('request.invalid');
  });

  test('leaves the payload out of lists and shows it on the alert', async () => {
    const uuid = await insertAlert(api.database, { sourceName: 'payload' });
    const { body } = await api.call('GET', '/v1/alerts?source_name=payload');
    expect(body.data[0]).not.toHaveProperty('raw_payload');
    const one = await api.call('GET', `/v1/alerts/${uuid}`);
    expect(one.body.data).toMatchObject({
      uuid,
      raw_payload: { original: 'source data' },
      occurred_at: '2025-01-15T10:28:00Z',
    });
  });

  test('shows the numbers of a payload with the digits that were sent', async () => {
    const uuid = await insertAlert(api.database);
    const payload = '{"id":5631147372998124824,"version":1.10,"big":[1E400,-0.0,"7"],"n":3}';
    await api.database.query('UPDATE alerts SET raw_payload = $2::json WHERE id = $1', [
      uuid,
      payload,
    ]);
    const shown = `"raw_payload":${payload}`;
    expect((await api.call('GET', `/v1/alerts/${uuid}`)).text).toContain(shown);
    const patched = await api.call('PATCH', `/v1/alerts/${uuid}`, { body: { tags: ['seen'] } });
    expect(patched.text).toContain(shown);
  });

  test('shows what was noted while the alert was read and extracted', async () => {
    const notes = { ingestNotes: ['repaired'], extractionNotes: ['cut'] };
    const uuid = await insertAlert(api.database, notes);
    const { body } = await api.call('GET', `/v1/alerts/${uuid}`);
    expect(body.data).toMatchObject({ ingest_notes: ['repaired'], extraction_notes: ['cut'] });
  });

  test('answers 404 for an unknown alert and 422 for what is no id', async () => {
    expect((await api.call('GET', `/v1/alerts/${newUuid()}`)).body['code']).toBe(
      'resource.not_found',
    );
    expect((await api.call('GET', '/v1/alerts/42')).status).toBe(422);
  });
});

describe('PATCH /v1/alerts/{uuid}', () => {
  const patch = async (uuid: string, body: unknown, headers = {}) =>
    await api.call('PATCH', `/v1/alerts/${uuid}`, { body, headers });

  test('moves Open → Triaging → Escalated → Closed, and the same status again is no error', async () => {
    const uuid = await insertAlert(api.database);
    for (const status of ['Triaging', 'Triaging', 'Escalated', 'Closed', 'Closed']) {
      const answer = await patch(uuid, { status });
      expect([answer.status, (answer.body.data as { status: string }).status]).toEqual([
        200,
        status,
      ]);
    }
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/activity`);
    expect(
      (body.data as { detail: { status: unknown } }[]).map(({ detail }) => detail.status),
    ).toEqual([
      { from: 'Open', to: 'Triaging' },
      { from: 'Triaging', to: 'Escalated' },
      { from: 'Escalated', to: 'Closed' },
    ]);
  });

  test('tells what happened as lines for people, a page at a time', async () => {
    const uuid = await insertAlert(api.database);
    for (const status of ['Triaging', 'Closed']) await patch(uuid, { status });
    const path = `/v1/alerts/${uuid}/activity?format=text&page_size=1`;
    const first = await api.call('GET', path);
    expect(first.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const [line, more = ''] = first.text.split('\n');
    expect(line).toMatch(/^20\S+Z changed, by \S+: status: Open → Triaging$/);
    const cursor = /^More: cursor=(\S+)$/.exec(more)?.[1] ?? '';
    const second = await api.call('GET', `${path}&cursor=${encodeURIComponent(cursor)}`);
    expect(second.text).toMatch(/status: Triaging → Closed\n$/);
  });

  test('tells what changed by the names of the API, also of changes that an earlier version stored', async () => {
    const uuid = await insertAlert(api.database, { status: 'Triaging' });
    await patch(uuid, { status: 'Closed', close_classification: 'true_positive' });
    await patch(uuid, { malice_override: 'Malicious' });
    const earlier = {
      closeClassification: { from: null, to: 'false_positive' },
      maliceOverride: { from: null, to: 'Benign' },
    };
    await api.database.query(
      `INSERT INTO activity (id, alert_id, at, kind, actor, detail)
       VALUES ($1, $2, now(), 'updated', 'someone', $3::jsonb)`,
      [newUuid(), uuid, JSON.stringify(earlier)],
    );
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/activity`);
    expect((body.data as { detail: unknown }[]).map(({ detail }) => detail)).toEqual([
      {
        status: { from: 'Triaging', to: 'Closed' },
        close_classification: { from: null, to: 'true_positive' },
      },
      { malice_override: { from: null, to: 'Malicious' } },
      {
        close_classification: earlier.closeClassification,
        malice_override: earlier.maliceOverride,
      },
    ]);
  });

  test.each([
    ['Open', 'Closed', 'Triaging, Escalated'],
    ['Triaging', 'Open', 'Escalated, Closed'],
    ['Closed', 'Triaging', 'final'],
  ] as const)('refuses %s → %s and names the legal moves', async (from, to, named) => {
    const uuid = await insertAlert(api.database, { status: from });
    const { status, body } = await patch(uuid, { status: to });
    expect([status, body['code']]).toEqual([409, 'alert.transition_invalid']);
    expect(body['detail']).toContain(named);
  });

  test('frees the deduplication slot of an alert that is closed', async () => {
    const uuid = await insertAlert(api.database, { status: 'Triaging' });
    const { dedupKey } = await api.database.prisma.alert.findUniqueOrThrow({ where: { id: uuid } });
    const slot = { sourceName: 'generic', dedupKey, alertId: uuid };
    await api.database.prisma.dedupSlot.create({
      data: { ...slot, expiresAt: new Date(Date.now() + 3_600_000) },
    });
    await patch(uuid, { status: 'Closed' });
    const { expiresAt } = await api.database.prisma.dedupSlot.findFirstOrThrow({ where: slot });
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('lets a person override the verdict, and take that back', async () => {
    const uuid = await insertAlert(api.database, {
      malice: 'Suspicious',
      indicators: [{ type: 'ip', value: '198.18.9.9' }],
    });
    expect((await patch(uuid, { malice_override: 'Benign' })).body.data).toMatchObject({
      malice: 'Benign',
      malice_override: 'Benign',
    });
    await patch(uuid, { malice_override: 'Malicious', tags: ['seen'] });
    const counters = async () =>
      (
        await api.database.query(
          `SELECT alert_count, benign_alerts, suspicious_alerts, malicious_alerts, confirmed_malicious_alerts
             FROM indicators WHERE value = '198.18.9.9'`,
        )
      ).rows.map((row) => Object.values(row as Record<string, number>));
    expect(await counters()).toEqual([[1, 0, 0, 1, 1]]);
    expect((await patch(uuid, { malice_override: null })).body.data).toMatchObject({
      malice: 'Suspicious',
    });
    expect(await counters()).toEqual([[1, 0, 1, 0, 0]]);
  });

  test('honours If-Match', async () => {
    const uuid = await insertAlert(api.database);
    const etag = (await api.call('GET', `/v1/alerts/${uuid}`)).headers.get('etag') ?? '';
    const first = await patch(uuid, { tags: ['a'] }, { 'if-match': etag });
    expect(first.status).toBe(200);
    const late = await patch(uuid, { tags: ['b'] }, { 'if-match': etag });
    expect([late.status, late.body['code']]).toEqual([412, 'resource.precondition_failed']);
  });

  test('a repeat or a stage of the pipeline is no other version, a new verdict is', async () => {
    const uuid = await insertAlert(api.database, { stage: 'extracted' });
    const etag = async () =>
      (await api.call('GET', `/v1/alerts/${uuid}`)).headers.get('etag') ?? '';
    const change = async (data: {
      duplicateCount?: number;
      stage?: 'enriched';
      malice?: 'Benign';
    }) => await api.database.prisma.alert.update({ where: { id: uuid }, data });
    const before = await etag();
    await change({ duplicateCount: 7, stage: 'enriched' });
    expect(await etag()).toBe(before);
    await change({ malice: 'Benign' });
    expect((await patch(uuid, { tags: ['a'] }, { 'if-match': before })).status).toBe(412);
  });

  test('of concurrent moves to Closed, each is answered and one is recorded', async () => {
    const uuid = await insertAlert(api.database, { status: 'Triaging' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => patch(uuid, { status: 'Closed' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/activity`);
    expect(body.data).toHaveLength(1);
  });

  test('classifies an alert while it is closed, or after, by words in any letter case', async () => {
    const uuid = await insertAlert(api.database, { status: 'Triaging' });
    const early = await patch(uuid, { close_classification: 'true_positive' });
    expect([early.status, early.body['code'], early.body['detail']]).toEqual([
      409,
      'resource.conflict',
      expect.stringContaining('this one is Triaging'),
    ]);
    const closing = await patch(uuid, { status: 'CLOSED', close_classification: 'Duplicate' });
    expect(closing.status).toBe(200);
    const after = await patch(uuid, { close_classification: 'FALSE_POSITIVE' });
    expect(after.body.data).toMatchObject({
      status: 'Closed',
      close_classification: 'false_positive',
    });
  });

  test('takes no other word to classify an alert, and shows an old one', async () => {
    const uuid = await insertAlert(api.database, {
      status: 'Closed',
      closeClassification: 'FP, tuned',
    });
    expect((await api.call('GET', `/v1/alerts/${uuid}`)).body.data).toMatchObject({
      close_classification: 'FP, tuned',
    });
    expect((await patch(uuid, { close_classification: 'FP' })).status).toBe(422);
    const finding = { summary: 'x', classification: 'malware' };
    const posted = await api.call('POST', `/v1/alerts/${uuid}/findings`, { body: finding });
    expect([posted.status, posted.body['errors']]).toMatchObject([
      422,
      [{ pointer: '/classification' }],
    ]);
  });

  test.each([[{}], [{ status: 'shut' }], [{ colour: 'red' }]])('refuses %j', async (body) => {
    const uuid = await insertAlert(api.database);
    expect((await patch(uuid, body)).status).toBe(422);
  });
});

describe('/v1/alerts/{uuid}/findings', () => {
  const finding = {
    summary: 'Confirmed malicious login from Tor exit node',
    confidence: 0.95,
    recommended_actions: [
      'Revoke all active sessions',
      'Force password reset',
      'Review recent file access',
    ],
    details: {
      source_ip_analysis: 'Known Tor exit node, 14/90 VT detections',
      user_risk: 'No recent travel, MFA bypassed',
    },
  };

  test('keeps 100 concurrent findings, in order', async () => {
    const uuid = await insertAlert(api.database);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        api.call('POST', `/v1/alerts/${uuid}/findings`, { body: finding }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers[0]?.body.data).toMatchObject({ ...finding, alert_uuid: uuid });
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/findings?page_size=200`);
    expect(body.data).toHaveLength(100);
  });

  test.each([
    [{}],
    [{ summary: ' ' }],
    [{ summary: 'x', confidence: 1.01 }],
    [{ summary: 'x', confidence: -0.01 }],
    [{ summary: 'x', recommended_actions: 'one' }],
  ])('refuses %j', async (body) => {
    const uuid = await insertAlert(api.database);
    expect((await api.call('POST', `/v1/alerts/${uuid}/findings`, { body })).status).toBe(422);
  });

  test.each([[{ confidence: 0 }], [{ confidence: 1 }], [{}]])('takes the edge %j', async (edge) => {
    const uuid = await insertAlert(api.database);
    const body = { summary: 'x', ...edge };
    expect((await api.call('POST', `/v1/alerts/${uuid}/findings`, { body })).status).toBe(201);
  });

  test('answers 404 on an alert that does not exist', async () => {
    const path = `/v1/alerts/${newUuid()}/findings`;
    expect((await api.call('POST', path, { body: { summary: 'x' } })).status).toBe(404);
    expect((await api.call('GET', path)).status).toBe(404);
  });

  test('an Idempotency-Key makes a repeated request one finding', async () => {
    const uuid = await insertAlert(api.database);
    const post = async (summary: string) =>
      await api.call('POST', `/v1/alerts/${uuid}/findings`, {
        body: { summary },
        headers: { 'idempotency-key': `finding-${uuid}` },
      });
    const first = await post('once');
    const again = await post('once');
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await post('another')).body['code']).toBe('idempotency.conflict');
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/findings`);
    expect(body.data).toHaveLength(1);
  });
});

describe('POST /v1/alerts/{uuid}/replay', () => {
  test('sets a failed alert back, as a new revision, and notifies the pipeline', async () => {
    const uuid = await insertAlert(api.database, {
      stage: 'failed',
      failureCode: 'internal.error',
      failureReason: 'boom',
    });
    const { status, body } = await api.call('POST', `/v1/alerts/${uuid}/replay`, {
      body: { from: 'extract' },
    });
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ pipeline_stage: 'ingested', enrichment_status: 'Pending' });
    expect(body.data).not.toHaveProperty('failure');
    await eventually(async () =>
      expect(await api.transport.queueDepth(SUBSCRIPTIONS.extractor, 'urgent')).toBe(1),
    );
  });

  test('cancels what still waits to be pushed of the alert, and leaves what was delivered', async () => {
    const uuid = await insertAlert(api.database, { stage: 'dispatched' });
    const deliveries = (['pending', 'delivered', 'dead'] as const).map((status) => ({
      id: newUuid(),
      agentId: newUuid(),
      alertId: uuid,
      status,
      revision: 1,
      nextAttemptAt: new Date(),
    }));
    await api.database.prisma.agent.createMany({
      data: deliveries.map(({ agentId }) => ({
        id: agentId,
        name: agentId,
        webhookUrl: 'https://agent.example.com/',
        signingSecretEncrypted: 'x',
      })),
    });
    await api.database.prisma.delivery.createMany({ data: deliveries });
    await api.call('POST', `/v1/alerts/${uuid}/replay`, { body: { from: 'dispatch' } });
    const { body } = await api.call('GET', `/v1/alerts/${uuid}/deliveries`);
    const [pending, delivered, dead] = deliveries;
    expect(body.data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ uuid: pending!.id, status: 'cancelled' }),
        expect.objectContaining({ uuid: delivered!.id, status: 'delivered' }),
        expect.objectContaining({ uuid: dead!.id, status: 'dead' }),
      ]),
    );
  });

  test('refuses to skip a stage that the alert never passed', async () => {
    const uuid = await insertAlert(api.database, { stage: 'failed', enrichedAt: null });
    const { status, body } = await api.call('POST', `/v1/alerts/${uuid}/replay`, {
      body: { from: 'dispatch' },
    });
    expect([status, body['code']]).toEqual([409, 'resource.conflict']);
  });
});

describe('an alert in the hands of people', () => {
  test('has an assignee, which changes its version and stands in its activity', async () => {
    const path = `/v1/alerts/${await insertAlert(api.database)}`;
    const etag = (await api.call('GET', path)).headers.get('etag') ?? '';
    const assigned = await api.call('PATCH', path, { body: { assignee: ' Dora ' } });
    expect(assigned.body.data).toMatchObject({ assignee: 'Dora' });
    const late = await api.call('PATCH', path, {
      body: { assignee: 'Eve' },
      headers: { 'if-match': etag },
    });
    expect(late.status).toBe(412);
    const { body } = await api.call('PATCH', path, { body: { assignee: null } });
    expect(body.data).not.toHaveProperty('assignee');
    const activity = (await api.call('GET', `${path}/activity`)).body.data;
    expect(activity).toMatchObject([
      { kind: 'updated', detail: { assignee: { from: null, to: 'Dora' } } },
      { kind: 'updated', detail: { assignee: { from: 'Dora', to: null } } },
    ]);
  });

  test('takes comments, which stand in its activity', async () => {
    const path = `/v1/alerts/${await insertAlert(api.database)}`;
    const posted = await api.call('POST', `${path}/comments`, { body: { text: ' First ' } });
    expect([posted.status, posted.body.data]).toMatchObject([201, { text: 'First' }]);
    await api.call('POST', `${path}/comments`, { body: { text: 'Second' } });
    const { body } = await api.call('GET', `${path}/comments?page_size=1`);
    expect(body).toMatchObject({
      data: [{ text: 'First', created_by: expect.any(String) }],
      meta: { next_cursor: expect.any(String) },
    });
    expect((await api.call('GET', `${path}/activity`)).body.data).toMatchObject([
      { kind: 'commented', detail: { text: 'First' } },
      { kind: 'commented', detail: { text: 'Second' } },
    ]);
    for (const text of ['', 'x'.repeat(10_001)])
      expect((await api.call('POST', `${path}/comments`, { body: { text } })).status).toBe(422);
    const unknown = `/v1/alerts/${newUuid()}/comments`;
    expect((await api.call('POST', unknown, { body: { text: 'x' } })).status).toBe(404);
    expect((await api.call('GET', unknown)).status).toBe(404);
  });

  test('is moved with others at once, each by itself', async () => {
    const open = await insertAlert(api.database);
    const closed = await insertAlert(api.database, { status: 'Closed' });
    const unknown = newUuid();
    const { status, body } = await api.call('PATCH', '/v1/alerts', {
      body: { alert_uuids: [open, closed, unknown], status: 'Triaging', assignee: 'Dora' },
    });
    expect([status, body.data]).toEqual([
      200,
      {
        results: [
          { alert_uuid: open, status: 'Triaging' },
          {
            alert_uuid: closed,
            error: { code: 'alert.transition_invalid', detail: expect.stringContaining('final') },
          },
          {
            alert_uuid: unknown,
            error: { code: 'resource.not_found', detail: expect.any(String) },
          },
        ],
        changed_count: 1,
      },
    ]);
    expect((await api.call('GET', `/v1/alerts/${open}`)).body.data).toMatchObject({
      status: 'Triaging',
      assignee: 'Dora',
    });
    for (const refused of [{ alert_uuids: [] }, { alert_uuids: [open] }])
      expect((await api.call('PATCH', '/v1/alerts', { body: refused })).status).toBe(422);
  });
});

describe('GET /v1/alerts/{uuid}/relationship-graph', () => {
  test('leads to the alerts with the same indicators, within its bounds', async () => {
    const alerts: string[] = [];
    for (let count = 0; count < 14; count += 1) alerts.push(await insertAlert(api.database));
    const [self = '', ...others] = alerts;
    await link('domain', `graph-${self}.example`, self, ...others);
    const { body } = await api.call('GET', `/v1/alerts/${self}/relationship-graph`);
    const graph = body.data as Record<'alerts' | 'indicators' | 'edges', { uuid: string }[]>;
    // The newest ten of an indicator.
    expect(graph.alerts.map(({ uuid }) => uuid)).toEqual([
      self,
      ...others.toReversed().slice(0, 10),
    ]);
    expect(graph).toMatchObject({ indicators: [{ alert_count: 14 }], is_truncated: true });
    expect(graph.edges).toHaveLength(11);
    const alone = await insertAlert(api.database);
    expect(
      (await api.call('GET', `/v1/alerts/${alone}/relationship-graph`)).body.data,
    ).toMatchObject({
      alerts: [{ uuid: alone, distance: 0 }],
      indicators: [],
      edges: [],
      is_truncated: false,
    });
    expect((await api.call('GET', `/v1/alerts/${newUuid()}/relationship-graph`)).status).toBe(404);
  });
});

test('GET /v1/me says which key it is, whatever its scopes', async () => {
  const { body } = await api.call('POST', '/v1/api-keys', {
    body: { name: 'Sender', scopes: ['alerts:ingest'], allowed_sources: ['generic'] },
  });
  const { id, key } = body.data as { id: string; key: string };
  expect((await api.call('GET', '/v1/me', { key })).body.data).toEqual({
    key_id: id,
    name: 'Sender',
    key_type: 'agent',
    principal: `agent:${id}`,
    scopes: ['alerts:ingest'],
    allowed_sources: ['generic'],
    is_shadow: false,
    server_version: '0.1.0',
  });
});
