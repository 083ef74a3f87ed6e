import { MAX_THREAT_LIST_ENTRIES, MAX_THREAT_LISTS } from '@calseta/common';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterEach(async () => {
  await api.database.query('DELETE FROM threat_lists');
});
afterAll(async () => await api[Symbol.asyncDispose]());

const PATH = '/v1/threat-lists';
const post = async (body: Record<string, unknown>) =>
  await api.call('POST', PATH, { body: { name: 'a list', verdict: 'deny', ...body } });
const addresses = (count: number) =>
  Array.from({ length: count }, (_, at) => `45.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);

describe(PATH, () => {
  test('takes a list, gives back what was read of it, changes and deletes it', async () => {
    const made = await post({ content: 'value,reason\nBAD[.]example,phishing\n45.1.0.0/16,' });
    expect([made.status, made.body.data]).toEqual([
      201,
      expect.objectContaining({ format: 'csv', entry_count: 2, skipped_count: 0, version: 1 }),
    ]);
    const item = `${PATH}/${(made.body.data as { uuid: string }).uuid}`;
    const entries = async (query = '') => await api.call('GET', `${item}/entries${query}`);
    expect((await entries()).body).toMatchObject({
      data: [
        { type: 'domain', value: 'bad.example', reason: 'phishing' },
        { type: 'ip', value: '45.1.0.0/16' },
      ],
      meta: { next_cursor: null },
    });
    const first = await entries('?page_size=1&include_total=true');
    expect(first.body.meta).toMatchObject({ total: 2, next_cursor: expect.any(String) });
    const { next_cursor: cursor } = first.body.meta as { next_cursor: string };
    expect((await entries(`?page_size=1&cursor=${cursor}`)).body.data).toMatchObject([
      { type: 'ip' },
    ]);
    const changed = await api.call('PATCH', item, { body: { verdict: 'allow', is_active: false } });
    expect(changed.body.data).toMatchObject({ verdict: 'allow', is_active: false, version: 2 });
    const replaced = await api.call('PUT', `${item}/content`, { body: { content: ['a.example'] } });
    expect(replaced.body.data).toMatchObject({ format: 'json', entry_count: 1, version: 3 });
    expect((await api.call('GET', PATH)).body.data).toHaveLength(1);
    expect((await api.call('DELETE', item)).status).toBe(204);
    expect((await api.call('GET', item)).status).toBe(404);
    expect((await entries()).status).toBe(404);
  });

  test('names the line or the pointer of what it cannot read, and takes nothing then', async () => {
    const lines = await post({ content: 'bad.example\ntwo words' });
    expect([lines.status, lines.body['errors']]).toMatchObject([
      422,
      [{ pointer: '/content', message: expect.stringContaining('line 2') }],
    ]);
    const objects = [
      { type: 'indicator', pattern: "[ipv4-addr:value = '45.1.1.1']", pattern_type: 'stix' },
      { type: 'indicator', pattern: "[process:name = 'x']", pattern_type: 'stix' },
    ];
    const stix = await post({ content: { type: 'bundle', objects } });
    expect(stix.body['errors']).toMatchObject([{ pointer: '/content/objects/1/pattern' }]);
    expect((await api.call('GET', PATH)).body.data).toEqual([]);
    const skipped = await post({ content: { type: 'bundle', objects }, skip_invalid: true });
    expect(skipped.body.data).toMatchObject({ format: 'stix', entry_count: 1, skipped_count: 1 });
    expect((await post({ content: 'two words', skip_invalid: true })).status).toBe(422);
    expect((await post({ content: '# nothing' })).status).toBe(422);
  });

  test('keeps names apart', async () => {
    await post({ content: ['a.example'] });
    expect((await post({ content: ['b.example'] })).status).toBe(409);
  });

  test('holds a bounded number of entries, over all lists', async () => {
    const full = await post({ content: addresses(MAX_THREAT_LIST_ENTRIES) });
    expect(full.status).toBe(201);
    expect((await post({ name: 'more', content: ['a.example'] })).status).toBe(409);
    const item = `${PATH}/${(full.body.data as { uuid: string }).uuid}/content`;
    const more = await api.call('PUT', item, {
      body: { content: addresses(MAX_THREAT_LIST_ENTRIES + 1) },
    });
    expect(more.status).toBe(413);
  });

  test('holds a bounded number of lists', async () => {
    await api.database.query(
      `INSERT INTO threat_lists (id, name, verdict, format, entries, entry_count)
       SELECT gen_random_uuid(), 'list ' || n, 'deny', 'text', '[]', 0 FROM generate_series(1, $1) AS n`,
      [MAX_THREAT_LISTS],
    );
    expect((await post({ content: ['a.example'] })).status).toBe(409);
  });
});
