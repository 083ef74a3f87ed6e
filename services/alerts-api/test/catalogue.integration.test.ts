import { MAX_CHARACTERS_OF_ALL_DOCUMENTS, newUuid } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const KINDS: { path: string; create: object; change: object; invalid: object[] }[] = [
  {
    path: '/v1/detection-rules',
    create: { name: 'Impossible Travel', mitre_tactics: ['TA0001'], mitre_techniques: ['T1078'] },
    change: { documentation: '## Overview' },
    invalid: [{}, { name: ' ' }, { name: 'x', mitre_tactics: ['Initial Access'] }],
  },
  {
    path: '/v1/context-documents',
    create: { title: 'Runbook', doc_type: 'runbook', content: '## Scope', is_global: true },
    change: { content: '## Scope, second edition' },
    invalid: [
      { title: 'x', doc_type: 'novel', content: 'y', is_global: true },
      { title: 'neither', doc_type: 'sop', content: 'y' },
      {
        title: 'both',
        doc_type: 'sop',
        content: 'y',
        is_global: true,
        targeting_rules: { any: [{ field: 'tags', op: 'contains', value: 'a' }] },
      },
      { title: 'x', doc_type: 'sop', content: 'y', targeting_rules: { any: [] } },
    ],
  },
  {
    path: '/v1/workflows',
    create: { name: 'Revoke User Session', indicator_types: ['account'] },
    change: { risk_level: 'critical' },
    invalid: [
      { name: 'x', approval_mode: 'sometimes' },
      { name: 'x', indicator_types: ['mac'] },
    ],
  },
];

describe.each(KINDS)('$path', ({ path, create, change, invalid }) => {
  test('creates, reads, changes, lists and deletes', async () => {
    const created = await api.call('POST', path, { body: create });
    expect(created.status).toBe(201);
    expect(created.body.data).toMatchObject(create);
    const { uuid } = created.body.data as { uuid: string };

    expect((await api.call('GET', `${path}/${uuid}`)).body).toEqual(created.body);
    const changed = await api.call('PATCH', `${path}/${uuid}`, { body: change });
    expect(changed.body.data).toMatchObject({ ...create, ...change });

    const { body } = await api.call('GET', `${path}?page_size=1`);
    expect(body.data).toMatchObject([{ uuid }]);

    expect((await api.call('DELETE', `${path}/${uuid}`)).status).toBe(204);
    expect((await api.call('GET', `${path}/${uuid}`)).status).toBe(404);
  });

  test.each(invalid)('refuses %j', async (body) => {
    const answer = await api.call('POST', path, { body });
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).not.toHaveLength(0);
  });

  test('answers 404 where there is nothing', async () => {
    const item = `${path}/${newUuid()}`;
    expect((await api.call('GET', item)).status).toBe(404);
    expect((await api.call('PATCH', item, { body: change })).status).toBe(404);
    expect((await api.call('DELETE', item)).status).toBe(404);
  });
});

test('a detection rule of the same source and rule id exists once', async () => {
  const body = { name: 'x', source_name: 'splunk', source_rule_id: 'R-1' };
  expect((await api.call('POST', '/v1/detection-rules', { body })).status).toBe(201);
  const again = await api.call('POST', '/v1/detection-rules', { body });
  expect([again.status, again.body['code']]).toEqual([409, 'resource.conflict']);
});

test('a detection rule of first sight is one until a person edits it', async () => {
  const { id } = await api.database.prisma.detectionRule.create({
    data: { sourceName: 'splunk', sourceRuleId: 'R-2', name: 'R-2', isAutoCreated: true },
  });
  const path = `/v1/detection-rules/${id}`;
  expect((await api.call('GET', path)).body.data).toMatchObject({ is_auto_created: true });
  const edited = await api.call('PATCH', path, { body: { documentation: '## Ours' } });
  expect(edited.body.data).toMatchObject({ is_auto_created: false });
});

test('a changed document counts its versions, and stays global or targeted', async () => {
  const targeted = { any: [{ field: 'tags', op: 'contains', value: 'identity' }] };
  const { body } = await api.call('POST', '/v1/context-documents', {
    body: { title: 'x', doc_type: 'sop', content: 'y', targeting_rules: targeted },
  });
  const path = `/v1/context-documents/${(body.data as { uuid: string }).uuid}`;
  const both = await api.call('PATCH', path, { body: { is_global: true } });
  expect(both.status).toBe(422);
  const global = await api.call('PATCH', path, {
    body: { is_global: true, targeting_rules: null },
  });
  expect(global.body.data).toMatchObject({ version: 2, is_global: true });
  expect(global.body.data).not.toHaveProperty('targeting_rules');
});

test('all documents together are bounded', async () => {
  await api.database.query('DELETE FROM context_documents');
  const content = 'x'.repeat(200_000);
  const create = async (text: string) =>
    await api.call('POST', '/v1/context-documents', {
      body: { title: 'x', doc_type: 'sop', content: text, is_global: true },
    });
  const most = MAX_CHARACTERS_OF_ALL_DOCUMENTS / content.length;
  for (let count = 1; count < most; count += 1) await create(content);
  const last = await create(content.slice(1));
  expect(last.status).toBe(201);
  const path = `/v1/context-documents/${(last.body.data as { uuid: string }).uuid}`;
  expect((await api.call('PATCH', path, { body: { content } })).status).toBe(200);
  const beyond = await create('x');
  expect([beyond.status, beyond.body['code']]).toEqual([409, 'resource.conflict']);
  expect((await api.call('PATCH', path, { body: { title: 'y' } })).status).toBe(200);
  await api.database.query('DELETE FROM context_documents');
});

describe('q', () => {
  test.each([
    ['/v1/detection-rules', { name: 'Impossible Travel', documentation: 'Two 100% countries' }],
    [
      '/v1/context-documents',
      {
        title: 'Impossible Travel',
        content: 'Two 100% countries',
        doc_type: 'sop',
        is_global: true,
      },
    ],
  ])('finds a part of the name or the text at %s', async (path, body) => {
    const { uuid } = (await api.call('POST', path, { body })).body.data as { uuid: string };
    const find = async (q: string) => {
      const query = new URLSearchParams({ q, include_total: 'true', page_size: '500' });
      const answer = await api.call('GET', `${path}?${query.toString()}`);
      const found = (answer.body.data as { uuid: string }[]).map((one) => one.uuid);
      expect(answer.body.meta['total']).toBe(found.length);
      return found.includes(uuid);
    };
    for (const q of ['possible TRAV', '100% count']) expect(await find(q)).toBe(true);
    for (const q of ['no such thing', '1__% count']) expect(await find(q)).toBe(false);
    expect((await api.call('GET', `${path}?q=x`)).status).toBe(422);
  });
});
