import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configEffective } from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

/** An attacker who controls a logged field must not be able to prevent the push of the alert about him. */

let pipeline: Pipeline;

const CUSTOM_SOURCE = 'doors';

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'in-process' });
  const { api } = pipeline;
  const every = (field: string) => [`${field}.*`, field];
  await api.ask('POST', '/v1/sources', {
    name: CUSTOM_SOURCE,
    field_mapping: {
      fields: {
        title: 'title',
        native_alert_id: 'native_alert_id',
        source_rule_id: every('rule'),
        source_url: every('url'),
        tags: every('tags'),
        hosts: every('hosts'),
        users: every('users'),
        src_ip: every('src_ip'),
        http_url: every('url'),
        actor_username: every('users'),
      },
    },
  });
  for (const indicator_type of ['url', 'account', 'domain'])
    await api.ask('POST', '/v1/indicator-mappings', { path: 'nested.*', indicator_type });
  await configEffective();
});
afterAll(async () => await pipeline[Symbol.asyncDispose]());

/** Text that does not compress: the compressed entry has to fit into an index. */
const manyOf = (first: number, last: number, length: number) =>
  fc
    .array(fc.integer({ min: first, max: last }), { minLength: length, maxLength: length })
    .map((codes) => String.fromCodePoint(...codes));

const long = fc.oneof(
  manyOf(0x21, 0x7e, 5_000),
  manyOf(0x4e00, 0x9fff, 1_500),
  manyOf(0x1f300, 0x1f5ff, 1_000),
);
const refused = fc.constantFrom('\0', 'a\0b', '\ud800', '\udfff', 'x\udc00\ud83d', '\ud83d');
const unseen = fc.constantFrom('\u202e', '\u200b\ufeff', '\u0001\u001b[2J', '\u0085');
const plain = fc.constantFrom('jdoe', '198.51.100.7', 'a.badsite.net', '{NULL,"\\"}', '');
const hostile = fc.oneof(long, refused, unseen, plain, fc.string({ unit: 'binary' }));

const values = fc
  .tuple(
    fc.constantFrom(
      '',
      'http://badsite.net/',
      'http://u:@badsite.net/?',
      'CORP\\',
      'hxxp://ü.com/',
    ),
    hostile,
    fc.constantFrom('', '@badsite.net', ' 198.51.100.9'),
  )
  .map((parts) => parts.join(''));
const keys = fc.oneof(
  fc.constantFrom('src_ip', 'user', 'url', 'message', 'Name', 'value', '__proto__'),
  hostile.map((text) => `${text}_src_ip`),
  hostile.map((text) => `${text}.user`),
  fc.constant(`${'k'.repeat(100_000)}_ip`),
);
const record = fc.dictionary(keys, fc.oneof(values, fc.array(values, { maxLength: 3 })), {
  maxKeys: 4,
});
const stated = fc.record({
  type: fc.constantFrom('ip', 'domain', 'hash_md5', 'url', 'email', 'account'),
  value: values,
});

const payloads = fc.record({
  description: values,
  native_alert_id: values,
  source_rule_id: values,
  rule: values,
  source_rule_name: values,
  source_url: values,
  severity: values,
  src_ip: values,
  url: values,
  tags: fc.array(values, { maxLength: 3 }),
  hosts: fc.array(values, { maxLength: 3 }),
  users: fc.array(values, { maxLength: 3 }),
  indicators: fc.array(stated, { maxLength: 4 }),
  nested: record,
  embedded: record.map((inner) => JSON.stringify({ deeper: JSON.stringify(inner) })),
  xml: values.map((text) => `<Event><Data Name="TargetUserName">${text}</Data></Event>`),
});

/** Few alerts per body, because the keys in each of them are long. */
const ALERTS_PER_BODY = 10;
const BODIES = 8;
const SEED = 20_250_115;

type Result = { alert_uuid?: string; status: string | number };

async function stagesOf(ids: readonly string[]): Promise<(readonly [string, string])[]> {
  const { rows } = await pipeline.database.query<{ id: string; stage: string }>(
    'SELECT id, stage FROM alerts WHERE id = ANY($1::uuid[])',
    [ids],
  );
  return rows.map(({ id, stage }) => [id, stage] as const);
}

describe.each(['generic', CUSTOM_SOURCE])('%s', (source) => {
  test('takes hostile alerts, and every one is extracted and goes all the way', async () => {
    const samples = fc.sample(payloads, { seed: SEED, numRuns: ALERTS_PER_BODY * BODIES });
    const ids: string[] = [];
    for (let from = 0; from < samples.length; from += ALERTS_PER_BODY) {
      const alerts = samples
        .slice(from, from + ALERTS_PER_BODY)
        .map((alert, index) => ({ title: `${source} ${from + index}`, ...alert }));
      const { results } = await pipeline.api.ask<{ results: Result[] }>(
        'POST',
        `/v1/ingest/${source}`,
        alerts,
      );
      for (const { alert_uuid: id, status } of results) {
        expect(['queued', 'deduplicated', 'updated']).toContain(status);
        ids.push(id ?? '');
      }
    }
    await eventually(
      async () => {
        const others = (await stagesOf(ids)).filter(([, stage]) => stage !== 'dispatched');
        expect(others).toEqual([]);
      },
      { timeoutMs: 60_000 },
    );
    const extracted = await pipeline.database.query<{ id: string }>(
      `SELECT alert_id AS id FROM activity WHERE kind = 'extracted' AND alert_id = ANY($1::uuid[])`,
      [ids],
    );
    expect(new Set(extracted.rows.map(({ id }) => id))).toEqual(new Set(ids));
  });
});

test('nothing of it was logged as a defect', () => {
  const errors = pipeline.logs.lines().filter(({ level }) => level === 'error');
  expect(errors).toEqual([]);
});
