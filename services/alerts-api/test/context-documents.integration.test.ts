import { MAX_DOCUMENT_VERSIONS } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const PATH = '/v1/context-documents';
const RULES = { any: [{ field: 'tags', op: 'contains', value: 'identity' }] };

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const create = async () =>
  (
    await api.call('POST', PATH, {
      body: { title: 'First', doc_type: 'sop', content: 'one', targeting_rules: RULES },
    })
  ).body.data as { uuid: string };

describe('versions', () => {
  test('are kept as they were', async () => {
    const { uuid } = await create();
    await api.call('PATCH', `${PATH}/${uuid}`, { body: { content: 'two', tags: ['x'] } });
    await api.call('PATCH', `${PATH}/${uuid}`, {
      body: { title: 'Third', is_global: true, targeting_rules: null },
    });
    // A change that is refused makes no version.
    await api.call('PATCH', `${PATH}/${uuid}`, { body: { is_global: false } });

    const { body } = await api.call('GET', `${PATH}/${uuid}/versions?page_size=2`);
    expect(body.data).toMatchObject([
      { version: 3, title: 'Third', is_global: true, content_characters: 3 },
      { version: 2, title: 'First', is_global: false, tags: ['x'] },
    ]);
    const cursor = (body.meta as { next_cursor: string }).next_cursor;
    const rest = await api.call('GET', `${PATH}/${uuid}/versions?page_size=2&cursor=${cursor}`);
    expect(rest.body.data).toMatchObject([{ version: 1 }]);

    const first = await api.call('GET', `${PATH}/${uuid}/versions/1`);
    expect(first.body.data).toMatchObject({ content: 'one', targeting_rules: RULES, tags: [] });
    const third = await api.call('GET', `${PATH}/${uuid}/versions/3`);
    expect(third.body.data).not.toHaveProperty('targeting_rules');
    expect((await api.call('GET', `${PATH}/${uuid}/versions/4`)).status).toBe(404);
    expect((await api.call('GET', `${PATH}/${uuid}/versions/3000000000`)).status).toBe(422);
  });

  test('are bounded, and go with their document', async () => {
    const { uuid } = await create();
    await api.database.prisma.contextDocument.update({
      where: { id: uuid },
      data: { version: MAX_DOCUMENT_VERSIONS },
    });
    await api.call('PATCH', `${PATH}/${uuid}`, { body: { content: 'new' } });
    const { body } = await api.call('GET', `${PATH}/${uuid}/versions`);
    expect(body.data).toMatchObject([{ version: MAX_DOCUMENT_VERSIONS + 1 }]);
    await api.call('DELETE', `${PATH}/${uuid}`);
    expect((await api.call('GET', `${PATH}/${uuid}/versions`)).status).toBe(404);
  });
});

test.each([
  [PATH, { title: 'T', doc_type: 'sop', content: 'x', is_global: true }, 'title'],
  ['/v1/detection-rules', { name: 'T' }, 'name'],
  ['/v1/agents', { name: 'T' }, 'name'],
])('of two writers at %s with the same ETag one is refused', async (path, body, field) => {
  const { uuid } = (await api.call('POST', path, { body })).body.data as { uuid: string };
  const etag = (await api.call('GET', `${path}/${uuid}`)).headers.get('etag') ?? '';
  const headers = { 'if-match': etag };
  const write = async (text: string, given: Record<string, string> = headers) =>
    await api.call('PATCH', `${path}/${uuid}`, { body: { [field]: text }, headers: given });
  const answers = await Promise.all([write('A'), write('B')]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
  const late = await write('C');
  expect([late.status, late.body['code']]).toEqual([412, 'resource.precondition_failed']);
  const written = answers.find(({ status }) => status === 200)!;
  const next = await write('C', { 'if-match': written.headers.get('etag') ?? '' });
  expect([next.status, next.body.data]).toMatchObject([200, { [field]: 'C' }]);
  expect((await write('D', {})).status).toBe(200);
});
