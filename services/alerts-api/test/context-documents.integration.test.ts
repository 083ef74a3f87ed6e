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
