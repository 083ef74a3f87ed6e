import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { configEffective } from './support/agent-sink.js';
import { ADMIN_KEY, createApi } from './support/call-api.js';
import { type Cluster, type Member, startCluster } from './support/start-cluster.js';

/**
 * Two alerts-api processes and a dispatcher that is killed: however often and wherever a run is approved, and whenever
 * the dispatcher dies, each of its steps is sent once.
 */

const SECRET = 'the-token-of-the-door-controller-0451';
/** A step that takes so long is under way when the dispatcher is killed. */
const HELD_MS = 60_000;

let cluster: Cluster;
let vendor: WebhookSink;
let oncall: WebhookSink;
let dispatcher: Member;
let agentKey: string;
let doraKey: string;

beforeAll(async () => {
  [vendor, oncall] = await Promise.all([startWebhookSink(), startWebhookSink()]);
  cluster = await startCluster({
    replicas: { extractor: 0, enricher: 0, 'alerts-api': 2 },
    env: {
      WORKFLOW_LEASE_MS: '2000',
      WORKFLOW_POLL_INTERVAL_MS: '100',
      WORKFLOW_STEP_TIMEOUT_MS: '90000',
      DELIVERY_POLL_INTERVAL_MS: '100',
    },
  });
  [dispatcher] = cluster.named('dispatcher') as [Member];
  const { api } = cluster;
  const makeKey = async (body: object) =>
    (await api.ask<{ key: string }>('POST', '/v1/api-keys', body)).key;
  const scopes = ['workflows:execute', 'workflows:read', 'alerts:read'];
  agentKey = await makeKey({ name: 'triage agent', key_type: 'agent', scopes });
  const decides = { key_type: 'human', principal: 'dora', scopes: ['approvals:write'] };
  doraKey = await makeKey({ name: 'Dora', ...decides });
  await api.ask('POST', '/v1/approvers', {
    ...{ principal: 'dora', name: 'Dora', webhook_url: `${oncall.url}/dora` },
  });
  await configEffective();
}, 300_000);
afterEach(() => vendor.respondWith({}));
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await Promise.all([vendor.close(), oncall.close()]);
}, 300_000);

type Asked = { run_uuid: string; approval_uuid: string; alert_uuid: string; name: string };
type Step = { name: string; may_repeat?: boolean };
type Run = { status: string; finished_at?: string; steps: Record<string, unknown>[] };

/** A run that waits for approval, of a workflow whose steps go to paths of its own. */
async function aRun(name: string, steps: Step[]): Promise<Asked> {
  const { api } = cluster;
  const { uuid } = await api.ask<{ uuid: string }>('POST', '/v1/workflows', {
    ...{ name, approval_mode: 'always', base_url: vendor.url },
    auth: { kind: 'header', name: 'X-Token', value: `{{ secrets.${name} }}` },
    steps: steps.map((step) => ({
      ...{ ...step, method: 'POST', url: `/${name}/${step.name}` },
      json: { why: '{{ reason }}', token: `{{ secrets.${name} }}` },
    })),
  });
  await api.ask('POST', '/v1/secrets', {
    ...{ name, value: SECRET, allowed_origins: [vendor.url], workflow_uuids: [uuid] },
  });
  const alert = await api.ask<{ alert_uuid: string }>('POST', '/v1/ingest/generic', {
    ...{ title: name, severity: 'High', occurred_at: '2026-11-30T10:00:00Z' },
  });
  const { status, body } = await api.call('POST', `/v1/workflows/${uuid}/execute`, {
    key: agentKey,
    body: { alert_uuid: alert.alert_uuid, reason: 'Badge used in two buildings.' },
  });
  expect([status, body.data]).toMatchObject([202, { status: 'awaiting_approval' }]);
  return { ...(body.data as Omit<Asked, 'alert_uuid' | 'name'>), ...alert, name };
}

/** The path of the link in the message to Dora. */
const linkOf = async ({ approval_uuid: uuid }: Asked): Promise<string> =>
  await eventually(
    () => {
      const told = oncall.requests.find(({ body }) => body.includes(uuid));
      const { links } = JSON.parse(told?.body ?? '{}') as { links?: { decide: string } };
      expect(links).toBeDefined();
      return new URL(links?.decide ?? '').pathname;
    },
    { timeoutMs: 30_000 },
  );

/** Approves at both replicas, by key and by link, all at the same moment; resolves with the statuses. */
async function approveEverywhere(run: Asked): Promise<number[]> {
  const link = await linkOf(run);
  const replicas = cluster.named('alerts-api').map(({ process }) => process.url);
  const byKey = async (url: string) => {
    const path = `/v1/workflow-approvals/${run.approval_uuid}/approve`;
    const given = { key: doraKey, body: { reason: 'Called the front desk.' } };
    return (await createApi(url).call('POST', path, given)).status;
  };
  const byLink = async (url: string) => {
    const body = new URLSearchParams({ decision: 'approve', reason: 'Called the front desk.' });
    return (await fetch(url + link, { method: 'POST', body })).status;
  };
  return await Promise.all(
    replicas.flatMap((url) => [byKey(url), byKey(url), byLink(url), byKey(url), byLink(url)]),
  );
}

const oneOfTen = [200, ...Array.from({ length: 9 }, () => 409)];

const ended = async ({ run_uuid: uuid }: Asked): Promise<Run> =>
  await eventually(
    async () => {
      const run = await cluster.api.ask<Run>('GET', `/v1/workflow-runs/${uuid}`);
      expect(run.finished_at).toBeDefined();
      return run;
    },
    { timeoutMs: 60_000 },
  );

/** The steps of a run as they came to the vendor. */
const sent = ({ name }: Asked) =>
  vendor.requests
    .filter(({ path }) => path.startsWith(`/${name}/`))
    .map(({ path }) => path.slice(name.length + 2));

/** Runs another workflow to its end, so that what else there was to send has been sent. */
async function letTheDispatcherPass(name: string): Promise<void> {
  const run = await aRun(name, [{ name: 'only' }]);
  await approveEverywhere(run);
  await ended(run);
}

test('a run that is approved ten times at once, with the dispatcher killed, is executed once', async () => {
  const run = await aRun('approved_dead', [{ name: 'find' }, { name: 'close' }]);
  await linkOf(run);
  await dispatcher.process.kill();
  expect((await approveEverywhere(run)).sort()).toEqual(oneOfTen);
  const queued = await cluster.api.ask<Run>('GET', `/v1/workflow-runs/${run.run_uuid}`);
  expect([queued.status, sent(run)]).toEqual(['queued', []]);

  await dispatcher.killAndRestart();
  expect((await ended(run)).status).toBe('succeeded');
  await dispatcher.killAndRestart();
  expect((await approveEverywhere(run)).sort()).toEqual(Array.from({ length: 10 }, () => 409));
  await letTheDispatcherPass('after_success');
  expect(sent(run)).toEqual(['find', 'close']);
}, 180_000);

test('a step that was sent and not answered when the dispatcher was killed is not sent again, and a person reads how far it came', async () => {
  vendor.respondWith(({ path }) => ({ delayMs: path.endsWith('/close') ? HELD_MS : 0 }));
  const run = await aRun('killed_amid', [{ name: 'find' }, { name: 'close' }, { name: 'tell' }]);
  expect((await approveEverywhere(run)).sort()).toEqual(oneOfTen);
  await eventually(() => expect(sent(run)).toEqual(['find', 'close']), { timeoutMs: 30_000 });
  await dispatcher.killAndRestart();
  const { status, steps } = await ended(run);
  expect([status, steps]).toMatchObject(['uncertain', [{ outcome: 'done' }, { name: 'close' }]]);
  await letTheDispatcherPass('after_uncertain');
  expect(sent(run)).toEqual(['find', 'close']);
  await expectStory(run);
}, 180_000);

async function expectStory({ run_uuid: uuid, alert_uuid: alertId, name }: Asked): Promise<void> {
  const response = await fetch(`${cluster.url}/v1/workflow-runs/${uuid}?format=text`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  const story = await response.text();
  const inOrder = [
    `Run ${uuid} of the workflow "${name}", version 1.`,
    'Asked for by agent "triage agent"',
    `For the alert ${alertId}.`,
    'untrusted: "Badge used in two buildings."',
    'approved by "dora"',
    '"Called the front desk."',
    `Step 1 "find": POST ${vendor.url}/${name}/find`,
    `Sent: "{\\"why\\":\\"Badge used in two buildings.\\",\\"token\\":\\"<${name}>\\"}"`,
    'Answered 200',
    `Step 2 "close": POST ${vendor.url}/${name}/close`,
    'No answer is known.',
    'uncertain. Step close was sent, and its answer is not known',
  ];
  const found = inOrder.map((line) => story.indexOf(line));
  expect([story, found]).toEqual([story, found.filter((at) => at >= 0).sort((a, b) => a - b)]);
  expect(story).not.toContain('Step 3');
  expect(story).not.toContain(SECRET);

  type Line = { kind: string; detail: Record<string, unknown> };
  const lines = (
    await cluster.api.ask<Line[]>('GET', `/v1/alerts/${alertId}/activity?page_size=100`)
  ).filter(({ kind }) => kind.startsWith('workflow_'));
  expect(lines).toMatchObject([
    { kind: 'workflow_requested', detail: { run_uuid: uuid, needs_approval: true } },
    { kind: 'workflow_approved', detail: { run_uuid: uuid, decided_by: 'dora' } },
    { kind: 'workflow_uncertain', detail: { run_uuid: uuid, outcome: 'uncertain' } },
  ]);
  expect(JSON.stringify(lines)).not.toContain(SECRET);
}

test('a step of which its workflow says that it may be repeated is sent again, under the same key', async () => {
  let isHeld = true;
  vendor.respondWith(({ path }) => ({ delayMs: isHeld && path.endsWith('/close') ? HELD_MS : 0 }));
  const close = { name: 'close', may_repeat: true };
  const run = await aRun('repeatable', [{ name: 'find' }, close, { name: 'tell' }]);
  expect((await approveEverywhere(run)).sort()).toEqual(oneOfTen);
  await eventually(() => expect(sent(run)).toEqual(['find', 'close']), { timeoutMs: 30_000 });
  isHeld = false;
  await dispatcher.killAndRestart();
  const { status, steps } = await ended(run);
  expect([status, steps]).toMatchObject(['succeeded', [{}, { attempt_count: 2 }, {}]]);
  expect(sent(run)).toEqual(['find', 'close', 'close', 'tell']);
  const keys = vendor.requests
    .filter(({ path }) => path === '/repeatable/close')
    .map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
}, 180_000);
