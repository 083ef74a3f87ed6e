import { newUuid } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { type OpenedStream, openStream, openUnreadStream } from './read-stream.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const ENV = {
  STREAM_HEARTBEAT_MS: '200',
  STREAMS_MAX_PER_KEY: '6',
  STREAMS_MAX: '7',
  STREAM_MAX_UNREAD_BYTES: '65536',
};
let api: TestAlertsApi;
let replica: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi(ENV);
  replica = await startAlertsApi(ENV, api.databaseUrl);
});
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const opened: OpenedStream[] = [];
const open = async (...given: Parameters<typeof openStream>) => {
  const stream = await openStream(...given);
  opened.push(stream);
  return stream;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (stream) => await stream.close()));
});

const changesOf = ({ events }: OpenedStream) =>
  events
    .filter(({ event }) => event === 'alert.changed')
    .map(({ data }) => data as never as Changed);
type Changed = {
  change: { uuid: string; kind: string; detail: unknown };
  alert: { uuid: string; status: string; title: string };
  _metadata: { untrusted_paths: string[]; made_visible_count?: number };
};
const linesOf = (stream: OpenedStream) => changesOf(stream).map(({ change }) => change.uuid);
const kindsOf = (stream: OpenedStream) => changesOf(stream).map(({ change }) => change.kind);

/** Writes a line into the activity of an alert, as a stage does. */
const INSERT = `INSERT INTO activity (id, alert_id, at, kind, actor, detail) VALUES ($1, $2, now(), $3, 'test', $4)`;
const writeLine = async (alertId: string, kind = 'updated', detail: object = {}) => {
  const id = newUuid();
  await api.database.query(INSERT, [id, alertId, kind, JSON.stringify(detail)]);
  return id;
};

describe('GET /v1/stream', () => {
  test('tells every replica what was changed through any of them', async () => {
    const uuid = await insertAlert(api.database, { title: 'Seen‮ by all' });
    const streams = [await open(api), await open(replica)];
    await api.call('PATCH', `/v1/alerts/${uuid}`, { body: { status: 'Triaging' } });
    await replica.call('POST', `/v1/alerts/${uuid}/findings`, { body: { summary: 'It is real.' } });
    for (const stream of streams) {
      await eventually(() => expect(kindsOf(stream)).toEqual(['updated', 'finding_posted']));
      const [first] = changesOf(stream);
      expect(first).toMatchObject({
        change: { detail: { status: { from: 'Open', to: 'Triaging' } } },
        alert: { uuid, status: 'Triaging', title: 'Seen\\u{202e} by all' },
        _metadata: { made_visible_count: 1 },
      });
      expect(first?._metadata.untrusted_paths).toEqual(
        expect.arrayContaining(['/alert/title', '/change/detail']),
      );
    }
  });

  test('filters by kind and by what the alert is', async () => {
    const [high, low] = [
      await insertAlert(api.database, { severity: 'High', tags: ['a', 'b'] }),
      await insertAlert(api.database, { severity: 'Low', tags: ['b'] }),
    ];
    const all = await open(api, { query: `?alert_uuid=${high},${low}` });
    const severe = await open(api, { query: '?min_severity=medium&all_tags=a,b&status=OPEN' });
    const findings = await open(api, {
      query: '?kind=finding_posted,commented&source_name=generic',
    });
    for (const uuid of [low, high]) {
      await writeLine(uuid);
      await writeLine(uuid, 'finding_posted');
    }
    await eventually(() => expect(changesOf(all)).toHaveLength(4));
    await eventually(() => expect(changesOf(severe)).toHaveLength(2));
    expect(changesOf(severe).map(({ alert }) => alert.uuid)).toEqual([high, high]);
    await eventually(() => expect(kindsOf(findings)).toEqual(['finding_posted', 'finding_posted']));
  });

  test.each([['?kind=no_such'], ['?status=Closd'], ['?tag=a']])('refuses %s', async (query) => {
    expect((await open(api, { query })).status).toBe(422);
  });

  test.each([
    'nonsense',
    '1-2',
    '99999999999999999999-00000000-0000-0000-0000-000000000000',
    '1099511627776000-0198b7a0-0000-7000-8000-000000000000',
  ])('refuses the Last-Event-ID %s, which no event of this database had', async (lastEventId) => {
    expect((await open(api, { lastEventId })).status).toBe(422);
  });

  test('goes on behind the last event at another replica, with none missing and none twice', async () => {
    const uuid = await insertAlert(api.database);
    const query = `?alert_uuid=${uuid}`;
    const first = await open(api, { query });
    const written = [await writeLine(uuid), await writeLine(uuid)];
    await eventually(() => expect(linesOf(first)).toEqual(written));
    await first.close();
    // More than a page, so that it catches up in several.
    for (let count = 0; count < 450; count += 1) written.push(await writeLine(uuid));
    const second = await open(replica, { query, lastEventId: first.lastId() });
    await eventually(() => expect(linesOf(second)).toHaveLength(450));
    written.push(await writeLine(uuid));
    await eventually(() => expect([...linesOf(first), ...linesOf(second)]).toEqual(written));
  });

  test('a heartbeat carries the position on, so that filters cost nothing at a resume', async () => {
    const uuid = await insertAlert(api.database);
    const stream = await open(api, { query: `?alert_uuid=${newUuid()}` });
    await writeLine(uuid);
    const { rows } = await api.database.query<{ later: string }>(
      'SELECT pg_current_xact_id()::text AS later',
    );
    await eventually(() => {
      expect(stream.comments).toContain('heartbeat');
      const [transaction] = stream.lastId().split('-');
      expect(Number(transaction)).toBeGreaterThanOrEqual(Number(rows[0]!.later));
    });
    const resumed = await open(replica, {
      query: `?alert_uuid=${uuid}`,
      lastEventId: stream.lastId(),
    });
    const next = await writeLine(uuid);
    await eventually(() => expect(linesOf(resumed)).toEqual([next]));
  });

  test('waits for a transaction that is open, and then tells what it wrote before what came later', async () => {
    const uuid = await insertAlert(api.database);
    const stream = await open(api, { query: `?alert_uuid=${uuid}` });
    const client = await api.database.pool.connect();
    const held = newUuid();
    await client.query('BEGIN');
    await client.query(INSERT, [held, uuid, 'updated', '{}']);
    const later = await writeLine(uuid);
    const resumedFrom = stream.lastId();
    await eventually(() => expect(stream.comments.length).toBeGreaterThan(4));
    expect(linesOf(stream)).toEqual([]);
    await client.query('COMMIT');
    client.release();
    await eventually(() => expect(linesOf(stream)).toEqual([held, later]));
    const resumed = await open(replica, { query: `?alert_uuid=${uuid}`, lastEventId: resumedFrom });
    await eventually(() => expect(linesOf(resumed)).toEqual([held, later]));
  });

  test('tells each line of many concurrent writers once, over resumes', async () => {
    const uuids = await Promise.all(
      Array.from({ length: 8 }, async () => await insertAlert(api.database)),
    );
    const query = `?alert_uuid=${uuids.join()}`;
    let stream = await open(api, { query });
    const told: string[] = [];
    const writers = uuids.map(async (uuid) => {
      const ids: string[] = [];
      for (let count = 0; count < 40; count += 1) ids.push(await writeLine(uuid));
      return ids;
    });
    for (const from of [replica, api, replica, api]) {
      await eventually(() => expect(linesOf(stream).length).toBeGreaterThan(0));
      await stream.close();
      told.push(...linesOf(stream));
      stream = await open(from, { query, lastEventId: stream.lastId() });
      // The last round may have nothing more to tell.
      if (told.length >= 300) break;
    }
    const written = (await Promise.all(writers)).flat();
    await eventually(() => expect(told.length + linesOf(stream).length).toBe(written.length));
    expect([...told, ...linesOf(stream)].sort()).toEqual(written.sort());
  }, 60_000);

  test('ends within seconds when its key is revoked', async () => {
    const { body } = await api.call('POST', '/v1/api-keys', {
      body: { name: 'reader', key_type: 'human', scopes: ['alerts:read'] },
    });
    const { id, key } = body.data as { id: string; key: string };
    const stream = await open(replica, { key });
    await api.call('DELETE', `/v1/api-keys/${id}`);
    await eventually(() => expect(stream.isOver()).toBe(true), { timeoutMs: 10_000 });
    expect(stream.events.at(-1)).toMatchObject({ event: 'end', data: { reason: 'key_refused' } });
  });

  test('is refused beyond the number of streams of a key and of the process', async () => {
    for (let count = 0; count < 6; count += 1) expect((await open(api)).status).toBe(200);
    expect((await open(api)).status).toBe(503);
    const { body } = await api.call('POST', '/v1/api-keys', {
      body: { name: 'other', key_type: 'human', scopes: ['alerts:read'] },
    });
    const { key } = body.data as { key: string };
    const seventh = await open(api, { key });
    expect(seventh.status).toBe(200);
    expect((await open(api, { key })).status).toBe(503);
    await seventh.close();
    await eventually(async () => expect((await open(api, { key })).status).toBe(200));
  });

  test('ends for a client that does not read, and says so last', async () => {
    const [loud, quiet] = [await insertAlert(api.database), await insertAlert(api.database)];
    const unread = await openUnreadStream(api);
    const watching = await open(api, { query: `?alert_uuid=${quiet}` });
    const long = { text: 'x'.repeat(400_000) };
    const markers: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let count = 0; count < 12; count += 1) await writeLine(loud, 'updated', long);
      markers.push(await writeLine(quiet));
      await eventually(() => expect(linesOf(watching)).toEqual(markers), { timeoutMs: 20_000 });
    }
    const heartbeats = watching.comments.length;
    await eventually(() => expect(watching.comments.length).toBeGreaterThan(heartbeats + 1));
    expect(await unread.readAll()).toContain('"reason":"slow_reader"');
    expect(watching.isOver()).toBe(false);
  }, 60_000);

  test('ends when its process stops, and goes on elsewhere', async () => {
    const stopping = await startAlertsApi(ENV, api.databaseUrl);
    const uuid = await insertAlert(api.database);
    const query = `?alert_uuid=${uuid}`;
    const stream = await open(stopping, { query });
    await stopping[Symbol.asyncDispose]();
    await eventually(() => expect(stream.isOver()).toBe(true));
    expect(stream.events.at(-1)).toMatchObject({
      event: 'end',
      data: { reason: 'server_stopping' },
    });
    const line = await writeLine(uuid);
    const resumed = await open(api, { query, lastEventId: stream.lastId() });
    await eventually(() => expect(linesOf(resumed)).toEqual([line]));
  });
});
