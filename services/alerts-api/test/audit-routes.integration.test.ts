import { type AuditEntryResource } from '@calseta/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ACCESS } from './access-table.js';
import { answerRequests, auditedCalls, NOT_AUDITED, SENT_SECRETS } from './audited-calls.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

/** The table of access is that of OpenAPI, by a test of its own. */
const CHANGING = Object.keys(ACCESS).filter(
  (route) => !route.startsWith('GET ') && !route.includes(' /v1/ingest/'),
);

let api: TestAlertsApi;
/** Texts that answers show once: keys, tokens, signing secrets. */
const shownOnce: string[] = [];
beforeAll(async () => {
  api = await startAlertsApi();
  await answerRequests(api);
});
afterAll(async () => await api[Symbol.asyncDispose]());

const entriesOf = async (requestId: string): Promise<AuditEntryResource[]> =>
  (await api.call('GET', `/v1/audit?request_id=${requestId}`)).body.data;

async function send(route: string, requestId: string): Promise<{ status: number; text: string }> {
  const [method = '', template = ''] = route.split(' ');
  const { ids, body, bodyOf, yaml } = auditedCalls(api)[route]!;
  const values = (await ids?.()) ?? [];
  const path = values.reduce((at, value) => at.replace(/\{\w+\}/, value), template);
  const headers = { 'x-request-id': requestId };
  if (yaml === undefined) {
    return await api.call(method, path, { body: (await bodyOf?.()) ?? body, headers });
  }
  const type = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/yaml' };
  const answer = await fetch(api.url + path, {
    ...{ method, body: yaml },
    headers: { ...headers, ...type },
  });
  return { status: answer.status, text: await answer.text() };
}

test('every route that changes something is audited, or says why not', () => {
  const known = [...Object.keys(auditedCalls(api)), ...Object.keys(NOT_AUDITED)];
  expect(known.sort()).toEqual([...CHANGING].sort());
});

test.each(CHANGING.filter((route) => !Object.hasOwn(NOT_AUDITED, route)))(
  '%s leaves an entry that says who asked',
  async (route) => {
    const requestId = `audited-${CHANGING.indexOf(route)}`;
    const { status, text } = await send(route, requestId);
    expect([status < 300, text]).toEqual([true, text]);
    for (const [, value = ''] of text.matchAll(/"(?:key|token|secret|signing_secret)":"([^"]+)"/g))
      shownOnce.push(value);
    const entries = await entriesOf(requestId);
    const { action } = auditedCalls(api)[route]!;
    expect(entries.map((entry) => entry.action)).toContain(action);
    for (const entry of entries)
      expect(entry).toMatchObject({ actor_type: 'human', key_id: expect.any(String), via: 'rest' });
  },
);

test('no entry contains a secret', async () => {
  const { rows } = await api.database.query<{ text: string }>(
    `SELECT concat_ws(' ', before::text, after::text) AS text FROM audit_entries`,
  );
  const all = rows.map(({ text }) => text).join('\n');
  expect(shownOnce.length).toBeGreaterThanOrEqual(6);
  for (const secret of [...SENT_SECRETS, ...shownOnce]) expect(all).not.toContain(secret);
  const { body } = await api.call('GET', '/v1/audit/verify');
  expect(body.data).toMatchObject({ is_intact: true, is_complete: true });
});
