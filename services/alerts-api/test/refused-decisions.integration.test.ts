import { createHmac } from 'node:crypto';
import { generateLinkToken, SLACK_PARTS } from '@calseta/common';
import { createApprovalNoticeStore } from '@calseta/database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectV2 } from './mcp-clients.js';
import { AN_AGENT, aRunToApprove, type AskedRun, statusOfRun } from './run-to-approve.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const ERIK = { ...AN_AGENT, principalId: 'erik', keyType: 'human' } as const;

/** A person who decides by each way: their key, the uuid of them as an approver, and their user in Slack. */
type Person = { key: string; approverId: string; slackUserId: string };

let api: TestAlertsApi;
let dora: Person;
let erik: Person;
/** Whose key and places were set by Erik. */
let puppet: Person;
beforeAll(async () => {
  api = await startAlertsApi({ CALSETA_SLACK_SIGNING_SECRET: SLACK_SECRET });
  dora = await aPerson('dora', 'U0DORA');
  erik = await aPerson('erik', 'U0ERIK');
  puppet = await aPerson('puppet', 'U0PUPPET', await aKey('erik', ['admin']));
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function aKey(principal: string, scopes: string[], by?: string): Promise<string> {
  const { body } = await api.call('POST', '/v1/api-keys', {
    body: { name: principal, key_type: 'human', principal, scopes },
    ...(by !== undefined && { key: by }),
  });
  return (body.data as { key: string }).key;
}

async function aPerson(principal: string, slackUserId: string, by?: string): Promise<Person> {
  const { body } = await api.call('POST', '/v1/approvers', {
    body: { principal, name: principal, slack_user_id: slackUserId },
    ...(by !== undefined && { key: by }),
  });
  const key = await aKey(principal, ['approvals:write'], by);
  return { key, approverId: (body.data as { uuid: string }).uuid, slackUserId };
}

type Way = (run: AskedRun, person: Person) => Promise<{ status: number; text: string }>;

const byKey: Way = async ({ approval_uuid: uuid }, { key }) =>
  await api.call('POST', `/v1/workflow-approvals/${uuid}/approve`, {
    ...{ key, body: { reason: 'Because.' } },
  });

const byLink: Way = async ({ approval_uuid: approvalId }, { approverId }) => {
  const { token, hash: tokenHash } = generateLinkToken();
  await createApprovalNoticeStore(api.database).addLink({ tokenHash, approvalId, approverId });
  const body = new URLSearchParams({ decision: 'approve', reason: 'Because.' });
  const url = `${api.url}/v1/workflow-approvals/links/${token}`;
  const answer = await fetch(url, { method: 'POST', body });
  return { status: answer.status, text: await answer.text() };
};

const inSlack: Way = async ({ approval_uuid: value }, { slackUserId: id }) => {
  const actions = [{ action_id: SLACK_PARTS.approve, value }];
  const payload = JSON.stringify({ type: 'block_actions', user: { id }, actions });
  const body = new URLSearchParams({ payload }).toString();
  const time = String(Math.floor(Date.now() / 1_000));
  const hex = createHmac('sha256', SLACK_SECRET).update(`v0:${time}:${body}`).digest('hex');
  const answer = await fetch(`${api.url}/v1/workflow-approvals/callbacks/slack`, {
    ...{ method: 'POST', body },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${hex}`,
    },
  });
  return { status: answer.status, text: await answer.text() };
};

const WAYS: [string, Way][] = [
  ['a key', byKey],
  ['a link', byLink],
  ['a click in Slack', inSlack],
];

type Refusal = {
  why: string;
  make: () => Promise<AskedRun>;
  who: () => Person;
  status: number;
  says: RegExp;
};

const changed = async (data: object): Promise<AskedRun> => {
  const run = await aRunToApprove(api);
  await api.database.prisma.workflowRun.update({ where: { id: run.run_uuid }, data });
  return run;
};

const REFUSALS: Refusal[] = [
  {
    why: 'whoever asked decides',
    make: async () => await aRunToApprove(api, { requester: ERIK }),
    ...{ who: () => erik, status: 403, says: /Whoever asked for the run cannot decide about it/ },
  },
  {
    why: 'whoever asked set up the means',
    make: async () => await aRunToApprove(api, { requester: ERIK }),
    ...{ who: () => puppet, status: 403, says: /Whoever asked for the run (?:made|said)/ },
  },
  {
    why: 'its parameters were changed',
    make: async () => await changed({ parameters: { notify: false } }),
    ...{ who: () => dora, status: 409, says: /its parameters were changed/ },
  },
  {
    why: 'it would act on somebody else',
    make: async () => await changed({ indicatorValue: 'bob@example.com' }),
    ...{ who: () => dora, status: 409, says: /its parameters were changed/ },
  },
  {
    why: 'its workflow was edited',
    async make() {
      const run = await aRunToApprove(api);
      await api.call('PATCH', `/v1/workflows/${run.workflow_uuid}`, { body: { name: 'Another' } });
      return run;
    },
    ...{ who: () => dora, status: 409, says: /The workflow was changed/ },
  },
  {
    why: 'its time is over',
    make: async () => await aRunToApprove(api, { expiresAt: new Date(Date.now() - 1) }),
    ...{ who: () => dora, status: 409, says: /The time to decide about the run is over/ },
  },
];

describe.each(WAYS)('a decision by %s', (_, decide) => {
  test.each(REFUSALS.map((refusal) => [refusal.why, refusal] as const))(
    'is refused when %s, with that reason, and nothing is queued',
    async (_why, { make, who, status, says }) => {
      const run = await make();
      const answer = await decide(run, who());
      expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(says)]);
      expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
      const { rows } = await api.database.query(
        'SELECT FROM approvals WHERE run_id = $1 AND decided_by IS NOT NULL',
        [run.run_uuid],
      );
      expect(rows).toEqual([]);
    },
  );

  test('is taken from somebody else, of what was asked for', async () => {
    const run = await aRunToApprove(api, { requester: ERIK });
    expect((await decide(run, dora)).status).toBe(200);
    expect(await statusOfRun(api, run.run_uuid)).toBe('queued');
  });
});

test('a decision over MCP does not exist, for agents and for people', async () => {
  const run = await aRunToApprove(api);
  await using client = await connectV2(api, dora.key, 'auto');
  const names = (await client.listTools()).map(({ name }) => name);
  expect(names).toContain('list_pending_approvals');
  expect(names.filter((name) => /approve|reject|decide/.test(name))).toEqual([]);
  expect(await statusOfRun(api, run.run_uuid)).toBe('awaiting_approval');
});
