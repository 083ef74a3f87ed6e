import { type Scope, SCOPES } from '@calseta/common';
import { createApprovalStore } from '@calseta/database';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApprovalExpiry } from '../src/jobs/expire-approvals.js';
import { insertAlert } from './insert-alert.js';
import { AN_AGENT, aRunToApprove, type AskedRun, statusOfRun } from './run-to-approve.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Key = { id: string; key: string; principal: string };

/** A key of a person, made by the admin or with the given key. */
async function aPersonsKey(principal: string, scopes: Scope[], key?: string): Promise<Key> {
  const { status, body } = await api.call('POST', '/v1/api-keys', {
    body: { name: principal, key_type: 'human', principal, scopes },
    ...(key !== undefined && { key }),
  });
  expect(status).toBe(201);
  return body.data;
}
const deciders = new Map<string, Promise<Key>>();
/** The one key of this person that may decide. */
async function aDecider(principal = 'dora'): Promise<Key> {
  const known = deciders.get(principal) ?? aPersonsKey(principal, ['approvals:write']);
  deciders.set(principal, known);
  return await known;
}

const decide = async (
  { approval_uuid: uuid }: Pick<AskedRun, 'approval_uuid'>,
  decision: 'approve' | 'reject',
  { key }: { key: string },
) =>
  await api.call('POST', `/v1/workflow-approvals/${uuid}/${decision}`, {
    key,
    body: { reason: 'Because.' },
  });
const codeOf = ({ status, body }: { status: number; body: Record<string, unknown> }) => [
  status,
  body['code'],
];
const read = async (uuid: string) =>
  (await api.call('GET', `/v1/workflow-approvals/${uuid}`)).body.data as Record<string, unknown>;

describe('a decision', () => {
  test('approves a run once, and stands in the approval and in the activity of the alert', async () => {
    const alertId = await insertAlert(api.database);
    const run = await aRunToApprove(api, { alertId });
    const dora = await aDecider();
    const answer = await decide(run, 'approve', dora);
    expect([answer.status, answer.body.data]).toMatchObject([
      200,
      { status: 'approved', decided_by: 'dora', decided_via: 'key', reason: 'Because.' },
    ]);
    expect(await statusOfRun(api, run.run_uuid)).toBe('queued');
    const { body } = await api.call('GET', `/v1/alerts/${alertId}/activity`);
    expect(body.data).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'workflow_approved', actor: dora.id }),
      ]),
    );
    const told = await fetch(`${api.url}/v1/workflow-runs/${run.run_uuid}?format=text`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(told.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await told.text()).toMatch(/Asked for by agent "An agent"[^]*approved by "dora"/);
    for (const decision of ['approve', 'reject'] as const)
      expect(codeOf(await decide(run, decision, dora))).toEqual([409, 'approval.already_decided']);
    expect(await statusOfRun(api, run.run_uuid)).toBe('queued');
  });

  test('of twenty at the same moment, one counts', async () => {
    const run = await aRunToApprove(api);
    const deciders = [await aDecider('ada'), await aDecider('bea')];
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, turn) =>
        codeOf(await decide(run, turn % 3 === 2 ? 'reject' : 'approve', deciders[turn % 2]!)),
      ),
    );
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    expect(answers.filter(([, code]) => code === 'approval.already_decided')).toHaveLength(19);
  });

  test('rejects a run for ever', async () => {
    const run = await aRunToApprove(api);
    const dora = await aDecider();
    expect((await decide(run, 'reject', dora)).status).toBe(200);
    expect(await statusOfRun(api, run.run_uuid)).toBe('rejected');
    expect(codeOf(await decide(run, 'approve', dora))).toEqual([409, 'approval.already_decided']);
  });

  test('needs a reason', async () => {
    const run = await aRunToApprove(api);
    const { key } = await aDecider();
    for (const body of [{}, { reason: ' ' }, { reason: 'x', decision: 'approve' }]) {
      const path = `/v1/workflow-approvals/${run.approval_uuid}/approve`;
      expect((await api.call('POST', path, { key, body })).status).toBe(422);
    }
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
  });
});

describe('a decision is refused, and nothing is sent', () => {
  const refused = async (run: AskedRun, key: { key: string }) => {
    const answer = codeOf(await decide(run, 'approve', key));
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
    return answer;
  };

  test('to whoever asked, behind another key too', async () => {
    const requester = { ...AN_AGENT, principalId: 'erik', keyType: 'human' } as const;
    const run = await aRunToApprove(api, { requester });
    const [first, second] = [await aDecider('erik'), await aPersonsKey('erik', ['admin'])];
    expect(await refused(run, first)).toEqual([403, 'approval.own_request']);
    expect(await refused(run, second)).toEqual([403, 'approval.own_request']);
    expect(codeOf(await decide(run, 'reject', first))).toEqual([403, 'approval.own_request']);
  });

  test('to a key that whoever asked made for somebody else', async () => {
    const erik = await aPersonsKey('erik', ['admin']);
    const puppet = await aPersonsKey('somebody else', ['approvals:write'], erik.key);
    const requester = { ...AN_AGENT, principalId: 'erik', keyType: 'human' } as const;
    const run = await aRunToApprove(api, { requester });
    expect(await refused(run, puppet)).toEqual([403, 'approval.own_means']);
  });

  test('but not to whoever made the key of the agent that asks', async () => {
    const erik = await aPersonsKey('erik', ['admin']);
    const { body } = await api.call('POST', '/v1/api-keys', {
      key: erik.key,
      body: { name: 'agent', scopes: ['workflows:execute'] },
    });
    const agent = body.data as Key;
    const requester = { ...AN_AGENT, principalId: agent.principal, keyId: agent.id };
    const run = await aRunToApprove(api, { requester });
    expect((await decide(run, 'approve', erik)).status).toBe(200);
  });

  test('once the workflow was edited; it can still be rejected', async () => {
    const run = await aRunToApprove(api);
    await api.call('PATCH', `/v1/workflows/${run.workflow_uuid}`, { body: { name: 'Another' } });
    const dora = await aDecider();
    expect(await refused(run, dora)).toEqual([409, 'approval.workflow_changed']);
    expect(await read(run.approval_uuid)).toMatchObject({ workflow_name: 'Suspend a user' });
    expect((await decide(run, 'reject', dora)).status).toBe(200);
  });

  test.each([
    { parameters: { notify: false } },
    { indicatorValue: 'bob@example.com' },
    { alertId: null, workflowVersion: 2 },
  ])('once the run is another: %j; it can still be rejected', async (data) => {
    const run = await aRunToApprove(api);
    await api.database.prisma.workflowRun.update({ where: { id: run.run_uuid }, data });
    const dora = await aDecider();
    const [status, code] = await refused(run, dora);
    expect([status, String(code)]).toEqual([
      409,
      expect.stringMatching(/^approval\.(parameters|workflow)_changed$/),
    ]);
    expect((await decide(run, 'reject', dora)).status).toBe(200);
  });

  test('once its time is over, before the sweep and after it', async () => {
    const run = await aRunToApprove(api, { expiresAt: new Date(Date.now() - 1) });
    const dora = await aDecider();
    const answer = codeOf(await decide(run, 'approve', dora));
    expect(answer).toEqual([409, 'approval.expired']);
    expect(await read(run.approval_uuid)).toMatchObject({ status: 'expired' });
    const store = createApprovalStore(api.database);
    await Promise.all([store.expire(500), store.expire(500)]);
    expect(await statusOfRun(api, run.run_uuid)).toBe('expired');
    expect(codeOf(await decide(run, 'reject', dora))).toEqual([409, 'approval.expired']);
  });

  test('of a run that does not exist', async () => {
    const none = { approval_uuid: '0198b7a0-0000-7000-8000-000000000000' };
    expect(codeOf(await decide(none, 'approve', await aDecider()))).toEqual([
      404,
      'resource.not_found',
    ]);
  });
});

test('an agent cannot approve its run by any route, whatever scopes its key holds', async () => {
  const { body } = await api.call('POST', '/v1/api-keys', {
    body: { name: 'agent', key_type: 'agent', scopes: SCOPES },
  });
  const agent = body.data as Key;
  const run = await aRunToApprove(api, {
    requester: { ...AN_AGENT, principalId: agent.principal, keyId: agent.id },
  });
  const { body: api31 } = await api.call('GET', '/openapi.json');
  const routes = api31['paths'] as Record<string, Record<string, unknown>>;
  const bodies = [
    { reason: 'Because.' },
    { status: 'queued', approval_mode: 'never', risk_level: 'low' },
    { principal: 'me', name: 'me', webhook_url: 'http://127.0.0.1:9/' },
    { name: 'me', key_type: 'human', principal: 'me', scopes: ['approvals:write'] },
  ];
  const tried: string[] = [];
  for (const [template, operations] of Object.entries(routes)) {
    for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
      if (method === 'GET' || template.startsWith('/v1/ingest/')) continue;
      const uuids = [run.approval_uuid, run.run_uuid, run.workflow_uuid];
      const paths = (template.includes('{uuid}') ? uuids : ['']).map((uuid) =>
        template.replaceAll('{uuid}', uuid).replaceAll(/\{\w+\}/g, 'me'),
      );
      await Promise.all(
        paths.flatMap((path) =>
          bodies.map(async (given) => await api.call(method, path, { ...agent, body: given })),
        ),
      );
      tried.push(`${method} ${template}`);
    }
  }
  expect(tried).toContain('POST /v1/workflow-approvals/{uuid}/approve');
  expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
  expect(await read(run.approval_uuid)).toMatchObject({ status: 'pending', notices: [] });
  expect(await api.database.prisma.approver.count()).toBe(0);
  expect(await api.database.prisma.apiKey.count({ where: { createdBy: agent.principal } })).toBe(0);
  const row = await api.database.prisma.workflow.findUniqueOrThrow({
    where: { id: run.workflow_uuid },
  });
  expect(row).toMatchObject({ approvalMode: 'always', riskLevel: 'high' });
}, 60_000);

test('an agent’s key cannot change what runs without approval, nor who is asked', async () => {
  const { body } = await api.call('POST', '/v1/api-keys', {
    body: { name: 'agent', key_type: 'agent', scopes: ['workflows:write'] },
  });
  const { key } = body.data as Key;
  const steps = [{ name: 'one', method: 'POST', url: 'https://vendor.example/' }];
  const make = async (fields: object, by: object = {}) =>
    await api.call('POST', '/v1/workflows', { body: { name: 'x', ...fields }, ...by });
  for (const mode of ['never', 'agent_only'])
    expect((await make({ approval_mode: mode }, { key })).status).toBe(403);
  expect((await make({ steps }, { key })).status).toBe(201);
  const { uuid } = (await make({ approval_mode: 'never' })).body.data as { uuid: string };
  const patch = async (changes: object) =>
    (await api.call('PATCH', `/v1/workflows/${uuid}`, { key, body: changes })).status;
  for (const changes of [{ steps }, { base_url: 'https://vendor.example' }, { approvers: ['me'] }])
    expect([changes, await patch(changes)]).toEqual([changes, 403]);
  expect(await patch({ approval_mode: 'always', risk_level: 'critical' })).toBe(200);
  expect(await patch({ steps })).toBe(200);
  expect(await patch({ approval_mode: 'agent_only' })).toBe(403);
});

describe('the list of approvals', () => {
  const list = async (query: string) => {
    const { body } = await api.call('GET', `/v1/workflow-approvals?${query}`);
    return (body.data as { uuid: string }[]).map(({ uuid }) => uuid);
  };

  test('is filtered by what is asked, and by whom', async () => {
    const alertId = await insertAlert(api.database);
    const run = await aRunToApprove(api, { alertId });
    const done = await aRunToApprove(api, { alertId });
    await decide(done, 'approve', await aDecider());
    const both = [done.approval_uuid, run.approval_uuid];
    expect(await list(`alert_uuid=${alertId}`)).toEqual(both);
    expect(await list(`alert_uuid=${alertId}&status=pending`)).toEqual([run.approval_uuid]);
    expect(await list(`alert_uuid=${alertId}&status=approved,pending`)).toEqual(both);
    expect(await list(`alert_uuid=${alertId}&risk_level=low`)).toEqual([]);
    expect(await list(`run_uuid=${run.run_uuid}&requested_by=agent:asker`)).toHaveLength(1);
    expect(await list(`run_uuid=${run.run_uuid}&requested_by=nobody`)).toEqual([]);
    expect((await api.call('GET', '/v1/workflow-approvals?status=open')).status).toBe(422);
    expect((await api.call('GET', '/v1/workflow-approvals?wait_seconds=31')).status).toBe(422);
  });

  test('waits for an approval that matches', async () => {
    const alertId = await insertAlert(api.database);
    const path = `alert_uuid=${alertId}&status=pending`;
    expect(await list(`${path}&wait_seconds=1`)).toEqual([]);
    const waiting = list(`${path}&wait_seconds=30`);
    await aRunToApprove(api);
    const run = await aRunToApprove(api, { alertId });
    const startedAt = performance.now();
    expect(await waiting).toEqual([run.approval_uuid]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('says what is asked apart from the words of whoever asks', async () => {
    const run = await aRunToApprove(api, { reason: 'The CISO approved this.\u202e' });
    const approval = await read(run.approval_uuid);
    expect(approval['question']).not.toContain('CISO');
    expect(approval['requested_reason']).toBe('The CISO approved this.\\u{202e}');
    expect(approval).toMatchObject({
      question: expect.stringContaining('On: account "alice@example.com"\nWith notify: true'),
      requested_by: { principal: 'agent:asker', key_type: 'agent' },
    });
  });
});

test('approvals whose time is over end by themselves', async () => {
  const run = await aRunToApprove(api, { expiresAt: new Date(Date.now() + 100) });
  const failed: unknown[] = [];
  const expiry = startApprovalExpiry({
    store: createApprovalStore(api.database),
    onError: (error) => failed.push(error),
    intervalMs: 50,
  });
  await eventually(async () => expect(await statusOfRun(api, run.run_uuid)).toBe('expired'));
  await expiry.stop();
  expect(failed).toEqual([]);
});
