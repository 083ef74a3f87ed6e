import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { SOURCE_PLUGINS } from '../src/sources/registry.js';
import { type Answer, startIngestApi, type TestIngestApi } from './start-ingest-api.js';

/** Bodies that parse, or nearly parse, and break careless readers. Sent to every source. */

let api: TestIngestApi;
beforeAll(async () => {
  api = await startIngestApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const SOURCES = SOURCE_PLUGINS.map(({ name }) => name);
type Result = { alert_uuid?: string; status: string | number; code?: string };

/** The results of an answer, after checking that every accepted alert exists and that its stage is no failure. */
async function resultsOf({ status, body }: Answer): Promise<Result[]> {
  if (status !== 202) return [];
  const data = body['data'] as unknown as Result & { results?: Result[] };
  const results = data.results ?? [data];
  const ids = results.flatMap(({ alert_uuid }) => alert_uuid ?? []);
  const stored = await api.database.prisma.alert.findMany({ where: { id: { in: ids } } });
  expect(stored).toHaveLength(new Set(ids).size);
  for (const { stage } of stored) expect(['ingested', 'quarantined']).toContain(stage);
  return results;
}
const findAlert = async (answer: Answer) => {
  const [result] = await resultsOf(answer);
  return await api.database.prisma.alert.findUniqueOrThrow({
    where: { id: result?.alert_uuid ?? '' },
  });
};

/** Fields that the plugins read, so that the poison reaches them. */
const TITLES = ['title', 'Title', 'search_name', 'eventType', 'displayName', 'signature', 'name'];
const everywhere = (value: string): string =>
  `{${[
    ...TITLES,
    'properties',
    'result',
    'rule',
    'alert',
    'alerts',
    'detail',
    'data',
    'entities',
    'occurred_at',
    'severity',
    'tags',
    'indicators',
    'labels',
    'event',
    'kibana.alert.uuid',
    'evidence',
  ]
    .map((key) => `${JSON.stringify(key)}:${value}`)
    .join()}}`;
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe.each(SOURCES)('%s', (source) => {
  const send = async (body: string | Buffer, headers: Record<string, string> = {}) =>
    await api.post(source, body, { headers });

  test.each<[string, string]>([
    ['null', 'null'],
    ['an empty object', '{}'],
    ['an empty list', '[]'],
    ['a number beyond all bounds', '1e999'],
    ['a number of many digits', '9'.repeat(5_000)],
    ['NUL and lone surrogates', String.raw`"a\u0000b\ud800c\udfff"`],
    ['keys that cannot be stored', String.raw`{"\u0000":{"\ud800":"\u0000"}}`],
    [
      'keys of Object.prototype',
      '{"__proto__":{"title":"p"},"constructor":{"prototype":1},"toString":1,"hasOwnProperty":2,"length":-1}',
    ],
    ['the same key twice', '{"title":"one","title":{"title":"two"}}'],
    ['lists in lists', '[[[["x"]]],[{}],[null]]'],
    ['JSON in text', JSON.stringify('{"title":{"a":[1,"\\u0000"]}}')],
    ['deep JSON in text', JSON.stringify(`{"title":${nested(5_000)}}`)],
    ['very deep JSON in text', JSON.stringify(nested(20_000))],
    ['JSON in text in JSON in text', JSON.stringify(JSON.stringify(JSON.stringify({ a: ['x'] })))],
    ['times that are none', '"+275760-09-13T00:00:00.001Z"'],
    ['signs that mean something to Postgres', JSON.stringify(`{NULL,"\\",'},\\x00 $1 %s`)],
    ['right-to-left and zero-width marks', JSON.stringify('\u202e\u200b\ufeff\u2028')],
  ])('survives %s in every field', async (_, value) => {
    for (const body of [value, everywhere(value), `[${everywhere(value)}]`]) {
      const answer = await send(body);
      expect(answer.status).toBeLessThan(500);
      await resultsOf(answer);
    }
  });

  test('takes 64 levels, and refuses 65 and 20,000 without falling', async () => {
    const status = async (levels: number) =>
      (await send(`{"title":"x","a":${nested(levels - 1)}}`)).status;
    expect(await status(64)).toBe(202);
    expect(await status(65)).toBe(413);
    expect(await status(5_000)).toBe(413);
    expect(await status(20_000)).toBe(413);
  });

  test('takes 10,000 keys, and refuses one more', async () => {
    const status = async (count: number) => {
      const keys = Array.from({ length: count - 1 }, (_, index) => `"k${index}":${index}`);
      return (await send(`{"title":"x",${keys.join()}}`)).status;
    };
    expect(await status(10_000)).toBe(202);
    expect(await status(10_001)).toBe(413);
  });
});

describe('envelopes and lines', () => {
  const alertOf = (index: number) => ({
    'kibana.alert.rule.name': `r ${index}`,
    'kibana.alert.uuid': `u-${index}`,
  });

  test('may hold 1,000 alerts, as an envelope, a list or lines, and not one more', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => alertOf(index));
    const send = async (count: number) => {
      const alerts = many(count);
      const bodies = [
        JSON.stringify({ alerts }),
        JSON.stringify(alerts),
        alerts.map((alert) => JSON.stringify(alert)).join('\n'),
      ];
      return await Promise.all(
        bodies.map(async (body) => (await api.post('elastic', body)).status),
      );
    };
    expect(await send(1_000)).toEqual([202, 202, 202]);
    expect(await send(1_001)).toEqual([413, 413, 413]);
  });

  test('count together: lists of envelopes are no way around', async () => {
    const envelope = { alerts: Array.from({ length: 501 }, (_, index) => alertOf(index)) };
    expect((await api.post('elastic', JSON.stringify([envelope, envelope]))).status).toBe(413);
  });

  test('are no way to make much of little: 20 kB that would be 500 MB are refused', async () => {
    const alerts = Array.from({ length: 1_000 }, () => ({}));
    const envelope = { commonLabels: { alertname: 'x'.repeat(500_000) }, alerts };
    const zipped = gzipSync(JSON.stringify(envelope));
    expect(zipped.length).toBeLessThan(20_000);
    const headers = { 'content-encoding': 'gzip' };
    const answer = await api.post('alertmanager', zipped, { headers });
    expect(answer.status).toBe(413);
    expect(answer.body['code']).toBe('request.too_large');
  });

  test.each(['elastic', 'alertmanager', 'splunk'])(
    'of %s that nest 20,000 levels deep are refused, and take no other with them',
    async (source) => {
      const deep = `{"alerts":[{"labels":{},"a":${nested(20_000)}}],"result":[{"a":${nested(20_000)}}]}`;
      expect((await api.post(source, deep)).status).toBe(413);
      const answer = await api.post(source, `[${deep},{"hello":"there"}]`);
      expect((await resultsOf(answer)).map(({ code, status }) => code ?? status)).toEqual([
        'request.too_large',
        expect.stringMatching(/queued|quarantined/),
      ]);
    },
  );

  test('keep one poisoned alert to itself', async () => {
    const answer = await api.post(
      'generic',
      `[{"title":"fine"},{"title":"deep","a":${nested(64)}},{"title":"also fine"}]`,
    );
    expect((await resultsOf(answer)).map(({ code, status }) => code ?? status)).toEqual([
      'queued',
      'request.too_large',
      'queued',
    ]);
  });
});

describe('long values', () => {
  test('are cut where they are indexed and listed, and the alert says so', async () => {
    const alert = await findAlert(
      await api.post(
        'generic',
        JSON.stringify({
          title: 't'.repeat(500_000),
          tags: Array.from({ length: 5_000 }, (_, index) => `tag ${index}`),
          hosts: ['h'.repeat(10_000)],
          src_ip: Array.from({ length: 5_000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`),
          indicators: Array.from({ length: 2_000 }, (_, index) => ({
            type: 'ip',
            value: `10.0.${index >> 8}.${index & 255}`,
          })),
        }),
      ),
    );
    expect(alert.title).toHaveLength(1_000);
    expect(alert.tags).toHaveLength(200);
    expect(alert.hosts[0]).toHaveLength(256);
    expect(alert.statedIndicators).toHaveLength(500);
    expect(alert.ingestNotes.join(' ')).toMatch(/Cut: title, tags, hosts, src_ip\./);
  });

  test('of an Idempotency-Key still recognise a repeat', async () => {
    const headers = { 'idempotency-key': 'k'.repeat(8_000) };
    const send = async () =>
      await resultsOf(await api.post('generic', '{"title":"long key"}', { headers }));
    const [first] = await send();
    const [second] = await send();
    expect(second).toMatchObject({ alert_uuid: first?.alert_uuid, status: 'deduplicated' });
  });

  test('that look like the literals of Postgres come back as they went in', async () => {
    const tags = ['{NULL}', '{a,b}', '"', '\\', "it's", '$1', 'a\nb', '{}', ' , '];
    const alert = await findAlert(
      await api.post('generic', JSON.stringify({ title: `'; DROP TABLE alerts; --`, tags })),
    );
    expect(alert.title).toBe(`'; DROP TABLE alerts; --`);
    expect(alert.tags).toEqual(tags.map((tag) => tag.trim()));
  });
});

describe('bytes', () => {
  const json = '{"title":"bytes"}';

  test.each<[string, Buffer, Record<string, string>, number]>([
    ['text announced as gzip', Buffer.from(json), { 'content-encoding': 'gzip' }, 400],
    ['gzip cut short', gzipSync(json).subarray(0, 12), { 'content-encoding': 'gzip' }, 400],
    ['another encoding', Buffer.from(json), { 'content-encoding': 'br' }, 415],
    ['gzip that is not announced', gzipSync(json), {}, 400],
    ['UTF-16', Buffer.from(json, 'utf16le'), {}, 400],
    ['a byte order mark', Buffer.from(`\ufeff${json}`), {}, 202],
    ['blanks around', Buffer.from(` \r\n\t${json} \n`), {}, 202],
    ['blanks alone', Buffer.from(' \n\t '), {}, 400],
    ['Latin-1', Buffer.from('{"title":"caf\xe9"}', 'latin1'), {}, 202],
  ])('%s', async (_, body, headers, expected) => {
    expect((await api.post('generic', body, { headers })).status).toBe(expected);
  });

  test('a bomb of 10 kB that would be 10 MiB and more is stopped while it grows', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024 + 1, 0x20));
    expect(bomb.length).toBeLessThan(20_000);
    const headers = { 'content-encoding': 'gzip' };
    expect((await api.post('generic', bomb, { headers })).status).toBe(413);
  });

  test.each(['%00', '__proto__', 'constructor', 'a'.repeat(5_000), '..%2f..'])(
    'no source is called %p',
    async (name) => {
      expect((await api.post(name, json)).status).toBe(404);
    },
  );

  test.each(['%ff', '%E0%A4%A'])('the path %p is no text', async (name) => {
    expect((await api.post(name, json)).status).toBe(400);
  });
});
