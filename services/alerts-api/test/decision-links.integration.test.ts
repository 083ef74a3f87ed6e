import { createHmac } from 'node:crypto';
import { generateLinkToken, newUuid, SLACK_PARTS } from '@calseta/common';
import { createApprovalNoticeStore } from '@calseta/database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AN_AGENT, aRunToApprove, type AskedRun, statusOfRun } from './run-to-approve.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi({ CALSETA_SLACK_SIGNING_SECRET: SLACK_SECRET });
});
afterAll(async () => await api[Symbol.asyncDispose]());

let count = 0;
async function anApprover(fields: object = {}, key?: string) {
  count += 1;
  const { status, body } = await api.call('POST', '/v1/approvers', {
    body: { name: 'Dora', principal: `dora-${count}`, slack_user_id: `U${count}`, ...fields },
    ...(key !== undefined && { key }),
  });
  expect(status).toBe(201);
  return body.data as { uuid: string; principal: string; slack_user_id: string };
}

async function aLink({ approval_uuid: approvalId }: AskedRun, approverId: string): Promise<string> {
  const { token, hash: tokenHash } = generateLinkToken();
  await createApprovalNoticeStore(api.database).addLink({ tokenHash, approvalId, approverId });
  return `${api.url}/v1/workflow-approvals/links/${token}`;
}

/** As a browser does: no key. */
async function open(link: string, form?: Record<string, string>) {
  const response = await fetch(link, {
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  });
  return { status: response.status, headers: response.headers, html: await response.text() };
}
const APPROVE = { decision: 'approve', reason: 'Called her.' };
const read = async (uuid: string) =>
  (await api.call('GET', `/v1/workflow-approvals/${uuid}`)).body.data as Record<string, unknown>;

/** What the audit log has of the decision, and of tries to decide. */
const auditOf = async (run: AskedRun) =>
  (await api.call('GET', `/v1/audit?resource_type=approval&resource_id=${run.approval_uuid}`)).body
    .data as object[];
const decisionBy = ({ uuid }: { uuid: string }, via: 'link' | 'slack', status: string) =>
  expect.objectContaining({
    action: 'approval.updated',
    actor: `approver:${uuid}`,
    actor_type: 'approver',
    key_id: null,
    via,
    before: expect.objectContaining({ status: 'pending' }),
    after: expect.objectContaining({ status }),
  }) as object;

describe('a one-time link', () => {
  test('shows what is asked and changes nothing; its form decides, once', async () => {
    const dora = await anApprover();
    const run = await aRunToApprove(api);
    const link = await aLink(run, dora.uuid);
    for (const method of ['GET', 'GET', 'HEAD'])
      expect((await fetch(`${link}?utm_source=mail`, { method })).status).toBe(200);
    expect(await read(run.approval_uuid)).toMatchObject({ status: 'pending' });

    const decided = await open(link, APPROVE);
    expect([decided.status, decided.html]).toEqual([
      200,
      expect.stringContaining(`approved by ${dora.principal}: Called her.`),
    ]);
    expect(await read(run.approval_uuid)).toMatchObject({
      status: 'approved',
      decided_by: dora.principal,
      decided_via: 'link',
      reason: 'Called her.',
    });
    expect(await statusOfRun(api, run.run_uuid)).toBe('queued');
    expect(await auditOf(run)).toEqual([decisionBy(dora, 'link', 'approved')]);
    expect((await open(link)).status).toBe(410);
    expect((await open(link, { ...APPROVE, decision: 'reject' })).status).toBe(409);
    expect(await statusOfRun(api, run.run_uuid)).toBe('queued');
    expect(await auditOf(run)).toHaveLength(1);
  });

  test('shows hostile words as text, apart, on a page that runs and loads nothing', async () => {
    const hostile = '</pre><script>alert(1)</script><form action="//evil.example">\u202e"\'&';
    const run = await aRunToApprove(api, {
      reason: hostile,
      name: hostile,
      parameters: { note: hostile },
      requester: { ...AN_AGENT, name: hostile },
    });
    const { html, headers } = await open(await aLink(run, (await anApprover()).uuid));
    expect(html).not.toMatch(/<script|<form action|\u202e/);
    const [asked = '', words = ''] = html.split('class="untrusted"');
    expect(words).toContain('<pre>&lt;/pre&gt;&lt;script&gt;');
    expect(asked).toContain('the agent &quot;&lt;/pre&gt;');
    const policy = headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/);
    expect(policy).not.toContain('unsafe');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-type': 'text/html; charset=utf-8',
    });
  });

  test('is stored as a hash, and no other text is one', async () => {
    const run = await aRunToApprove(api);
    const link = await aLink(run, (await anApprover()).uuid);
    const token = link.slice(-43);
    const rows = await api.database.query('SELECT row_to_json(l)::text FROM approval_links l');
    expect(JSON.stringify(rows.rows)).not.toContain(token);
    expect(JSON.stringify(await read(run.approval_uuid))).not.toContain(token);
    const flipped = `${link.slice(0, -2)}${link.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const wrong of [flipped, `${link}x`, link.slice(0, -1), link.replace(token, '%00')]) {
      expect((await open(wrong)).status).toBe(404);
      expect((await open(wrong, APPROVE)).status).toBe(404);
    }
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
  });

  test.each([
    [{}, 422],
    [{ decision: 'approve' }, 422],
    [{ decision: 'approve', reason: ' ' }, 422],
    [{ decision: 'maybe', reason: 'x' }, 422],
    [{ decision: 'approve', reason: 'x'.repeat(20_000) }, 413],
  ])('takes no form like %#', async (form, status) => {
    const run = await aRunToApprove(api);
    const link = await aLink(run, (await anApprover()).uuid);
    expect((await open(link, form as Record<string, string>)).status).toBe(status);
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
  });

  test('decides for nobody who may not: its reader asked, was set up by who asked, or is not named', async () => {
    const made = await api.call('POST', '/v1/api-keys', {
      body: { name: 'e', key_type: 'human', principal: 'erik', scopes: ['admin'] },
    });
    const { key } = made.body.data as { key: string };
    const erik = { ...AN_AGENT, principalId: 'erik', keyType: 'human' } as const;
    const himself = await anApprover({ principal: 'erik' });
    const puppet = await anApprover({}, key);
    const stranger = await anApprover();
    const asked = await aRunToApprove(api, { requester: erik });
    const named = await aRunToApprove(api, { approvers: ['somebody else'] });
    for (const [run, { uuid }, sentence] of [
      [asked, himself, 'Whoever asked for the run cannot decide'],
      [asked, puppet, 'said where the approver is told'],
      [named, stranger, 'No approver of this workflow'],
    ] as const) {
      const { status, html } = await open(await aLink(run, uuid), APPROVE);
      expect([status, html]).toEqual([403, expect.stringContaining(sentence)]);
      expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
    }
  });

  test('is over with its approval, with its approver, and for a changed workflow', async () => {
    const dora = await anApprover();
    const late = await aRunToApprove(api, { expiresAt: new Date(Date.now() - 1) });
    const lateLink = await aLink(late, dora.uuid);
    expect((await open(lateLink)).status).toBe(410);
    expect((await open(lateLink, APPROVE)).status).toBe(409);

    const edited = await aRunToApprove(api);
    await api.call('PATCH', `/v1/workflows/${edited.workflow_uuid}`, { body: { name: 'x' } });
    const { status, html } = await open(await aLink(edited, dora.uuid), APPROVE);
    expect([status, html]).toEqual([409, expect.stringContaining('workflow was changed')]);

    const run = await aRunToApprove(api);
    const link = await aLink(run, dora.uuid);
    await api.call('DELETE', `/v1/approvers/${dora.uuid}`);
    expect((await open(link, APPROVE)).status).toBe(404);
  });
});

describe('a click in Slack', () => {
  const clickOf = (run: AskedRun, userId: string, fields: object = {}) => ({
    type: 'block_actions',
    user: { id: userId, username: 'whatever' },
    actions: [{ action_id: SLACK_PARTS.approve, value: run.approval_uuid }],
    state: { values: { [SLACK_PARTS.reasonBlock]: { [SLACK_PARTS.reason]: { value: 'Seen.' } } } },
    ...fields,
  });

  async function send(
    click: unknown,
    { secret = SLACK_SECRET, ageSeconds = 0, alter = (text: string) => text } = {},
  ) {
    const body = new URLSearchParams({ payload: JSON.stringify(click) }).toString();
    const time = String(Math.floor(Date.now() / 1_000) - ageSeconds);
    const hex = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex');
    const response = await fetch(`${api.url}/v1/workflow-approvals/callbacks/slack`, {
      method: 'POST',
      body: alter(body),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': time,
        'x-slack-signature': `v0=${hex}`,
      },
    });
    const answer = (await response.json()) as { code?: string };
    return [response.status, answer.code];
  }

  test('decides as the approver who has that user, once', async () => {
    const dora = await anApprover();
    const run = await aRunToApprove(api);
    const click = clickOf(run, dora.slack_user_id);
    expect(await send(click)).toEqual([200, undefined]);
    expect(await read(run.approval_uuid)).toMatchObject({
      status: 'approved',
      decided_by: dora.principal,
      decided_via: 'slack',
      reason: 'Seen.',
    });
    expect(await send(click)).toEqual([409, 'approval.already_decided']);
    const other = await aRunToApprove(api);
    const actions = [{ action_id: SLACK_PARTS.reject, value: other.approval_uuid }];
    expect(await send(clickOf(other, dora.slack_user_id, { actions, state: undefined }))).toEqual([
      200,
      undefined,
    ]);
    expect(await statusOfRun(api, other.run_uuid)).toBe('rejected');
    expect(await auditOf(run)).toEqual([decisionBy(dora, 'slack', 'approved')]);
    expect(await auditOf(other)).toEqual([decisionBy(dora, 'slack', 'rejected')]);
  });

  test('is refused unless Slack signed it within five minutes', async () => {
    const dora = await anApprover();
    const run = await aRunToApprove(api);
    const click = clickOf(run, dora.slack_user_id);
    const refused = [401, 'auth.signature_invalid'];
    expect(await send(click, { secret: 'another-secret-of-some-app' })).toEqual(refused);
    expect(await send(click, { ageSeconds: 302 })).toEqual(refused);
    expect(await send(click, { ageSeconds: -302 })).toEqual(refused);
    expect(await send(click, { alter: (text) => `${text}&x=1` })).toEqual(refused);
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
    expect(await send(click, { ageSeconds: 298 })).toEqual([200, undefined]);
  });

  test('of a user who is no listed approver, or none of this workflow, is 403', async () => {
    const dora = await anApprover();
    const run = await aRunToApprove(api, { approvers: ['somebody else'] });
    const refused = [403, 'approval.not_approver'];
    expect(await send(clickOf(run, 'U0NOBODY'))).toEqual(refused);
    expect(await send(clickOf(run, dora.slack_user_id))).toEqual(refused);
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
  });

  test.each([
    [null],
    ['text'],
    [{ type: 'view_submission' }],
    [{ type: 'block_actions', user: { id: 'U1' }, actions: [] }],
    [
      {
        type: 'block_actions',
        user: { id: 'U1' },
        actions: [{ action_id: SLACK_PARTS.approve, value: 'x' }],
      },
    ],
  ])('that is none is refused: %j', async (click) => {
    expect((await send(click))[0]).toBe(422);
  });

  test('on anything but our two buttons decides nothing', async () => {
    const run = await aRunToApprove(api);
    const actions = [{ action_id: 'calseta_open', value: run.approval_uuid }];
    const click = clickOf(run, (await anApprover()).slack_user_id, { actions });
    expect(await send(click)).toEqual([200, undefined]);
    expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
  });

  test('does not exist without a signing secret', async () => {
    await using without = await startAlertsApi({}, api.databaseUrl);
    const { status, body } = await without.call('POST', '/v1/workflow-approvals/callbacks/slack', {
      body: { uuid: newUuid() },
    });
    expect([status, body['code']]).toEqual([404, 'route.not_found']);
  });
});
