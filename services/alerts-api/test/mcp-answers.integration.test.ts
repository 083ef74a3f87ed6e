import { createTokenCounter } from '@calseta/platform';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { connectV2, type McpClient } from './mcp-clients.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const MAX_TOKENS = 10_000;
const MANY = 3_000;
/** One of each kind: bidirectional, zero-width, tag. */
const HIDDEN = 'a\u202e\u200b\u{e0049}b';
const SHOWN = String.raw`a\u{202e}\u{200b}\u{e0049}b`;

let api: TestAlertsApi;
let client: McpClient;
let countTokens: (text: string) => number;

beforeAll(async () => {
  api = await startAlertsApi();
  client = await connectV2(api, ADMIN_KEY, 'auto');
  countTokens = await createTokenCounter()();
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

/** Alerts with long texts in another script, which take the most tokens. */
async function insertMany(source: string, count: number): Promise<void> {
  const id = await insertAlert(api.database, { title: 'the model of many', sourceName: source });
  const columns = await api.database.query<{ list: string }>(
    `SELECT string_agg(quote_ident(column_name), ', ') AS list FROM information_schema.columns
      WHERE table_name = 'alerts' AND is_generated = 'NEVER'
        AND column_name NOT IN ('id', 'title', 'description', 'dedup_key')`,
  );
  const list = columns.rows[0]?.list ?? '';
  await api.database.query(
    `INSERT INTO alerts (id, title, description, dedup_key, ${list})
     SELECT overlay(overlay(gen_random_uuid()::text placing '0198b7a0' from 1) placing '7' from 15)::uuid,
            repeat('異常なログイン', 40) || n, repeat('とても長い説明', 300), 'many-' || n, ${list}
       FROM alerts, generate_series(2, $2) AS n WHERE id = $1`,
    [id, count],
  );
}

describe('search_alerts over many alerts', () => {
  beforeAll(async () => {
    await insertMany('elastic', MANY);
  });

  test.each(['brief', 'full'])(
    'answers within its tokens and leads to the rest: %s',
    async (detail) => {
      const asked = { source_name: 'elastic', page_size: 50, detail };
      const seen = new Set<string>();
      let cursor: string | undefined;
      for (let calls = 0; calls < 4; calls += 1) {
        const answer = await client.call('search_alerts', {
          ...asked,
          ...(cursor !== undefined && { cursor }),
        });
        expect(answer.isError).toBe(false);
        expect(countTokens(answer.text)).toBeLessThanOrEqual(MAX_TOKENS);
        const alerts = answer.data['alerts'] as { uuid: string }[];
        expect(alerts.length).toBeGreaterThan(0);
        for (const { uuid } of alerts) expect(seen).not.toContain(uuid);
        for (const { uuid } of alerts) seen.add(uuid);
        expect(answer.data['how_to_go_on']).toContain('cursor = next_cursor');
        if (cursor === undefined) expect(answer.data['total']).toBe(MANY);
        cursor = answer.data['next_cursor'] as string;
      }
      // Nothing was left out between two answers.
      const { body } = await api.call('GET', '/v1/alerts?source_name=elastic&page_size=500');
      const first = (body.data as { uuid: string }[]).slice(0, seen.size);
      expect(first.every(({ uuid }) => seen.has(uuid))).toBe(true);
    },
  );

  test('lists no more than the newest as resources', async () => {
    const uris = (await client.listResources()).map(({ uri }) => uri);
    expect(uris.filter((uri) => uri.startsWith('calseta://alerts/'))).toHaveLength(50);
  });
});

test('get_alert_context keeps to the tokens that it is given', async () => {
  const uuid = await insertAlert(api.database, {
    description: 'とても長い説明'.repeat(5_000),
    rawPayload: { text: 'x1 y2 '.repeat(50_000) },
  });
  for (const [args, tokens] of [
    [{}, MAX_TOKENS],
    [{ detail: 'brief' }, 2_000],
    [{ max_tokens: 500 }, 500],
  ] as const) {
    const answer = await client.call('get_alert_context', { alert_uuid: uuid, ...args });
    expect(countTokens(answer.text)).toBeLessThanOrEqual(tokens);
    expect(answer.data).toMatchObject({ truncated: true, alert: { uuid } });
  }
});

test('a document is read to its end, piece by piece', async () => {
  const content = `${'運用手順 step 🔒 '.repeat(6_000)}the end`;
  const made = await api.call('POST', '/v1/context-documents', {
    body: { title: 'Long runbook', doc_type: 'runbook', content, is_global: true },
  });
  const { uuid } = made.body.data as { uuid: string };
  let read = '';
  for (let offset: number | undefined = 0; offset !== undefined;) {
    const answer = await client.call('search_context_documents', { uuid, offset });
    expect(countTokens(answer.text)).toBeLessThanOrEqual(MAX_TOKENS);
    const [document] = answer.data['context_documents'] as { content: string }[];
    read += document?.content ?? '';
    offset = answer.data['next_offset'] as number | undefined;
  }
  expect(read).toBe(content);
  const found = await client.call('search_context_documents', { q: 'long RUN' });
  expect(found.data).toMatchObject({ total: 1, context_documents: [{ uuid }] });
  const none = await client.call('search_context_documents', { q: 'nothing of the kind' });
  expect(none.data).toMatchObject({ total: 0, context_documents: [] });
});

test('hidden characters are written visibly, and what others wrote is marked', async () => {
  const rule = await api.call('POST', '/v1/detection-rules', {
    body: { name: HIDDEN, documentation: HIDDEN },
  });
  const { uuid: ruleUuid } = rule.body.data as { uuid: string };
  const uuid = await insertAlert(api.database, {
    title: HIDDEN,
    tags: [HIDDEN],
    detectionRuleId: ruleUuid,
    rawPayload: { [HIDDEN]: HIDDEN },
  });
  const finding = { alert_uuid: uuid, summary: HIDDEN, details: { [HIDDEN]: HIDDEN } };
  await client.call('post_alert_finding', finding);
  const answers = {
    search_alerts: await client.call('search_alerts', { tags: HIDDEN }),
    get_alert_context: await client.call('get_alert_context', { alert_uuid: uuid }),
    get_alert_timeline: await client.call('get_alert_timeline', { alert_uuid: uuid }),
    search_detection_rules: await client.call('search_detection_rules', { uuid: ruleUuid }),
    error: await client.call('search_alerts', { [HIDDEN]: 1 }),
  };
  const resource = await client.readResource(`calseta://detection-rules/${ruleUuid}`);
  const titles = (await client.listResources()).map(({ title }) => title);
  const texts = [...Object.values(answers).map(({ text }) => text), resource, ...titles];
  expect(texts.join('')).not.toMatch(/[\u202e\u200b\u{e0049}]/u);
  expect(JSON.stringify(Object.values(answers).map(({ data }) => data))).not.toMatch(
    /[\u202e\u200b\u{e0049}]/u,
  );
  expect(answers.search_alerts.data).toMatchObject({
    alerts: [{ title: SHOWN, tags: [SHOWN] }],
    untrusted_paths: ['/alerts'],
    made_visible_count: 6,
  });
  expect(answers.get_alert_context.data['alert']).toMatchObject({
    title: SHOWN,
    _metadata: { untrusted_paths: expect.arrayContaining(['/alert/title', '/findings']) },
  });
  expect(answers.error.text).toContain(SHOWN);
  expect(JSON.parse(resource)).toMatchObject({
    name: SHOWN,
    _metadata: { untrusted_paths: expect.arrayContaining(['/name']) },
  });
});

test('numbers of a payload keep their digits', async () => {
  const uuid = await insertAlert(api.database, {
    rawPayloadJson: '{"record": 9007199254740993123}',
  });
  const answer = await client.call('get_alert_context', { alert_uuid: uuid });
  expect(answer.text).toContain('"record":9007199254740993123');
  expect(answer.data['alert']).toMatchObject({ raw_payload: { record: '9007199254740993123' } });
});
