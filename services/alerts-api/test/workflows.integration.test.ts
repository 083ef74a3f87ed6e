import { REQUESTS, type WorkflowTestRequest } from '@calseta/common';
import { approveRun, type Decision, expireRuns, rejectRun } from '@calseta/database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const VALUE = 'a-token-that-nobody-reads-0451';
const ORIGIN = 'https://doors.example.com';
const STEP = {
  name: 'close',
  method: 'POST',
  url: '/close',
  json: { who: '{{ indicator.value }}' },
};
const AUTH = { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.doors_token }}' };
const ACCOUNT = { type: 'account', value: 'jane.roe' };

type Workflow = {
  uuid: string;
  version: number;
  is_active: boolean;
  missing_secrets: string[];
};

let api: TestAlertsApi;
let agentKey: string;
let count = 0;
beforeAll(async () => {
  api = await startAlertsApi();
  const scopes = ['workflows:read', 'workflows:execute', 'workflows:write'];
  const { body } = await api.call('POST', '/v1/api-keys', {
    body: { name: 'agent', key_type: 'agent', scopes },
  });
  agentKey = (body.data as { key: string }).key;
});
afterAll(async () => await api[Symbol.asyncDispose]());

const create = async (fields: object = {}) => {
  count += 1;
  const body = { name: `Doors ${count}`, base_url: ORIGIN, steps: [STEP], ...fields };
  const answer = await api.call('POST', '/v1/workflows', { body });
  expect(answer.status).toBe(201);
  return { workflow: answer.body.data as Workflow, meta: answer.body.meta };
};
const patch = async (uuid: string, body: object, options: object = {}) =>
  await api.call('PATCH', `/v1/workflows/${uuid}`, { body, ...options });
const execute = async (uuid: string, body: object = {}, options: object = {}) =>
  await api.call('POST', `/v1/workflows/${uuid}/execute`, {
    body: { reason: 'A test', indicator: ACCOUNT, ...body },
    ...options,
  });

describe('a workflow', () => {
  test.each([
    ['/steps/0/url', { ...STEP, url: 'https://{{ parameters.host }}/x' }],
    ['/steps/0/json/who', { ...STEP, json: { who: '{{ nobody.value }}' } }],
    ['/steps/0/json/who', { ...STEP, json: { who: '{{ indicator.value | shout }}' } }],
    ['/steps/0', { ...STEP, json: '{{ secrets }}' }],
    ['/steps/0/json', { ...STEP, json: { id: '{{ steps.later.body.id }}' } }],
    ['/steps/0/skip_if', { ...STEP, skip_if: { all: [{ field: 'body.x', op: 'eq', value: 1 }] } }],
    ['/steps/0/headers/Host', { ...STEP, headers: { Host: 'elsewhere' } }],
    ['/steps/0/expect_within_seconds', { ...STEP, expect_within_seconds: 5 }],
  ])('is refused at %s', async (pointer, step) => {
    const body = { name: 'Wrong', base_url: ORIGIN, steps: [step] };
    const answer = await api.call('POST', '/v1/workflows', { body });
    expect([answer.status, answer.body['errors']]).toEqual([
      422,
      expect.arrayContaining([expect.objectContaining({ pointer })]),
    ]);
  });

  test('keeps its versions, and is changed only as its reader saw it', async () => {
    const { workflow } = await create();
    const read = await api.call('GET', `/v1/workflows/${workflow.uuid}`);
    expect(read.headers.get('etag')).toBe('"1"');
    const changed = await patch(
      workflow.uuid,
      { steps: [{ ...STEP, name: 'shut' }] },
      {
        headers: { 'If-Match': '"1"' },
      },
    );
    expect(changed.headers.get('etag')).toBe('"2"');
    const late = await patch(workflow.uuid, { name: 'x' }, { headers: { 'If-Match': '"1"' } });
    expect([late.status, late.body['code']]).toEqual([412, 'resource.precondition_failed']);
    const { body } = await api.call('GET', `/v1/workflows/${workflow.uuid}/versions`);
    expect(body.data).toMatchObject([
      { version: 2, steps: [{ name: 'shut' }] },
      { version: 1, steps: [{ name: 'close' }] },
    ]);
  });

  test('is made less watched by a key of a person alone', async () => {
    const { workflow } = await create({ risk_level: 'high' });
    for (const change of [{ approval_mode: 'never' }, { risk_level: 'low' }]) {
      expect((await patch(workflow.uuid, change, { key: agentKey })).status).toBe(403);
      expect((await patch(workflow.uuid, change)).status).toBe(200);
    }
    const more = { approval_mode: 'always', risk_level: 'critical' };
    expect((await patch(workflow.uuid, more, { key: agentKey })).status).toBe(200);
  });

  test('that has runs is not deleted', async () => {
    const { workflow } = await create();
    await execute(workflow.uuid);
    const path = `/v1/workflows/${workflow.uuid}`;
    expect((await api.call('DELETE', path)).status).toBe(409);
    const { workflow: unused } = await create();
    expect((await api.call('DELETE', `/v1/workflows/${unused.uuid}`)).status).toBe(204);
  });
});

describe('a secret', () => {
  test('is granted to workflows, sent to its origins alone, and never read', async () => {
    const { workflow, meta } = await create({ auth: AUTH });
    expect(workflow).toMatchObject({ is_active: false, missing_secrets: ['doors_token'] });
    expect(meta['warnings']).toMatchObject([{ pointer: '/steps' }]);
    expect(await execute(workflow.uuid)).toMatchObject({ status: 409 });

    const made = await api.call('POST', '/v1/secrets', {
      body: {
        ...{ name: 'doors_token', value: VALUE, allowed_origins: [`${ORIGIN}/`] },
        workflow_uuids: [workflow.uuid],
      },
    });
    expect([made.status, made.body.data, made.body.meta]).toEqual([
      201,
      expect.objectContaining({ name: 'doors_token', allowed_origins: [ORIGIN] }),
      {},
    ]);
    const now = await api.call('GET', `/v1/workflows/${workflow.uuid}`);
    expect(now.body.data).toMatchObject({ is_active: true, missing_secrets: [] });

    const elsewhere = { base_url: 'https://evil.example.com' };
    const moved = await patch(workflow.uuid, elsewhere);
    expect([moved.status, moved.body['errors']]).toEqual([
      422,
      [expect.objectContaining({ pointer: '/steps/0/url' })],
    ]);
    const path = '/v1/secrets/doors_token';
    const widened = await api.call('PATCH', path, {
      body: { allowed_origins: [ORIGIN, elsewhere.base_url] },
    });
    expect([widened.status, widened.body['errors']]).toEqual([
      422,
      [{ pointer: '/allowed_origins/1', message: 'a new origin needs the `value`' }],
    ]);
    const answers = [made, await api.call('GET', '/v1/secrets'), await api.call('GET', path)];
    expect(answers.map(({ text }) => text).join('')).not.toContain(VALUE);
    const [row] = await api.database.prisma.secret.findMany();
    expect(row?.valueEncrypted).not.toContain(VALUE);

    await api.call('DELETE', path);
    expect((await api.call('GET', `/v1/workflows/${workflow.uuid}`)).body.data).toMatchObject({
      is_active: false,
    });
  });

  test.each([
    ['/allowed_origins/0', { allowed_origins: ['https://a.example.com/path'] }],
    ['/allowed_origins', { allowed_origins: [] }],
    ['/value', { value: 'two\nlines' }],
    ['/name', { name: 'With Spaces' }],
    ['/workflow_uuids', { workflow_uuids: ['01946977-1d00-7000-8000-000000000001'] }],
  ])('is refused at %s', async (pointer, wrong) => {
    const body = { name: 'one', value: VALUE, allowed_origins: [ORIGIN], ...wrong };
    const answer = await api.call('POST', '/v1/secrets', { body });
    expect([answer.status, answer.body['errors']]).toEqual([
      422,
      expect.arrayContaining([expect.objectContaining({ pointer })]),
    ]);
  });
});

describe('execute', () => {
  test.each([
    ['always', 'human', 'awaiting_approval'],
    ['always', 'agent', 'awaiting_approval'],
    ['agent_only', 'human', 'queued'],
    ['agent_only', 'agent', 'awaiting_approval'],
    ['never', 'agent', 'queued'],
  ])('with approval_mode %s by a key of type %s is %s', async (mode, type, status) => {
    const { workflow } = await create({ approval_mode: mode });
    const answer = await execute(workflow.uuid, {}, type === 'agent' ? { key: agentKey } : {});
    expect([answer.status, answer.body.data]).toEqual([
      202,
      {
        ...{ run_uuid: expect.any(String), status },
        ...(status === 'awaiting_approval' && { approval_uuid: expect.any(String) }),
      },
    ]);
  });

  test('is refused for what cannot end well', async () => {
    const { workflow: bare } = await create({ steps: [] });
    const none = await execute(bare.uuid);
    expect([none.status, none.body['code']]).toEqual([422, 'workflow.no_steps']);

    const json = { m: '{{ parameters.message }}' };
    const { workflow } = await create({ steps: [{ ...STEP, json }], indicator_types: ['account'] });
    const domain = { indicator: { type: 'domain', value: 'a.example' } };
    expect((await execute(workflow.uuid, domain)).body['errors']).toEqual([
      { pointer: '/parameters/message', message: 'the steps use it' },
      { pointer: '/indicator/type', message: 'the workflow acts on account' },
    ]);
    const parameters = { message: 'x' };
    const alert = { alert_uuid: '01946977-1d00-7000-8000-000000000001', parameters };
    expect((await execute(workflow.uuid, alert)).body['errors']).toMatchObject([
      { pointer: '/alert_uuid' },
    ]);
    await patch(workflow.uuid, { is_active: false });
    expect(await execute(workflow.uuid, { parameters })).toMatchObject({ status: 409 });
  });

  test('with the same Idempotency-Key is one run', async () => {
    const { workflow } = await create();
    const headers = { 'Idempotency-Key': 'once' };
    const [one, two] = [
      await execute(workflow.uuid, {}, { headers }),
      await execute(workflow.uuid, {}, { headers }),
    ];
    expect(one.body.data).toEqual(two.body.data);
    const { body } = await api.call('GET', `/v1/workflow-runs?workflow_uuid=${workflow.uuid}`);
    expect(body.data).toHaveLength(1);
  });

  test('dry, and a test, ask the dispatcher, and store nothing', async () => {
    const asked: WorkflowTestRequest[] = [];
    const plan = { status: 'planned', summary: 'x', is_retryable: false, steps: [] } as const;
    const responder = await api.transport.respond(REQUESTS.testWorkflow, async (request) => {
      asked.push(request);
      return await Promise.resolve({ ...plan, steps: [] });
    });
    const { workflow } = await create();
    expect(await execute(workflow.uuid, { dry_run: true })).toMatchObject({
      ...{ status: 200, body: { data: plan } },
    });
    const recorded = [
      { step: 'close', status: 200, body: {} },
      { request: { method: 'POST', url: 'x' }, response: { status: 204, body: null } },
    ];
    const tested = await api.call('POST', `/v1/workflows/${workflow.uuid}/test`, {
      body: { indicator: ACCOUNT, recorded },
    });
    expect(tested.status).toBe(200);
    expect(asked).toMatchObject([{ workflow_uuid: workflow.uuid }, { recorded }]);
    const { body } = await api.call('GET', `/v1/workflow-runs?workflow_uuid=${workflow.uuid}`);
    expect(body.data).toEqual([]);
    await responder.drain();
  });
});

describe('runs', () => {
  test('are listed by status, workflow, alert and requester, and awaited', async () => {
    const { workflow } = await create();
    const alertUuid = await insertAlert(api.database);
    const { body } = await execute(workflow.uuid, { alert_uuid: alertUuid }, { key: agentKey });
    const { run_uuid: uuid } = body.data as { run_uuid: string };
    const list = async (query: string) =>
      (await api.call('GET', `/v1/workflow-runs?${query}`)).body.data as { uuid: string }[];
    const mine = `workflow_uuid=${workflow.uuid}`;
    expect(await list(`${mine}&status=queued,awaiting_approval`)).toMatchObject([
      { uuid, reason: 'A test', requested_by: { key_type: 'agent' }, approval_status: 'pending' },
    ]);
    expect(await list(`alert_uuid=${alertUuid}`)).toHaveLength(1);
    expect(await list(`${mine}&status=succeeded`)).toEqual([]);

    const waiting = api.call('GET', `/v1/workflow-runs/${uuid}?wait_seconds=10`);
    await api.database.query(
      `UPDATE workflow_runs SET status = 'failed', finished_at = now() WHERE id = $1`,
      [uuid],
    );
    expect((await waiting).body.data).toMatchObject({ status: 'failed', steps: [] });
  });
});

describe('a decision', () => {
  const ask = async (uuid: string, alertUuid?: string) => {
    const body = alertUuid === undefined ? {} : { alert_uuid: alertUuid };
    const { body: answer } = await execute(uuid, body, { key: agentKey });
    return (answer.data as { run_uuid: string }).run_uuid;
  };
  const decision = (runId: string): Decision => ({
    ...{ runId, decidedBy: 'dora', actor: 'k', reason: 'It is needed.' },
  });
  const decide = async (work: typeof approveRun, runId: string) =>
    await api.database.prisma.$transaction(async (tx) => await work(tx, decision(runId)));
  const statusOf = async (uuid: string) =>
    ((await api.call('GET', `/v1/workflow-runs/${uuid}`)).body.data as { status: string }).status;

  test('is made once, of two at a time', async () => {
    const { workflow } = await create();
    const alertUuid = await insertAlert(api.database);
    const runId = await ask(workflow.uuid, alertUuid);
    const results = await Promise.all([decide(approveRun, runId), decide(approveRun, runId)]);
    expect(results.map(({ kind }) => kind).sort()).toEqual(['decided', 'settled']);
    expect(await statusOf(runId)).toBe('queued');
    expect(await decide(rejectRun, runId)).toEqual({ kind: 'settled', status: 'queued' });
    const kinds = await api.database.prisma.activity.findMany({ where: { alertId: alertUuid } });
    expect(kinds.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['workflow_requested', 'workflow_approved']),
    );
  });

  test('is void once the workflow, the request or the time is another', async () => {
    const { workflow } = await create();
    const [edited, changed, late] = [
      await ask(workflow.uuid),
      await ask(workflow.uuid),
      await ask(workflow.uuid),
    ];
    await api.database.query(`UPDATE workflow_runs SET parameters = '{"a": 1}' WHERE id = $1`, [
      changed,
    ]);
    await api.database.query(
      `UPDATE approvals SET expires_at = now() - interval '1 s' WHERE run_id = $1`,
      [late],
    );
    expect(await decide(approveRun, changed)).toEqual({ kind: 'parameters_changed' });
    expect(await decide(approveRun, late)).toEqual({ kind: 'expired' });
    await patch(workflow.uuid, { documentation: 'other words' });
    expect(await decide(approveRun, edited)).toEqual({ kind: 'workflow_changed' });
    expect(await decide(rejectRun, edited)).toEqual({ kind: 'decided' });
    const expired = await api.database.prisma.$transaction(async (tx) => await expireRuns(tx, 10));
    expect(expired).toEqual([late]);
    expect([await statusOf(edited), await statusOf(late), await statusOf(changed)]).toEqual([
      'rejected',
      'expired',
      'awaiting_approval',
    ]);
  });
});
