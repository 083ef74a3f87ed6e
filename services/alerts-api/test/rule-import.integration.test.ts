import { readFile } from 'node:fs/promises';
import { type DetectionRuleImport, RULE_IMPORT } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const PATH = '/v1/detection-rules/import';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** A Sigma rule whose id and title are new. */
let made = 0;
function aRule(fields: { id?: string; title?: string; description?: string; level?: string } = {}) {
  made += 1;
  const {
    id = `rule-${made}`,
    title = `Rule ${made}`,
    description = 'Why.',
    level = 'high',
  } = fields;
  const named = id === '' ? '' : `id: ${id}\n`;
  return {
    id,
    title,
    text: `title: ${title}\n${named}description: ${description}\nlevel: ${level}\ndetection: {}\n`,
  };
}

async function send(body: string | FormData, type?: string, query = '') {
  const answer = await fetch(api.url + PATH + query, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      ...(type !== undefined && { 'content-type': type }),
    },
    body,
  });
  const { data, ...rest } = (await answer.json()) as {
    data: DetectionRuleImport;
    code?: string;
    detail?: string;
    errors?: { message: string }[];
  };
  return { status: answer.status, data, ...rest };
}

const importYaml = async (text: string, query = '') =>
  (await send(text, 'application/yaml', query)).data;

const ruleOf = async (uuid = '') =>
  (await api.call('GET', `/v1/detection-rules/${uuid}`)).body.data as Record<string, unknown>;

const total = async () =>
  ((await api.call('GET', '/v1/detection-rules?include_total=true')).body.meta as { total: number })
    .total;

describe('an import', () => {
  test('creates rules for a source, and changes nothing the second time', async () => {
    const [first, second] = [aRule(), aRule({ level: 'low' })];
    const text = `${first.text}---\n${second.text}`;
    const created = await importYaml(text, '?source_name=elastic');
    expect(created).toMatchObject({
      dry_run: false,
      rule_count: 2,
      created_count: 2,
      problem_count: 0,
      rules: [
        { line: 1, format: 'sigma', name: first.title, outcome: 'created' },
        { line: 6, source_rule_id: second.id },
      ],
    });
    expect(await ruleOf(created.rules[1]?.rule_uuids[0])).toMatchObject({
      source_name: 'elastic',
      source_rule_id: second.id,
      name: second.title,
      severity: 'Low',
      documentation: 'Why.',
      is_auto_created: false,
      imported_at: expect.any(String),
    });
    const [uuid] = created.rules[0]?.rule_uuids ?? [];
    const before = await ruleOf(uuid);
    expect(await importYaml(text, '?source_name=elastic')).toMatchObject({
      unchanged_count: 2,
      rules: [{ rule_uuids: [uuid], changed_fields: [] }, {}],
    });
    expect(await ruleOf(uuid)).toEqual(before);
  });

  test('writes what is new, and keeps what a person edited or the file does not say', async () => {
    const { id, title, text } = aRule();
    const [rule] = (await importYaml(text)).rules;
    const [uuid = ''] = rule?.rule_uuids ?? [];
    const changes = { body: { severity: 'Critical', documentation: 'Ours.' } };
    expect((await api.call('PATCH', `/v1/detection-rules/${uuid}`, changes)).status).toBe(200);

    const next = `title: ${title} 2\nid: ${id}\ndescription: Theirs.\ntags: [attack.t1059]\ndetection: {}\n`;
    expect((await importYaml(next)).rules).toMatchObject([
      {
        outcome: 'updated',
        changed_fields: ['name', 'mitre_techniques'],
        kept_fields: ['documentation'],
      },
    ]);
    expect(await ruleOf(uuid)).toMatchObject({
      name: `${title} 2`,
      severity: 'Critical',
      documentation: 'Ours.',
      mitre_techniques: ['T1059'],
    });
  });

  test('leaves a rule that a person wrote as it is', async () => {
    const { id, text } = aRule();
    const body = {
      name: 'Ours',
      source_name: 'splunk',
      source_rule_id: id,
      documentation: 'Ours.',
    };
    const { data } = (await api.call('POST', '/v1/detection-rules', { body })).body;
    const { uuid } = data as { uuid: string };
    expect((await importYaml(text)).rules).toMatchObject([
      {
        outcome: 'unchanged',
        rule_uuids: [uuid],
        kept_fields: ['name', 'severity', 'documentation'],
      },
    ]);
    expect(await ruleOf(uuid)).toMatchObject(body);
  });

  test('finds the rules that alerts made: by id in every source, else by name in any letter case', async () => {
    const auto = async (sourceName: string, sourceRuleId: string, name: string) =>
      await api.database.prisma.detectionRule.create({
        data: { sourceName, sourceRuleId, name, isAutoCreated: true },
      });
    const byId = aRule();
    const byName = aRule();
    const rows = [
      await auto('elastic', byId.id, 'as the alert named it'),
      await auto('splunk', byId.id, 'as the alert named it'),
      await auto('splunk', 'another id', byName.title.toUpperCase()),
    ];
    const imported = await importYaml(`${byId.text}---\n${byName.text}`);
    expect(imported).toMatchObject({ updated_count: 2, created_count: 0 });
    expect(imported.rules.map(({ rule_uuids: uuids }) => uuids.length)).toEqual([2, 1]);
    for (const { id } of rows) {
      expect(await ruleOf(id)).toMatchObject({ documentation: 'Why.', is_auto_created: true });
    }
    expect(await importYaml(`${byId.text}---\n${byName.text}`)).toMatchObject({
      unchanged_count: 2,
    });
  });

  test('takes rules of another source for others', async () => {
    const { id, text } = aRule();
    await importYaml(text, '?source_name=elastic');
    expect(await importYaml(text, '?source_name=splunk')).toMatchObject({ created_count: 1 });
    expect(await api.database.prisma.detectionRule.count({ where: { sourceRuleId: id } })).toBe(2);
  });

  test('keeps two rules of one name apart, and counts a rule that stands twice once', async () => {
    const title = `Twins ${Date.now()}`;
    const [first, second] = [aRule({ title }), aRule({ title })];
    const text = [first.text, second.text, first.text].join('---\n');
    expect(await importYaml(text)).toMatchObject({
      created_count: 2,
      repeated_count: 1,
      rules: [{}, {}, { outcome: 'repeated', rule_uuids: [] }],
    });
    expect(await importYaml(text)).toMatchObject({ unchanged_count: 2, repeated_count: 1 });
    expect(await api.database.prisma.detectionRule.count({ where: { name: title } })).toBe(2);
  });

  test('finds a rule without an id by its name again', async () => {
    const { text } = aRule({ id: '' });
    expect(await importYaml(text)).toMatchObject({ created_count: 1 });
    expect(await importYaml(text)).toMatchObject({ unchanged_count: 1 });
  });

  test('stores nothing in a dry run, and tells the same', async () => {
    const known = aRule();
    await importYaml(known.text);
    const text = `${aRule({ id: known.id, title: 'Renamed' }).text}---\n${aRule().text}`;
    const before = await total();
    const dry = await importYaml(text, '?dry_run=true');
    expect(dry).toMatchObject({
      dry_run: true,
      updated_count: 1,
      created_count: 1,
      rules: [{ changed_fields: ['name'] }, { rule_uuids: [] }],
    });
    expect(await total()).toBe(before);
    const { rules, ...counts } = await importYaml(text);
    expect(counts).toEqual({ ...counts, updated_count: 1, created_count: 1 });
    expect(rules.map(({ outcome }) => outcome)).toEqual(dry.rules.map(({ outcome }) => outcome));
  });

  test('takes files of all formats in one form, and lists what it cannot read', async () => {
    const form = new FormData();
    const sigma = aRule();
    const toml = '[rule]\nrule_id = "form-toml"\nname = "From TOML"\nseverity = "medium"\n';
    form.append('files', new Blob([sigma.text]), 'sigma.yml');
    form.append('files', new Blob([toml]), 'elastic.toml');
    form.append('files', new Blob(['title: [']), 'broken.yml');
    expect(await send(form)).toMatchObject({
      status: 200,
      data: {
        created_count: 2,
        problem_count: 1,
        rules: [{ file: 'sigma.yml' }, { file: 'elastic.toml', format: 'elastic' }],
        problems: [{ file: 'broken.yml', line: 1 }],
      },
    });
  });

  test('takes files as JSON, and NDJSON as Kibana exports it', async () => {
    const files = [{ name: 'a.yml', text: aRule().text }];
    expect(await send(JSON.stringify({ files }), 'application/json')).toMatchObject({
      status: 200,
      data: { created_count: 1 },
    });
    const ndjson = '{"rule_id":"nd-1","name":"One"}\n{"exported_count":1}\n';
    expect(await send(ndjson, 'application/x-ndjson')).toMatchObject({
      status: 200,
      data: { rule_count: 1, problem_count: 0 },
    });
  });

  test('is refused when nothing can be read', async () => {
    expect(await send('title: [', 'application/yaml')).toMatchObject({
      status: 422,
      code: 'request.invalid',
      errors: [{ message: expect.stringMatching(/^body\.yaml, line 1: is not YAML/) }],
    });
    expect(await send('# nothing', 'text/yaml; charset=utf-8')).toMatchObject({
      status: 422,
      errors: [{ message: 'hold no rules' }],
    });
    expect(await send('<rule/>', 'application/xml')).toMatchObject({
      status: 415,
      detail: expect.stringContaining('application/yaml, '),
    });
    expect(await send('x'.repeat(RULE_IMPORT.maxBytes + 1), 'application/yaml')).toMatchObject({
      status: 413,
    });
  });

  test('takes as many rules as the limit at once, in parallel with itself', async () => {
    const lines = Array.from({ length: RULE_IMPORT.maxRules }, (_, index) =>
      JSON.stringify({ rule_id: `many-${index}`, name: `Many ${index}`, severity: 'low' }),
    ).join('\n');
    const [first, second] = await Promise.all([
      send(lines, 'application/x-ndjson'),
      send(lines, 'application/x-ndjson'),
    ]);
    const created = [first.data.created_count, second.data.created_count];
    expect(created.reduce((sum, count) => sum + count)).toBe(RULE_IMPORT.maxRules);
    expect(first.data.rules).toHaveLength(RULE_IMPORT.maxListed);
  });
});

test('the rule that the page begins with is imported as it says', async () => {
  const page = await readFile(new URL('../../../docs/detection-rules.md', import.meta.url), 'utf8');
  const query = /import(?<query>\?dry_run=true)" \\\n/.exec(page)?.groups?.['query'];
  const type = /"Content-Type: (?<type>[^"]+)"/.exec(page)?.groups?.['type'];
  expect(await send(aRule().text, type, query)).toMatchObject({
    status: 200,
    data: { dry_run: true, created_count: 1 },
  });
});
