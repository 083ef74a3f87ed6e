import { type IndicatorLookupAnswer, newUuid, REQUESTS, type Scope } from '@calseta/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { connectV1, connectV2, type McpClient } from './mcp-clients.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const TOOLS = [
  'search_alerts',
  'get_alert_context',
  'get_alert_timeline',
  'post_alert_finding',
  'update_alert_status',
  'enrich_indicator',
  'search_indicators',
  'search_detection_rules',
  'search_context_documents',
  'search_workflows',
  'execute_workflow',
  'get_workflow_run',
  'list_pending_approvals',
  'get_metrics',
];
const AGENT_SCOPES: Scope[] = [
  'alerts:read',
  'findings:write',
  'alerts:triage',
  'enrichments:read',
  'workflows:read',
  'workflows:execute',
];

let api: TestAlertsApi;
let agent: { id: string; key: string };
let reader: { id: string; key: string };

beforeAll(async () => {
  api = await startAlertsApi();
  [agent, reader] = await Promise.all([makeKey(AGENT_SCOPES), makeKey(['alerts:read'])]);
  await api.transport.respond(
    REQUESTS.lookUpIndicator,
    async ({ type, value }): Promise<IndicatorLookupAnswer> => ({
      type,
      value,
      classification: 'public',
      is_malformed: false,
      malice: 'Malicious',
      malice_reasons: ['a list names it'],
      enrichment_results: {},
    }),
  );
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function makeKey(scopes: Scope[]): Promise<{ id: string; key: string }> {
  const body = { name: scopes.join(' '), key_type: 'agent', scopes };
  return (await api.call('POST', '/v1/api-keys', { body })).body.data;
}

const CLIENTS: [string, string, (key: string) => Promise<McpClient>][] = [
  ['the v2 client, auto', '2026-07-28', async (key) => await connectV2(api, key, 'auto')],
  ['the v2 client, legacy', '2025-11-25', async (key) => await connectV2(api, key, 'legacy')],
  ['the v1 client', '2025-11-25', async (key) => await connectV1(api, key)],
];

describe.each(CLIENTS)('%s', (_, version, connect) => {
  test('investigates an alert from search to status', async () => {
    const uuid = await insertAlert(api.database, { title: `Impossible travel ${newUuid()}` });
    await using client = await connect(agent.key);
    expect(client.protocolVersion).toBe(version);
    expect((await client.listTools()).map(({ name }) => name).sort()).toEqual([...TOOLS].sort());

    const found = await client.call('search_alerts', { severity: ['High'], page_size: 50 });
    expect(found.data['alerts']).toContainEqual(expect.objectContaining({ uuid }));
    const context = await client.call('get_alert_context', { alert_uuid: uuid });
    expect(context.data['alert']).toMatchObject({ uuid, severity: 'High' });

    const finding = await client.call('post_alert_finding', {
      alert_uuid: uuid,
      summary: 'Confirmed malicious login',
      confidence: 0.95,
    });
    expect(finding.data).toMatchObject({ alert_uuid: uuid, created_by: agent.id });
    const moved = await client.call('update_alert_status', {
      alert_uuid: uuid,
      status: 'Triaging',
    });
    expect(moved.data['alert']).toMatchObject({ uuid, status: 'Triaging' });

    const timeline = await client.call('get_alert_timeline', { alert_uuid: uuid });
    const kinds = (timeline.data['activity'] as { kind: string; actor: string }[]).map(
      ({ kind, actor }) => [kind, actor],
    );
    expect(kinds).toContainEqual(['finding_posted', agent.id]);
    const lookup = await client.call('enrich_indicator', { type: 'ip', value: '192.0.2.1' });
    expect(lookup.data).toMatchObject({ value: '192.0.2.1', malice: 'Malicious' });
  });

  test('lists and reads resources', async () => {
    const uuid = await insertAlert(api.database);
    await using client = await connect(agent.key);
    expect((await client.listResources()).map(({ uri }) => uri)).toContain(
      `calseta://alerts/${uuid}`,
    );
    const text = await client.readResource(`calseta://alerts/${uuid}`);
    expect(JSON.parse(text)).toMatchObject({ alert: { uuid } });
    await expect(client.readResource(`calseta://alerts/${newUuid()}`)).rejects.toThrow('not found');
  });

  test('with a read-only key reads, and writes are tool errors that name the scope', async () => {
    const uuid = await insertAlert(api.database);
    await using client = await connect(reader.key);
    expect((await client.listTools()).map(({ name }) => name).sort()).toEqual([...TOOLS].sort());
    expect((await client.call('get_alert_context', { alert_uuid: uuid })).isError).toBe(false);
    const writes: [string, Record<string, unknown>, string][] = [
      ['post_alert_finding', { alert_uuid: uuid, summary: 'no' }, 'findings:write'],
      ['update_alert_status', { alert_uuid: uuid, status: 'Triaging' }, 'alerts:triage'],
      ['enrich_indicator', { type: 'ip', value: '192.0.2.1' }, 'enrichments:read'],
      ['search_workflows', {}, 'workflows:read'],
      ['execute_workflow', { workflow_uuid: newUuid(), reason: 'no' }, 'workflows:execute'],
    ];
    for (const [name, args, scope] of writes) {
      const answer = await client.call(name, args);
      expect([name, answer.isError]).toEqual([name, true]);
      expect(answer.text).toMatch(new RegExp(`^insufficient_scope: .*${scope}`));
    }
    const { body } = await api.call('GET', `/v1/alerts/${uuid}`);
    expect(body.data).toMatchObject({ status: 'Open', findings: [] });
  });
});

describe('the metrics of MCP', () => {
  const countOf = async (tool: string, outcome: string): Promise<number | undefined> => {
    const series = `calseta_mcp_calls_total{tool="${tool}",outcome="${outcome}"} `;
    const line = (await api.metrics()).split('\n').find((text) => text.startsWith(series));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };

  test('have each tool with each outcome before its first call', async () => {
    const text = await api.metrics();
    for (const tool of TOOLS) {
      for (const outcome of ['ok', 'refused', 'unavailable', 'failed'])
        expect(text).toContain(`calseta_mcp_calls_total{tool="${tool}",outcome="${outcome}"} `);
      expect(text).toContain(`calseta_mcp_call_duration_seconds_count{tool="${tool}"} `);
    }
    expect(await countOf('get_metrics', 'failed')).toBe(0);
  });

  test('count calls by what came of them', async () => {
    const counts = async () => [
      await countOf('search_alerts', 'ok'),
      await countOf('search_alerts', 'refused'),
    ];
    const [ok = 0, refused = 0] = await counts();
    await using client = await connectV2(api, reader.key, 'auto');
    await client.call('search_alerts', {});
    await client.call('search_alerts', { page_size: 51 });
    await client.call('search_alerts', { colour: 'red' });
    expect(await counts()).toEqual([ok + 1, refused + 2]);
  });
});

describe('a tool', () => {
  const connect = async () => await connectV2(api, agent.key, 'auto');
  const anyUuid = newUuid();

  test.each([
    ['an unknown argument', 'search_alerts', { colour: 'red' }, '/colour: is not a known field'],
    ['a wrong word', 'search_alerts', { severity: ['Huge'] }, '/severity/0: Invalid option'],
    ['too many entries', 'search_alerts', { page_size: 51 }, '/page_size: Too big'],
    ['a broken cursor', 'search_alerts', { cursor: 'x' }, '/cursor: is not a cursor'],
    ['a missing argument', 'post_alert_finding', { alert_uuid: anyUuid }, '/summary: Invalid'],
    ['no uuid', 'get_alert_context', { alert_uuid: 'one' }, '/alert_uuid: Invalid UUID'],
    ['an unknown alert', 'get_alert_context', { alert_uuid: anyUuid }, 'resource.not_found: '],
  ])('answers %s by an error that says what to do', async (_, name, args, text) => {
    await using client = await connect();
    const answer = await client.call(name, args);
    expect(answer.isError).toBe(true);
    expect(answer.text).toContain(text);
    expect(answer.text).toMatch(/Correct the arguments|Check the id/);
  });

  test.each([
    ['search_alerts', { q: 'a\0b' }, '/q: holds a NUL'],
    ['search_alerts', { tags: ['fine', '\ud800'] }, '/tags/1: holds a NUL'],
    ['search_indicators', { value: '\0' }, '/value: holds a NUL'],
    ['search_detection_rules', { q: '\0' }, '/q: holds a NUL'],
    ['search_context_documents', { q: '\0' }, '/q: holds a NUL'],
    ['enrich_indicator', { type: 'domain', value: '\0' }, '/value: holds a NUL'],
    ['list_pending_approvals', { requested_by: '\0' }, '/requested_by: holds a NUL'],
    [
      'post_alert_finding',
      { alert_uuid: anyUuid, summary: 'x', details: { '\0': 1 } },
      '/details/\\u{0}: holds a NUL',
    ],
  ])('refuses text that cannot be stored: %s %j', async (name, args, text) => {
    await using client = await connect();
    const answer = await client.call(name, args);
    expect([answer.isError, answer.text]).toEqual([true, expect.stringContaining(text)]);
  });

  test.each([
    [62, 'resource.not_found: '],
    [63, 'request.too_large: The arguments nest deeper than 64 levels.'],
    [1_000, 'request.too_large: '],
  ])('reads arguments with %s levels in a field as REST does', async (levels, text) => {
    await using client = await connect();
    const nested = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    const args = { alert_uuid: anyUuid, summary: 'x', details: { nested } };
    const answer = await client.call('post_alert_finding', args);
    expect([answer.isError, answer.text]).toEqual([true, expect.stringContaining(text)]);
  });

  test('answers an illegal move with the legal ones', async () => {
    const uuid = await insertAlert(api.database);
    await using client = await connect();
    const answer = await client.call('update_alert_status', { alert_uuid: uuid, status: 'Closed' });
    expect(answer).toMatchObject({ isError: true });
    expect(answer.text).toContain('legal moves: Triaging, Escalated');
  });

  test('tells nothing of a failure inside', async () => {
    await using other = await startAlertsApi();
    await using client = await connectV2(other, ADMIN_KEY, 'auto');
    await other.database.query('ALTER TABLE alerts RENAME TO vanished');
    const answer = await client.call('search_alerts');
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(
      /^internal\.error: A defect of ours; quote `trace_id`\.\n.*\nTrace id: [0-9a-f]{32}$/,
    );
    const failure = await client.listResources().catch(String);
    expect(failure).toContain('internal.error');
    expect(failure).not.toMatch(/vanished|relation|prisma|select/i);
  });

  test('asks a broker that is away, and says to try again', async () => {
    await using other = await startAlertsApi();
    await using client = await connectV2(other, ADMIN_KEY, 'auto');
    const answer = await client.call('enrich_indicator', { type: 'ip', value: '192.0.2.1' });
    expect(answer.text).toMatch(/^service\.unavailable: .*\nWait, then try again\./);
  });

  test('asks for a workflow that a person approves, and says that it waits', async () => {
    const made = await api.call('POST', '/v1/workflows', {
      body: {
        name: 'Tell the desk',
        approval_mode: 'always',
        steps: [{ name: 'tell', method: 'POST', url: 'https://desk.example/notes' }],
      },
    });
    expect(made.status).toBe(201);
    const { uuid } = made.body.data as { uuid: string };
    const alertUuid = await insertAlert(api.database);
    await using client = await connect();
    const asked = await client.call('execute_workflow', {
      workflow_uuid: uuid,
      alert_uuid: alertUuid,
      reason: 'The sign-in is malicious',
      confidence: 0.9,
    });
    expect(asked.data).toMatchObject({
      status: 'awaiting_approval',
      approval_uuid: expect.any(String),
      how_to_go_on: expect.stringContaining('A person decides first'),
    });
    const run = await client.call('get_workflow_run', { run_uuid: asked.data['run_uuid'] });
    expect(run.data).toMatchObject({
      run: { status: 'awaiting_approval', reason: 'The sign-in is malicious' },
      untrusted_paths: expect.arrayContaining(['/run/reason']),
    });
    const pending = await client.call('list_pending_approvals', { alert_uuid: alertUuid });
    expect(pending.data).toMatchObject({
      approvals: [{ uuid: asked.data['approval_uuid'], run_uuid: asked.data['run_uuid'] }],
      total: 1,
    });
    const wrong = await client.call('execute_workflow', { workflow_uuid: uuid, because: 'x' });
    expect(wrong.text).toContain('/because: is not a known field');
  });

  test('is described: what it changes, and each argument', async () => {
    await using client = await connect();
    const tools = await client.listTools();
    const writers = tools
      .filter(({ annotations }) => !(annotations as { readOnlyHint: boolean }).readOnlyHint)
      .map(({ name }) => name);
    expect(writers.sort()).toEqual([
      'execute_workflow',
      'post_alert_finding',
      'update_alert_status',
    ]);
    for (const { name, inputSchema } of tools)
      expect([name, inputSchema]).toEqual([
        name,
        expect.objectContaining({ type: 'object', additionalProperties: false }),
      ]);
    // Some clients drop tools with nullable types; every character of a pattern costs a model.
    expect(JSON.stringify(tools)).not.toMatch(/"null"|"pattern":"[^"]{60}|"\$ref"/);
    expect(JSON.stringify(tools).length).toBeLessThan(34_000);
  });
});
