import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { request } from 'node:http';
import { createApiKeyStore } from '@calseta/database';
import { generateApiKey, type Scope } from '@calseta/common';
import { eventually } from '@calseta/testing';
import {
  type Answer,
  type PostedBody,
  ADMIN_KEY,
  startIngestApi,
  type TestIngestApi,
} from './start-ingest-api.js';

let api: TestIngestApi;
beforeAll(async () => {
  api = await startIngestApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

let nextNumber = 0;
const aTitle = (): string => `alert ${(nextNumber += 1)}`;
const aBody = (extra: Record<string, unknown> = {}): string =>
  JSON.stringify({ title: aTitle(), ...extra });
const post = async (body: PostedBody, options?: Parameters<TestIngestApi['post']>[2]) =>
  await api.post('generic', body, options);
const findAlert = async (id: string) =>
  await api.database.prisma.alert.findUniqueOrThrow({ where: { id } });

type Single = {
  alert_uuid: string;
  status: string;
  is_duplicate: boolean;
  duplicate_count: number;
};
const data = (answer: { body: Record<string, never> }): Single => answer.body['data']!;
const results = (answer: { body: Record<string, never> }) =>
  (answer.body['data']! as { results: (Single & { code?: string; status: unknown })[] }).results;

describe('POST /v1/ingest/generic', () => {
  test('answers the documented example with 202, committed and published', async () => {
    const body = '{ "title": "Test Alert", "severity": "Low" }';
    const answer = await post(body, { headers: { 'Content-Type': 'application/json' } });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      data: {
        alert_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        status: 'queued',
        is_duplicate: false,
        duplicate_count: 0,
      },
      meta: {},
    });
    const id = data(answer).alert_uuid;
    expect(await findAlert(id)).toMatchObject({
      title: 'Test Alert',
      severity: 'Low',
      sourceName: 'generic',
      status: 'Open',
      stage: 'ingested',
    });
    expect(await api.rawPayload(id)).toBe(body);
    await eventually(() =>
      expect(api.published).toContainEqual(
        expect.objectContaining({ type: 'alert.ingested', alert_id: id, lane: 'normal' }),
      ),
    );
  });

  test('takes the documented payload as it is printed, the truncated hash included', async () => {
    const answer = await post(`{
  "title": "Suspicious Process Execution",
  "severity": "High",
  "occurred_at": "2025-01-15T10:28:00Z",
  "description": "cmd.exe spawned from Excel.exe on WORKSTATION-42",
  "tags": ["endpoint", "execution"],
  "source_rule_id": "RULE-001",
  "indicators": [
    { "type": "ip", "value": "10.0.0.42" },
    { "type": "hash_sha256", "value": "a1b2c3d4e5f6..." },
    { "type": "account", "value": "jsmith@company.com" }
  ]
}`);
    const id = data(answer).alert_uuid;
    expect(await findAlert(id)).toMatchObject({
      title: 'Suspicious Process Execution',
      severity: 'High',
      occurredAt: new Date('2025-01-15T10:28:00Z'),
      description: 'cmd.exe spawned from Excel.exe on WORKSTATION-42',
      tags: ['endpoint', 'execution'],
      sourceRuleId: 'RULE-001',
      statedIndicators: [
        { type: 'ip', value: '10.0.0.42' },
        { type: 'hash_sha256', value: 'a1b2c3d4e5f6...' },
        { type: 'account', value: 'jsmith@company.com' },
      ],
    });
    await eventually(() =>
      expect(api.published).toContainEqual(
        expect.objectContaining({ alert_id: id, lane: 'urgent' }),
      ),
    );
  });

  test('carries the trace of the request to the stored alert', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await post(aBody(), { headers: { traceparent } });
    const alert = await findAlert(data(answer).alert_uuid);
    expect(alert.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
  });

  test('demands a title and says where it is missing', async () => {
    const answer = await post('{"severity":"Low"}');
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'request.invalid', errors: [{ pointer: '/title' }] });
  });

  test('takes the time of receipt for a missing, unreadable or far future time, and notes it', async () => {
    for (const extra of [{}, { occurred_at: 'soon' }, { occurred_at: '2999-01-01T00:00:00Z' }]) {
      const { occurredAt, receivedAt, ingestNotes } = await findAlert(
        data(await post(aBody(extra))).alert_uuid,
      );
      expect(occurredAt).toEqual(receivedAt);
      expect(ingestNotes.join()).toContain('time of receipt');
    }
  });
});

describe('deduplication', () => {
  test('makes one alert of 100 concurrent equal posts', async () => {
    const body = aBody({ indicators: [{ type: 'ip', value: '198.51.100.1' }] });
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await post(body)));
    expect(new Set(answers.map((answer) => data(answer).alert_uuid)).size).toBe(1);
    const { duplicateCount } = await findAlert(data(answers[0]!).alert_uuid);
    expect(duplicateCount).toBe(99);
    expect(answers.filter((answer) => data(answer).status === 'queued')).toHaveLength(1);
    expect(answers.filter((answer) => data(answer).is_duplicate)).toHaveLength(99);
  });

  test('tells alerts apart by rule or title, and indicators in any spelling', async () => {
    const title = aTitle();
    const withDomain = async (value: string) =>
      data(await post(JSON.stringify({ title, indicators: [{ type: 'domain', value }] })))
        .alert_uuid;
    const first = await withDomain('Evil.Example.com');
    expect(await withDomain('evil[.]example.com.')).toBe(first);
    expect(await withDomain('other.example.com')).not.toBe(first);
  });

  test('follows the Idempotency-Key before anything else, for each alert of a batch', async () => {
    const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });
    const body = aBody();
    const first = data(await post(body, keyed('k-1')));
    expect(data(await post(body, keyed('k-1')))).toMatchObject({
      alert_uuid: first.alert_uuid,
      status: 'deduplicated',
    });
    expect(data(await post(body, keyed('k-2'))).status).toBe('queued');

    const batch = `[${aBody()},${aBody()}]`;
    const firsts = results(await post(batch, keyed('k-3')));
    const seconds = results(await post(batch, keyed('k-3')));
    expect(firsts[0]?.alert_uuid).not.toBe(firsts[1]?.alert_uuid);
    expect(seconds.map((one) => one.alert_uuid)).toEqual(firsts.map((one) => one.alert_uuid));
  });

  test('loses no alert to an Idempotency-Key that is used again', async () => {
    const constant = { headers: { 'Idempotency-Key': 'constant' } };
    expect(data(await post(aBody(), constant)).status).toBe('queued');
    expect(data(await post(aBody(), constant)).status).toBe('queued');

    const [kept, changed, replaced] = [aBody(), aBody(), aBody()];
    const firsts = results(await post(`[${kept},${changed}]`, constant));
    const seconds = results(await post(`[${replaced},${kept}]`, constant));
    expect(firsts.map(({ status }) => status)).toEqual(['queued', 'queued']);
    expect(seconds.map(({ status }) => status)).toEqual(['queued', 'deduplicated']);
    expect(seconds[1]?.alert_uuid).toBe(firsts[0]?.alert_uuid);
  });

  test('opens a new alert linked to the old one after that was closed', async () => {
    const body = aBody();
    const first = data(await post(body)).alert_uuid;
    await api.database.prisma.dedupSlot.updateMany({
      where: { alertId: first },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    const second = data(await post(body));
    expect(second.status).toBe('queued');
    expect((await findAlert(second.alert_uuid)).previousAlertId).toBe(first);
  });
});

describe('bodies', () => {
  test('answers an array item by item, in order', async () => {
    const answer = await post(`[${aBody()}, {"severity":"High"}, "text", ${aBody()}]`);
    expect(answer.status).toBe(202);
    expect(results(answer).map((one) => one.code ?? one.status)).toEqual([
      'queued',
      'request.invalid',
      'request.invalid',
      'queued',
    ]);
  });

  test('takes NDJSON, where a broken line is its own problem', async () => {
    const answer = await post(`${aBody()}\n{broken\n\n${aBody()}\n`);
    expect(results(answer).map((one) => one.code ?? one.status)).toEqual([
      'queued',
      'request.malformed',
      'queued',
    ]);
  });

  test('takes an empty array', async () => {
    expect(results(await post('[]'))).toEqual([]);
  });

  test('takes gzip and chunked bodies', async () => {
    const zipped = await post(gzipSync(aBody()), { headers: { 'content-encoding': 'gzip' } });
    expect(zipped.status).toBe(202);
    expect(await postChunked(aBody())).toBe(202);
  });

  test.each(['', 'not json', '{"title":"x"', '{"title":"say "hi" now"}'])(
    'refuses what is not JSON: %p',
    async (body) => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(answer.body['code']).toBe('request.malformed');
    },
  );

  test('reads what is nearly JSON, and takes the good alerts of a list beside a broken one', async () => {
    const [title, other] = [aTitle(), aTitle()];
    const repaired = data(await post(`{"title":"${title}","description":"a\\ b\nc",}`));
    expect(await findAlert(repaired.alert_uuid)).toMatchObject({
      title,
      description: 'a\\ b\nc',
      ingestNotes: expect.arrayContaining([expect.stringContaining('was repaired')]),
    });
    const mixed = await post(`[{"title":"${other}"},{"title":"a "b" c"},{"title":"${other} 2"},]`);
    expect(mixed.status).toBe(202);
    expect(results(mixed).map((one) => one.code ?? one.status)).toEqual([
      'queued',
      'request.malformed',
      'queued',
    ]);
  });

  test('keeps an alert of 1 MiB and refuses one byte more', async () => {
    const bodyOf = (bytes: number): string => {
      const empty = aBody({ description: '' });
      return empty.replace(
        '"description":""',
        `"description":"${'x'.repeat(bytes - empty.length)}"`,
      );
    };
    expect((await post(bodyOf(1_048_576))).status).toBe(202);
    const over = await post(bodyOf(1_048_577));
    expect(over.status).toBe(413);
    expect(over.body['code']).toBe('request.too_large');
  });

  test('refuses a batch of more than 10 MiB, sent, chunked or inflated', async () => {
    const alert = aBody({ description: 'x'.repeat(1_000_000) });
    const ten = `[${Array.from({ length: 10 }, () => alert).join()}]`;
    expect((await post(ten)).status).toBe(202);
    const eleven = `[${Array.from({ length: 11 }, () => alert).join()}]`;
    expect((await post(eleven)).status).toBe(413);
    expect(await postChunked(eleven)).toBe(413);
    const zipped = gzipSync(eleven);
    expect((await post(zipped, { headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
  });

  test('takes 1,000 alerts and refuses 1,001', async () => {
    const many = (count: number) => `[${Array.from({ length: count }, () => aBody()).join()}]`;
    expect(results(await post(many(1_000)))).toHaveLength(1_000);
    expect((await post(many(1_001))).status).toBe(413);
  });

  test('takes 64 levels and 10,000 keys, and refuses one more', async () => {
    const nested = (levels: number) =>
      `{"title":"${aTitle()}","a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect((await post(nested(64))).status).toBe(202);
    expect((await post(nested(65))).status).toBe(413);
    expect((await post(nested(20_000))).status).toBe(413);
    const keys = (count: number) =>
      JSON.stringify({
        title: aTitle(),
        ...Object.fromEntries(Array.from({ length: count - 1 }, (_, i) => [`k${i}`, 1])),
      });
    expect((await post(keys(10_000))).status).toBe(202);
    expect((await post(keys(10_001))).status).toBe(413);
  });

  test('replaces NUL characters and lone surrogates, and says so', async () => {
    const body = String.raw`{"title":"a\u0000b\ud800c","k\u0000":"\udc00","pair":"\ud83d\ude00"}`;
    const answer = await post(body);
    expect(answer.status).toBe(202);
    const alert = await findAlert(data(answer).alert_uuid);
    expect(alert.title).toBe('a\uFFFDb\uFFFDc');
    expect(alert.ingestNotes).toContain('4 NUL characters or lone surrogates were replaced.');
    expect(alert.rawPayload).toMatchObject({ 'k\uFFFD': '\uFFFD', pair: '😀' });
    expect((await post(Buffer.from(`{"title":"${aTitle()}\0"}`))).status).toBe(202);
    expect(
      (await post(Buffer.from([...Buffer.from('{"title":"'), 0xff, 0xfe, 0x22, 0x7d]))).status,
    ).toBe(202);
  });

  test('reads UTF-16 by its mark, in gzip and in batches', async () => {
    const [one, two] = [aTitle(), aTitle()];
    const lines = `{"title":"${one} é"}\n{"title":"${two} €"}\n{"title"`;
    const body = gzipSync(Buffer.from(`\ufeff${lines}`, 'utf16le'));
    const answer = await post(body, { headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(202);
    const [first, second, third] = results(answer);
    expect((await findAlert(first!.alert_uuid)).title).toBe(`${one} é`);
    expect((await findAlert(second!.alert_uuid)).title).toBe(`${two} €`);
    expect(third).toMatchObject({ status: 400, code: 'request.malformed' });
  });

  test('keeps bytes only where they are not the text in UTF-8, and what was declared', async () => {
    const send = async (bytes: Buffer, contentType: string) => {
      const answer = await post(bytes, { headers: { 'content-type': contentType } });
      return await findAlert(data(answer).alert_uuid);
    };
    const text = `{"title":"${aTitle()} é"}`;
    expect(await send(Buffer.from(text), 'application/json')).toMatchObject({
      originalContentType: 'application/json',
      originalBody: null,
    });
    const latin1 = Buffer.from(text.replace('alert', 'other'), 'latin1');
    expect(await send(latin1, 'text/json; charset="latin1"')).toMatchObject({
      originalContentType: 'text/json; charset="latin1"',
      originalBody: Uint8Array.from(latin1),
      ingestNotes: expect.not.arrayContaining([expect.stringContaining('charset')]),
    });
  });

  test('refuses a charset that it does not read, and says which it does', async () => {
    const headers = { 'content-type': 'application/json; charset=shift_jis' };
    const answer = await post(aBody(), { headers });
    expect(answer.status).toBe(415);
    expect(answer.body).toMatchObject({
      code: 'request.unsupported_media_type',
      detail: expect.stringMatching(/"shift_jis" is not read\. Send UTF-8, UTF-16/),
    });
  });

  test('keeps numbers and keys that JavaScript would change', async () => {
    const body = `{"title":"${aTitle()}","n":12345678901234567890,"__proto__":{"title":"p"},"constructor":1,"e":1e999999}`;
    const answer = await post(body);
    expect(answer.status).toBe(202);
    expect(await api.rawPayload(data(answer).alert_uuid)).toBe(body);
  });

  test.each(['{"title":{"toString":1}}', '{"title":["x"]}', '[[[]]]', '42', 'null', '"x"'])(
    'never answers 5xx: %p',
    async (body) => {
      for (const source of ['generic', 'sentinel', 'splunk']) {
        expect((await api.post(source, body)).status).toBeLessThan(500);
      }
    },
  );
});

describe('vendors', () => {
  test('keeps what a plugin cannot read, aside and unpublished', async () => {
    const answer = await api.post('sentinel', '{"hello":"there"}');
    expect(answer.status).toBe(202);
    expect(data(answer)).toMatchObject({ status: 'quarantined', is_duplicate: false });
    const id = data(answer).alert_uuid;
    expect(await findAlert(id)).toMatchObject({
      stage: 'quarantined',
      failureReason: expect.any(String),
    });
    expect(await api.rawPayload(id)).toBe('{"hello":"there"}');
    expect(api.published.map((message) => message.alert_id)).not.toContain(id);
  });

  test('makes one alert of each in an envelope', async () => {
    const answer = await api.post(
      'elastic',
      '{"alerts":[{"@timestamp":"2025-06-03T00:00:00Z","kibana.alert.rule.name":"One","kibana.alert.uuid":"e1"},{"@timestamp":"2025-06-03T00:00:01Z","kibana.alert.rule.name":"Two","kibana.alert.uuid":"e2"}]}',
    );
    expect(results(answer).map((one) => one.status)).toEqual(['queued', 'queued']);
    expect((await findAlert(results(answer)[1]!.alert_uuid)).title).toBe('Two');
  });

  test('knows no other source', async () => {
    const answer = await api.post('nobody', aBody());
    expect(answer.status).toBe(404);
    expect(answer.body['code']).toBe('source.unknown');
    expect(answer.body['detail']).toMatch('GET /v1/sources lists all');
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  test('knows a source at once that was made a moment ago', async () => {
    await api.database.prisma.source.create({
      data: { name: 'brand-new', plugin: 'custom', fieldMapping: { fields: { title: 'what' } } },
    });
    expect((await api.post('brand-new', '{"what":"x"}')).status).toBe(202);
  });

  test('counts what arrived and what was wrong with the last refused', async () => {
    const own = await startIngestApi();
    await own.post('okta', '{"eventType":"x"}');
    await own.post('okta', 'nonsense');
    await eventually(
      async () => {
        const okta = await own.database.prisma.source.findUnique({ where: { name: 'okta' } });
        expect(okta).toMatchObject({ acceptedCount: 1n, rejectedCount: 1n });
        expect(okta?.lastRejectedReason).toContain('request.malformed');
      },
      { timeoutMs: 8_000 },
    );
    await own[Symbol.asyncDispose]();
  });
});

describe('access', () => {
  const makeKey = async (scopes: Scope[], allowed?: string[]) =>
    (
      await createApiKeyStore(api.database).create(
        { name: 'k', key_type: 'agent', scopes, allowed_sources: allowed ?? null },
        { createdBy: 'system' },
      )
    ).key;

  test('demands a key with the scope and the source', async () => {
    expect((await post(aBody(), { key: null })).status).toBe(401);
    expect((await post(aBody(), { key: 'cai_wrong' })).status).toBe(401);
    expect((await post(aBody(), { key: await makeKey(['alerts:read']) })).status).toBe(403);
    expect((await post(aBody(), { key: await makeKey(['alerts:write']) })).status).toBe(202);
    const bound = await makeKey(['alerts:ingest'], ['okta']);
    expect((await post(aBody(), { key: bound })).status).toBe(403);
    expect((await api.post('okta', '{"eventType":"y"}', { key: bound })).status).toBe(202);
  });

  test('tells a bound key nothing of other sources: not whether they are, were or are switched off', async () => {
    await api.database.prisma.source.update({
      where: { name: 'wazuh' },
      data: { isActive: false },
    });
    const { id, key: token, hash } = generateApiKey();
    await api.database.prisma.apiKey.create({
      data: {
        id,
        name: 'okta webhook',
        keyType: 'agent',
        scopes: ['alerts:ingest'],
        urlTokenSource: 'okta',
        secretHash: Uint8Array.from(hash),
      },
    });
    const bound = await makeKey(['alerts:ingest'], ['okta']);
    const everyDoor = [
      async (source: string) => await api.post(source, '{}', { key: bound }),
      async (source: string) => await api.post(source, '{}', { key: token }),
      async (source: string) => await api.post(`${source}/${token}`, '{}', { key: null }),
    ];
    const seen = ({ status, headers, body }: Answer) => ({
      status,
      headers: [...headers.keys()].sort(),
      problem: Object.entries(body).filter(([name]) => name !== 'trace_id'),
    });
    for (const knock of everyDoor) {
      const answers = await Promise.all(
        ['generic', 'wazuh', 'nobody', 'NOT a name'].map(async (source) =>
          seen(await knock(encodeURIComponent(source))),
        ),
      );
      expect(answers[0]?.status).toBe(403);
      expect(answers[0]?.problem).toContainEqual(['code', 'auth.forbidden']);
      expect(answers).toEqual(answers.map(() => answers[0]));
    }
  });

  test('recognises a retry with the next API key of its sender', async () => {
    const body = aBody();
    const headers = { 'Idempotency-Key': 'across-a-rotation' };
    const before = data(await post(body, { headers, key: await makeKey(['alerts:ingest']) }));
    const after = data(await post(body, { headers, key: await makeKey(['alerts:ingest']) }));
    expect(after).toMatchObject({ alert_uuid: before.alert_uuid, status: 'deduplicated' });
  });

  test('takes a token in the URL for its source alone, and never logs it', async () => {
    const { id, key, hash } = generateApiKey();
    await api.database.prisma.apiKey.create({
      data: {
        id,
        name: 'splunk webhook',
        keyType: 'agent',
        scopes: ['alerts:ingest'],
        urlTokenSource: 'splunk',
        secretHash: Uint8Array.from(hash),
      },
    });
    const body = '{"search_name":"by URL token","result":{}}';
    expect((await api.post(`splunk/${key}`, body, { key: null })).status).toBe(202);
    expect((await api.post(`generic/${key}`, aBody(), { key: null })).status).toBe(403);
    expect((await api.post(`splunk/${ADMIN_KEY}`, body, { key: null })).status).toBe(403);
    expect(api.logged()).not.toContain(key);
  });

  test('answers other methods and paths as documented', async () => {
    const get = await post('', { method: 'GET' });
    expect(get.status).toBe(405);
    expect(get.headers.get('allow')).toBe('POST');
    expect((await api.post('', aBody())).status).toBe(404);
    expect((await api.post('a/b/c', aBody())).status).toBe(404);
  });
});

const postChunked = async (body: string): Promise<number> =>
  await new Promise((resolve, reject) => {
    const req = request(`${api.url}/v1/ingest/generic`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'transfer-encoding': 'chunked' },
    });
    req.on('response', (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on('error', reject);
    for (let at = 0; at < body.length; at += 65_536) req.write(body.slice(at, at + 65_536));
    req.end();
  });
