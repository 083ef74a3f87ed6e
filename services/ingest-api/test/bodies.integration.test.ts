import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_UNREAD_TEXTS_PER_SOURCE } from '@calseta/database';
import { newTraceparent, REQUESTS } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { type Answer, startIngestApi, type TestIngestApi } from './start-ingest-api.js';

let api: TestIngestApi;
beforeAll(async () => {
  api = await startIngestApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Entry = { alert_uuid: string; status: unknown; code?: string; detail?: string };
const batchOf = ({ body }: Answer) =>
  ('data' in body ? body['data'] : body) as unknown as { results: Entry[] };
const resultsOf = (answer: Answer): Entry[] => batchOf(answer).results;
const problemOf = ({ body }: Answer) => body as unknown as Entry;
const findAlert = async (id: string) =>
  await api.database.prisma.alert.findUniqueOrThrow({ where: { id } });
const findSource = async (name: string) =>
  await api.database.prisma.source.findUniqueOrThrow({ where: { name } });

describe('a body that is not JSON', () => {
  const BROKEN = '{"title":"Login by "eve" failed",\n"severity":"High"}';
  const FAULT =
    'The body is not valid JSON: line 1, column 21 should have "," or "}", between ' +
    String.raw`"{\"title\":\"Login by \"" and "eve\" failed\",\n\"severity\":\"High\"}".`;

  test('is answered 400 with the place, and kept as text that can be found', async () => {
    const answer = await api.post('okta', BROKEN, { headers: { 'content-type': 'text/plain' } });
    expect(answer.status).toBe(400);
    const { alert_uuid: id, detail } = problemOf(answer);
    expect(detail).toBe(`${FAULT} It is kept as alert ${id}.`);

    const alert = await findAlert(id);
    expect(alert).toMatchObject({
      stage: 'quarantined',
      failureCode: 'body.malformed',
      failureReason: FAULT,
      title: 'Login by',
      severity: 'High',
      rawPayload: BROKEN,
      originalContentType: 'text/plain',
    });
    expect(Buffer.from(alert.originalBody ?? []).toString()).toBe(BROKEN);
    expect(api.logged()).toContain('ingest.not_json');
    expect(api.published.map(({ alert_id }) => alert_id)).not.toContain(id);
    await eventually(
      async () =>
        expect(await findSource('okta')).toMatchObject({
          rejectedCount: 1n,
          quarantinedCount: 1n,
          lastRejectedReason: expect.stringContaining(id),
          lastQuarantinedReason: FAULT,
          lastQuarantinedAt: expect.any(Date),
        }),
      { timeoutMs: 10_000 },
    );
  });

  test('is counted on the one with the same text, also when many come at once', async () => {
    const body = '{"title":"again and again';
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => await api.post('wazuh', body)),
    );
    const ids = new Set(answers.map((answer) => problemOf(answer).alert_uuid));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    expect((await findAlert(id)).duplicateCount).toBe(19);
    expect(problemOf(answers[0]!).detail).toContain('should have the end of a text');
  });

  test('says where an element of a batch broke, and takes the others', async () => {
    const answer = await api.post('generic', '[{"title":"fine one"},\n{"title":"a "b" c"}]');
    expect(answer.status).toBe(202);
    const [first, second] = resultsOf(answer);
    expect(first).toMatchObject({ status: 'queued' });
    expect(second).toMatchObject({ status: 400, code: 'request.malformed' });
    expect(second?.detail).toContain('line 2, column 14');
    expect(await findAlert(second?.alert_uuid ?? '')).toMatchObject({
      stage: 'quarantined',
      rawPayload: '{"title":"a "b" c"}',
    });
  });

  test('leaves no trace when it is empty, too large or nobody’s', async () => {
    const count = async () =>
      await api.database.prisma.alert.count({ where: { sourceName: 'suricata' } });
    expect((await api.post('suricata', ' \n')).status).toBe(400);
    expect((await api.post('suricata', `{"a":"${'x'.repeat(1_100_000)}`)).status).toBe(413);
    expect((await api.post('suricata', '{"a', { key: null })).status).toBe(401);
    expect(await count()).toBe(0);
  });

  test(`is only counted beyond ${MAX_UNREAD_TEXTS_PER_SOURCE} open ones of its source`, async () => {
    const kept = problemOf(await api.post('elastic', '{"first')).alert_uuid;
    const missing = MAX_UNREAD_TEXTS_PER_SOURCE - 2;
    await api.database.query(
      `INSERT INTO alerts (id, source_name, dedup_key, title, occurred_at, received_at, last_seen_at,
                           raw_payload, stage, stage_changed_at, next_sweep_at, failure_code, updated_at)
       SELECT gen_random_uuid(), 'elastic', 'text:' || n, 't', now(), now(), now(), '"x"', 'quarantined',
              now(), now(), 'body.malformed', now()
         FROM generate_series(1, $1::int) AS n`,
      [missing],
    );
    const [last, beyond] = [
      await api.post('elastic', '{"last'),
      await api.post('elastic', '{"beyond'),
    ];
    expect(problemOf(last)).toHaveProperty('alert_uuid');
    expect(beyond.status).toBe(400);
    expect(problemOf(beyond)).not.toHaveProperty('alert_uuid');
    expect(problemOf(beyond).detail).toContain('It was counted and not kept');
    expect(problemOf(await api.post('elastic', '{"first')).alert_uuid).toBe(kept);
  });
});

describe('forms', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };

  test('are read in their field payload', async () => {
    const answer = await api.post('generic', 'payload=%7B%22title%22%3A%22Form%20alert%22%7D', {
      headers,
    });
    expect(answer.status).toBe(202);
    const { alert_uuid: id } = answer.body['data'] as unknown as Entry;
    expect(await findAlert(id)).toMatchObject({ title: 'Form alert' });
  });

  test('are refused with what to send, where they have none', async () => {
    const answer = await api.post('generic', 'title=x', { headers });
    expect(answer.status).toBe(415);
    expect(problemOf(answer).detail).toContain('Content-Type: application/json');
  });
});

describe('a batch', () => {
  test('of which nothing was taken is refused, entry by entry', async () => {
    const answer = await api.post('generic', '[{"name":"a"},{"name":"b" x}]');
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(resultsOf(answer)).toMatchObject([
      { status: 422, detail: expect.stringContaining('send a top-level "title"') },
      { status: 400, alert_uuid: expect.any(String) },
    ]);
  });

  test.each([
    ['generic', '[]'],
    ['ms_graph', '{"@odata.context":"x","value":[]}'],
    ['elastic', '{"alerts":[]}'],
    ['okta', '{"eventType":"com.okta.event_hook","data":{"events":[]}}'],
    ['aws_guardduty', '{"Findings":[]}'],
  ])('without alerts is no alert: %s %p', async (source, body) => {
    const answer = await api.post(source, body);
    expect(answer.status).toBe(202);
    expect(resultsOf(answer)).toEqual([]);
  });

  test('may be events of Splunk’s collector back to back', async () => {
    const answer = await api.post(
      'splunk',
      '{"event":{"search_name":"A1","src":"45.155.205.83"}}{"event":{"search_name":"A2","src":"45.155.205.84"}}',
    );
    expect(answer.status).toBe(202);
    const titles = resultsOf(answer).map(async ({ alert_uuid: id }) => (await findAlert(id)).title);
    expect(await Promise.all(titles)).toEqual(['A1', 'A2']);
  });
});

test('an alert that its source cannot read is counted, alone and in a batch, with what can be told of it', async () => {
  const unread = { hello: 'world', rule: { name: 'Odd' }, severity: 'high' };
  const single = await api.post('google_workspace', JSON.stringify(unread));
  expect(single.body['data']).toMatchObject({ status: 'quarantined' });
  await api.post('google_workspace', JSON.stringify([unread, { other: 1 }]));
  const { alert_uuid: id } = single.body['data'] as unknown as Entry;
  expect(await findAlert(id)).toMatchObject({
    title: 'Odd',
    severity: 'High',
    failureCode: 'payload.unreadable',
  });
  await eventually(
    async () =>
      expect(await findSource('google_workspace')).toMatchObject({
        acceptedCount: 3n,
        quarantinedCount: 3n,
        lastQuarantinedReason: expect.any(String),
      }),
    { timeoutMs: 10_000 },
  );
});

test('a text that can be read by now is read again in bulk, with the others of its source', async () => {
  const body = '{"title":"once broken"}';
  const kept = problemOf(await api.post('generic', body.slice(0, -1))).alert_uuid;
  // Simulates a version that can read the payload.
  await api.database.query('UPDATE alerts SET raw_payload = $2::json WHERE id = $1', [
    kept,
    JSON.stringify(body),
  ]);
  const request = { source_name: 'generic', limit: 100, actor: 'tester' };
  const answer = await api.ask(REQUESTS.reparseSource, request, { traceparent: newTraceparent() });
  expect(answer).toMatchObject({ reparsed_count: 1, next_cursor: null });
  expect(answer.quarantined_count).toBeGreaterThan(0);
  expect(await findAlert(kept)).toMatchObject({ stage: 'ingested', title: 'once broken' });
  expect(await api.metrics()).toContain(
    'calseta_alerts_reparsed_total{source="generic",outcome="read"} 1',
  );
});
