import { type PulledDelivery, type PushPayload, type TestedWorkflow } from '@calseta/common';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { configEffective, startAgentSink, type AgentSink } from './support/agent-sink.js';
import { ADMIN_KEY } from './support/call-api.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

/** Workflows are tried through alerts-api and the dispatcher, and offered only where they can be executed. */

const SECRET = 'the-token-of-the-doors-0451';
const STEPS = [
  {
    name: 'find',
    method: 'GET',
    url: '/badges?owner={{ indicator.value }}',
    exactly_one: 'body.badges',
  },
  {
    name: 'close',
    method: 'POST',
    url: '/badges/{{ steps.find.body.badges.0.id }}/close',
    json: { why: '{{ reason }}', note: '{{ parameters.note }}' },
    done: { all: [{ field: 'body.error', op: 'eq', value: 'already_closed' }] },
  },
  {
    name: 'read_back',
    method: 'GET',
    url: '/badges/{{ steps.find.body.badges.0.id }}',
    expect: { all: [{ field: 'body.state', op: 'eq', value: 'closed' }] },
  },
];
const AUTH = { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.doors_token }}' };
const ASKED = {
  indicator: { type: 'account', value: 'jane.roe' },
  parameters: { note: 'at the gate' },
  reason: 'Used in two buildings',
};

let pipeline: Pipeline;
let vendor: WebhookSink;
let sink: AgentSink;

beforeAll(async () => {
  vendor = await startWebhookSink();
  pipeline = await startPipeline({ transport: 'rabbitmq' });
  sink = await startAgentSink(pipeline.api);
}, 300_000);
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await vendor.close();
});

type Workflow = { uuid: string; is_active: boolean };
const create = async (name: string, fields: object = {}) =>
  await pipeline.api.ask<Workflow>('POST', '/v1/workflows', {
    ...{ name, documentation: `What ${name} does.`, approval_mode: 'never' },
    ...{ base_url: vendor.url, steps: STEPS, ...fields },
  });
const grant = async (name: string, uuids: string[]) =>
  await pipeline.api.ask('POST', '/v1/secrets', {
    ...{ name, value: SECRET, allowed_origins: [vendor.url], workflow_uuids: uuids },
  });
const tryOut = async (uuid: string, body: object, key = ADMIN_KEY) =>
  await pipeline.api.call('POST', `/v1/workflows/${uuid}/test`, { body, key });

describe('POST /v1/workflows/{uuid}/test', () => {
  let uuid: string;
  /** Nobody has granted its secret: it can be tried all the same. */
  beforeAll(async () => {
    ({ uuid } = await create('Tried', { auth: AUTH }));
  });
  const found = { step: 'find', status: 200, body: { badges: [{ id: 7 }] } };
  const closed = { step: 'close', status: 200, body: {} };
  const readBack = (state: string) => ({ step: 'read_back', status: 200, body: { state } });
  const read = async (...recorded: object[]): Promise<TestedWorkflow> => {
    const answer = await tryOut(uuid, { ...ASKED, recorded });
    expect([answer.status, answer.body]).toMatchObject([200, {}]);
    return answer.body.data;
  };

  test('shows the requests of a workflow, with names in place of secrets and of what is not known yet', async () => {
    const answer = await tryOut(uuid, ASKED);
    const plan: TestedWorkflow = answer.body.data;
    expect([answer.status, plan.status]).toEqual([200, 'planned']);
    expect(plan.steps.map(({ name, request }) => [name, request?.method, request?.url])).toEqual([
      ['find', 'GET', `${vendor.url}/badges?owner=jane.roe`],
      ['close', 'POST', expect.stringMatching(/\/badges\/[^/]+\/close$/)],
      ['read_back', 'GET', expect.any(String)],
    ]);
    expect(plan.steps[1]?.request).toMatchObject({
      headers: { Authorization: 'Bearer <doors_token>' },
      body: JSON.stringify({ why: ASKED.reason, note: ASKED.parameters.note }),
    });
  });

  test('reads recorded answers as a run would', async () => {
    expect(await read(found, closed, readBack('closed'))).toMatchObject({
      ...{ status: 'succeeded', outcome: 'done', summary: 'Done: find, close, read_back.' },
      steps: [
        { name: 'find', outcome: 'found', response: { status: 200 } },
        { name: 'close', request: { url: `${vendor.url}/badges/7/close` } },
        { name: 'read_back' },
      ],
    });
    expect(await read(found, closed, readBack('open'))).toMatchObject({
      ...{ status: 'failed', outcome: 'not_confirmed' },
    });
    const two = { ...found, body: { badges: [{ id: 7 }, { id: 8 }] } };
    const ambiguous = await read(two);
    expect(ambiguous).toMatchObject({ status: 'failed', outcome: 'ambiguous' });
    expect(ambiguous.steps.map(({ name }) => name)).toEqual(['find']);
    const already = { step: 'close', status: 409, body: { error: 'already_closed' } };
    expect(await read(found, already, readBack('closed'))).toMatchObject({ outcome: 'done' });
    const wait = { step: 'close', status: 429, headers: { 'retry-after': '30' } };
    expect(await read(found, wait)).toMatchObject({
      ...{ status: 'failed', outcome: 'quota', is_retryable: true, wait_hint_seconds: 30 },
    });
  });

  test('refuses answers that do not fit its steps, and says which', async () => {
    const missing = await tryOut(uuid, { ...ASKED, recorded: [found] });
    expect([missing.status, missing.body['errors']]).toEqual([
      422,
      [{ pointer: '/recorded', message: 'There is no recorded answer for step close.' }],
    ]);
    const over = { ...ASKED, recorded: [found, closed, readBack('closed'), { status: 204 }] };
    expect(await tryOut(uuid, over)).toMatchObject({
      ...{ status: 422, body: { errors: [{ pointer: '/recorded' }] } },
    });
  });

  test('is for those who write workflows, and for workflows with steps', async () => {
    const { key } = await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', {
      ...{ name: 'runs', scopes: ['workflows:read', 'workflows:execute'] },
    });
    expect((await tryOut(uuid, ASKED, key)).status).toBe(403);
    const { uuid: bare } = await create('Bare', { steps: [], indicator_types: ['hash_md5'] });
    expect(await tryOut(bare, ASKED)).toMatchObject({
      ...{ status: 422, body: { code: 'workflow.no_steps' } },
    });
  });

  test('sends and stores nothing', async () => {
    await tryOut(uuid, ASKED);
    await read(found, closed, readBack('closed'));
    expect(vendor.requests).toEqual([]);
    expect(await pipeline.api.ask('GET', '/v1/workflow-runs')).toEqual([]);
  });
});

type Offered = { name: string; is_executable?: true | undefined };
const offeredBy = (workflows: readonly Offered[]) =>
  workflows.map(({ name, is_executable }) => [name, is_executable === true]).sort();

describe('a workflow', () => {
  let workflow: Workflow;
  let puller: { uuid: string; key: string };

  beforeAll(async () => {
    workflow = await create('Runs', { auth: AUTH });
    await grant('doors_token', [workflow.uuid]);
    await create('Without its secret', {
      auth: { ...AUTH, value: '{{ secrets.not_granted }}' },
    });
    await create('Switched off', { is_active: false });
    await create('Without a base URL', { base_url: null });
    await create('For other indicators', { indicator_types: ['hash_md5'] });
    await create('Documentation', { steps: [] });
    const { uuid } = await pipeline.api.ask<{ uuid: string }>('POST', '/v1/agents', {
      name: 'Puller',
    });
    const { key } = await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', {
      ...{ name: 'puller', agent_uuid: uuid },
      scopes: ['alerts:read', 'workflows:read', 'workflows:execute'],
    });
    puller = { uuid, key };
    await sink.register();
    await configEffective();
  });

  const ingest = async (title: string): Promise<string> => {
    const body = { title, indicators: [{ type: 'account', value: 'jane.roe' }] };
    return (await pipeline.api.ask<{ alert_uuid: string }>('POST', '/v1/ingest/generic', body))
      .alert_uuid;
  };
  const pushed = async (uuid: string): Promise<PushPayload> =>
    await eventually(() => {
      const push = sink.agents[0]?.pushes().find(({ payload }) => payload.alert.uuid === uuid);
      if (!push) throw new Error('not pushed yet');
      return push.payload;
    });
  const leased = async (uuid: string): Promise<PushPayload> =>
    await eventually(async () => {
      const body = { max: 10, lease_seconds: 30 };
      const path = `/v1/agents/${puller.uuid}/lease`;
      const answer = await pipeline.api.call('POST', path, { key: puller.key, body });
      const { deliveries } = answer.body.data as { deliveries: PulledDelivery[] };
      const payloads = deliveries.map((one) => JSON.parse(one.body) as PushPayload);
      const payload = payloads.find(({ alert }) => alert.uuid === uuid);
      if (!payload) throw new Error('not leased yet');
      return payload;
    });
  async function readByTool(uuid: string): Promise<Offered[]> {
    const client = new Client({ name: 'a reader', version: '1.0.0' });
    const requestInit = { headers: { authorization: `Bearer ${puller.key}` } };
    const url = new URL('/mcp', pipeline.url);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
    const name = 'get_alert_context';
    const answer = await client.callTool({ name, arguments: { alert_uuid: uuid } });
    await client.close();
    return (answer.structuredContent as { workflows: Offered[] }).workflows;
  }

  /** Wherever an agent reads of an alert. */
  async function offeredEverywhere(uuid: string): Promise<Record<string, Offered[]>> {
    const path = `/v1/alerts/${uuid}`;
    const get = async (of: string) => (await pipeline.api.ask<PushPayload>('GET', of)).workflows;
    return {
      push: (await pushed(uuid)).workflows,
      lease: (await leased(uuid)).workflows,
      alert: await get(path),
      context: await get(`${path}/context`),
      tool: await readByTool(uuid),
    };
  }

  test('is offered as executable, as documentation, or not at all', async () => {
    const uuid = await ingest('A badge in two buildings');
    for (const [place, workflows] of Object.entries(await offeredEverywhere(uuid)))
      expect([place, offeredBy(workflows)]).toEqual([
        place,
        [
          ['Documentation', false],
          ['Runs', true],
        ],
      ]);
    const markdown = await fetch(`${pipeline.url}/v1/alerts/${uuid}/context?format=markdown`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    }).then(async (response) => await response.text());
    expect(markdown).toContain('"is_executable":true');
    expect(markdown).toContain(workflow.uuid);
    expect(markdown).not.toMatch(/Switched off|Without its secret|Without a base URL/);
  });

  test('is executed by the uuid that stands in a push', async () => {
    const { alert, workflows } = await pushed(await ingest('Another badge'));
    const { uuid = '' } = workflows.find(({ name }) => name === 'Runs') ?? {};
    const asked = await pipeline.api.call('POST', `/v1/workflows/${uuid}/execute`, {
      ...{ key: puller.key, body: { ...ASKED, alert_uuid: alert.uuid } },
    });
    expect([asked.status, asked.body.data]).toMatchObject([202, { status: 'queued' }]);
  });

  test('is offered no longer once its secret is gone', async () => {
    await pipeline.api.ask('DELETE', '/v1/secrets/doors_token');
    await configEffective();
    const uuid = await ingest('A third badge');
    for (const [place, workflows] of Object.entries(await offeredEverywhere(uuid)))
      expect([place, offeredBy(workflows)]).toEqual([place, [['Documentation', false]]]);
    const refused = await pipeline.api.call('POST', `/v1/workflows/${workflow.uuid}/execute`, {
      body: ASKED,
    });
    expect([refused.status, refused.body['detail']]).toEqual([
      409,
      expect.stringContaining('doors_token'),
    ]);
  });
});
