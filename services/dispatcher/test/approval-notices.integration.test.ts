import { sign } from '@calseta/common';
import { createApproverStore, createRunStore, createWorkflowStore } from '@calseta/database';
import { dispatcherConfig } from '@calseta/dispatcher';
import {
  cipherOf,
  decodeSigningSecret,
  generateSigningSecret,
  loadConfig,
} from '@calseta/platform';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createWorld, type World } from './dispatcher-under-test.js';

let world: World;
let sink: WebhookSink;
beforeAll(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.stopAll();
  await sink.close();
});
afterAll(async () => await world.close());

const cipher = cipherOf(loadConfig(dispatcherConfig, {}));
const QUICK = { DELIVERY_POLL_INTERVAL_MS: '50', CALSETA_PUBLIC_URL: 'https://calseta.example' };
const LINK = /https:\/\/calseta\.example\/v1\/workflow-approvals\/links\/[\w-]{43}/g;

async function anApprover(principal: string, fields: object, setBy = 'admin') {
  const secret = generateSigningSecret();
  await createApproverStore(world.database, (text) => cipher.encrypt(text)).create({
    ...{ principal, name: principal, signing_secret: secret, set_by: setBy },
    ...fields,
  });
  return decodeSigningSecret(secret)!;
}

async function aRequest(requestedBy: string, approvers: string[] = []) {
  const workflow = await createWorkflowStore(world.database).create(
    {
      ...{ name: 'Suspend', documentation: '', approval_mode: 'always', risk_level: 'high' },
      ...{ indicator_types: [], base_url: null, approvers, definition: { steps: [] } },
      ...{ is_active: true, secret_names: [], needs_base_url: false },
    },
    'admin',
  );
  const run = await createRunStore(world.database).create({
    ...{ workflowId: workflow.uuid, workflowVersion: 1, workflowName: workflow.name },
    requester: { principalId: requestedBy, keyId: 'k', name: 'Agent', keyType: 'agent' },
    ...{ reason: 'It looks bad.', parameters: {} },
    approval: { expiresAt: new Date(Date.now() + 3_600_000) },
  });
  return run.approval_uuid!;
}

const noticesOf = async (approvalId: string) =>
  await world.database.prisma.approvalNotice.findMany({
    where: { approvalId },
    orderBy: { channel: 'asc' },
  });

test('an approver is told by webhook, signed, and in Slack; whoever asks is not', async () => {
  sink = await startWebhookSink();
  const key = await anApprover('dora', {
    webhook_url: `${sink.url}/hook`,
    slack_webhook_url: `${sink.url}/slack`,
  });
  await anApprover('agent:asker', { webhook_url: `${sink.url}/never` });
  const approvalId = await aRequest('agent:asker');
  await world.start({ env: QUICK });
  await eventually(async () =>
    expect(await noticesOf(approvalId)).toMatchObject([
      { channel: 'slack', status: 'delivered', attemptCount: 1 },
      { channel: 'webhook', status: 'delivered', attemptCount: 1 },
    ]),
  );
  expect(sink.requests.map(({ path }) => path).sort()).toEqual(['/hook', '/slack']);
  const hook = sink.requests.find(({ path }) => path === '/hook')!;
  const { 'webhook-id': webhookId = '', 'webhook-timestamp': at = '' } = hook.headers;
  const message = { webhookId: String(webhookId), timestampSeconds: Number(at), body: hook.body };
  expect(hook.headers['webhook-signature']).toBe(sign(message, [key]));
  const links = sink.requests.flatMap(({ body }) => body.match(LINK) ?? []);
  expect(new Set(links).size).toBe(2);
  // The token is stored nowhere, nor logged.
  const { rows } = await world.database.query('SELECT row_to_json(l)::text FROM approval_links l');
  expect(rows).toHaveLength(2);
  for (const link of links) {
    expect(JSON.stringify(rows)).not.toContain(link.slice(-43));
    expect(world.logs.join('')).not.toContain(link.slice(-43));
  }
  await world.database.query('TRUNCATE approvers CASCADE');
});

test('a message is tried again; its reader gets no link where whoever asks set the place', async () => {
  sink = await startWebhookSink();
  sink.respondWith((_, index) => ({ status: index === 0 ? 500 : 200 }));
  await anApprover('dora', { webhook_url: `${sink.url}/hook` }, 'erik');
  await anApprover('other', { webhook_url: `${sink.url}/not-named` });
  const approvalId = await aRequest('erik', ['dora']);
  await world.start({ env: QUICK });
  await eventually(
    async () =>
      expect(await noticesOf(approvalId)).toMatchObject([
        { status: 'pending', attemptCount: 1, lastError: 'answered 500' },
      ]),
    { timeoutMs: 5_000 },
  );
  await world.database.query('UPDATE approval_notices SET next_attempt_at = now()');
  await eventually(async () =>
    expect(await noticesOf(approvalId)).toMatchObject([{ status: 'delivered', attemptCount: 2 }]),
  );
  expect(sink.requests.map(({ path }) => path)).toEqual(['/hook', '/hook']);
  expect(sink.requests.map(({ body }) => body).join()).not.toMatch(LINK);
  expect(await world.database.prisma.approvalLink.count()).toBe(0);
});
