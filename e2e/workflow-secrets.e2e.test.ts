import { createHmac, randomBytes } from 'node:crypto';
import { findFreePort } from '@calseta/local';
import {
  eventually,
  type ReceivedRequest,
  startWebhookSink,
  type WebhookSink,
} from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configEffective } from './support/agent-sink.js';
import { ADMIN_KEY } from './support/call-api.js';
import { dumpDatabase, type TableRows } from './support/dump-database.js';
import { createSecretSearch } from './support/secret-search.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

/**
 * Workflows send secrets in every way and encoding there is, to vendors that repeat them; approvers are told at secret
 * places. Then everything that is kept, logged or answered is searched.
 */

/** The core stays as it is in escapes of every kind; what stands around it does not. */
const searchFor = createSecretSearch();
const coreOf = () => randomBytes(18).toString('base64url');
const around = (core: string): string => `a"b'c/d+e f&${core}%\\`;
function secret(name: string): string {
  const core = coreOf();
  searchFor.add(name, core);
  const value = around(core);
  searchFor.add(`${name}, encoded twice`, Buffer.from(value).toString('base64'));
  return value;
}
function secretPath(name: string): string {
  const core = coreOf();
  searchFor.add(name, core);
  return core;
}

const NAMES = [
  'json_key',
  'header_key',
  'query_key',
  'path_key',
  'form_key',
  'basic_key',
  'oauth_key',
];
const VALUES = Object.fromEntries(NAMES.map((name) => [name, secret(name)]));
const TOKEN = secretPath('access token');
const TEMPORARY = secretPath('temporary password');
const WEBHOOK = secretPath('path of a webhook');
const SLACK = secretPath('path of a webhook of Slack');
const SLACK_SIGNING = secretPath('signing secret of Slack');

let pipeline: Pipeline;
let vendor: WebhookSink;
let thief: WebhookSink;
let oncall: WebhookSink;
let closedPort: number;
let dump: TableRows[] = [];
const answers: string[] = [];

type Options = { body?: unknown; key?: string | null; headers?: Record<string, string> };
/** The answer is searched unless it shows a secret on purpose. */
async function call(method: string, path: string, options: Options & { isShowing?: true } = {}) {
  const { body, key = ADMIN_KEY, headers = {}, isShowing } = options;
  const isForm = body instanceof URLSearchParams;
  const response = await fetch(pipeline.url + path, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!isShowing)
    answers.push(`${method} ${path} ${JSON.stringify([...response.headers])} ${text}`);
  return { status: response.status, text };
}
async function ask<T = { uuid: string }>(
  method: string,
  path: string,
  body?: unknown,
  options: Options & { isShowing?: true } = {},
): Promise<T> {
  const { status, text } = await call(method, path, {
    ...options,
    ...(body !== undefined && { body }),
  });
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return (JSON.parse(text) as { data: T }).data;
}

/** Repeats everything it is sent, in its head too. */
const echo = ({ headers, body, path }: ReceivedRequest, more: object = {}) => ({
  headers: {
    'content-type': 'application/json',
    'x-request-id': [headers.authorization, headers['x-key']].join(' '),
  },
  body: JSON.stringify({ headers, body, path, ...more }),
});

const ANSWERS: Record<string, (request: ReceivedRequest) => object> = {
  '/token': (request) => echo(request, { access_token: TOKEN, expires_in: 3_599 }),
  '/temp': (request) => echo(request, { TempPassword: TEMPORARY, note: `It is ${TEMPORARY}.` }),
  '/use': (request) => echo(request, { remembered: TEMPORARY }),
  '/html': ({ body, headers }) => ({ body: `<p>${body} ${JSON.stringify(headers)}</p>` }),
  '/refused': (request) => ({
    ...echo(request, { error: { message: `No: ${request.body} ${VALUES['json_key']}` } }),
    status: 400,
  }),
  '/hang': () => ({ hangUp: true }),
};

function answerOf(request: ReceivedRequest): object {
  const path = request.path.split('?')[0] ?? '';
  const status = Number(/^\/moved\/(\d+)/.exec(path)?.[1] ?? 0);
  if (status > 0) return { status, headers: { location: `${thief.url}${request.path}` } };
  return (ANSWERS[path] ?? ((given) => echo(given)))(request);
}

beforeAll(async () => {
  [vendor, thief, oncall] = await Promise.all([
    startWebhookSink(),
    startWebhookSink(),
    startWebhookSink(),
  ]);
  closedPort = await findFreePort();
  vendor.respondWith(answerOf);
  // The first message to each place is refused by somebody who repeats it.
  const seen = new Set<string>();
  oncall.respondWith(({ path, body, headers }) => {
    const status = seen.has(path) ? 200 : 500;
    seen.add(path);
    return { status, body: `${path} ${body} ${JSON.stringify(headers)}` };
  });
  pipeline = await startPipeline({
    transport: 'in-process',
    env: {
      CALSETA_SLACK_SIGNING_SECRET: SLACK_SIGNING,
      WORKFLOW_POLL_INTERVAL_MS: '100',
      WORKFLOW_STEP_TIMEOUT_MS: '5000',
    },
  });
  await configure();
  await runEverything();
  await readEverything();
  dump = await dumpDatabase(pipeline.databaseUrl);
}, 180_000);
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await Promise.all([vendor.close(), thief.close(), oncall.close()]);
}, 300_000);

let agentKey: string;
let deciderKey: string;
let alertId: string;
const runs: string[] = [];

async function configure(): Promise<void> {
  const scopes = ['workflows:execute', 'workflows:read'];
  agentKey = await aKey({ name: 'agent', key_type: 'agent', scopes });
  deciderKey = await aKey({
    name: 'Eva',
    key_type: 'human',
    principal: 'eva',
    scopes: ['approvals:write'],
  });
  const approver = {
    ...{ principal: 'dora', name: 'Dora', slack_user_id: 'U0DORA' },
    webhook_url: `${oncall.url}/hooks/${WEBHOOK}`,
    slack_webhook_url: `${oncall.url}/services/${SLACK}`,
  };
  const once = { headers: { 'idempotency-key': 'dora' }, isShowing: true } as const;
  const { signing_secret: signing } = await ask<{ signing_secret: string }>(
    'POST',
    '/v1/approvers',
    approver,
    once,
  );
  await ask('POST', '/v1/approvers', approver, once);
  searchFor.add('signing secret of an approver', signing);
  await ask('POST', '/v1/agents', {
    ...{ name: 'watcher', webhook_url: `${oncall.url}/agent`, events: ['approval.requested'] },
  }, { isShowing: true }); // prettier-ignore
  alertId = (
    await ask<{ alert_uuid: string }>('POST', '/v1/ingest/generic', {
      ...{ title: 'Two badges', severity: 'High', occurred_at: '2026-11-30T10:00:00Z' },
    })
  ).alert_uuid;
  await configEffective();
}

async function aKey(body: object): Promise<string> {
  const { key } = await ask<{ key: string }>('POST', '/v1/api-keys', body, { isShowing: true });
  searchFor.add(`key ${JSON.stringify(body)}`, key.slice(-43));
  return key;
}

type Step = Record<string, unknown>;
const post = (name: string, rest: Step = {}): Step => ({
  name,
  method: 'POST',
  url: `/${name}`,
  json: {},
  ...rest,
});
const header = (name: string) => ({
  kind: 'header',
  name: 'X-Key',
  value: `{{ secrets.${name} }}`,
});

/** Every way in which a step sends a secret. */
const STEPS: Step[] = [
  post('json', {
    auth: header('header_key'),
    json: {
      plain: '{{ secrets.json_key }}',
      ...Object.fromEntries(
        ['base64', 'base64 | base64', 'base64url', 'json_string', 'odata_string', 'query_phrase', 'percent_encode | percent_encode', 'upper'].map((filters, index) => [`f${index}`, `{{ secrets.json_key | ${filters} }}`]), // prettier-ignore
      ),
    },
  }),
  post('query', {
    url: '/path/{{ secrets.path_key }}/{{ secrets.path_key | base64url }}',
    auth: { kind: 'query', name: 'key', value: '{{ secrets.query_key }}' },
  }),
  { ...post('basic'), json: undefined, form: { key: '{{ secrets.form_key }}' }, auth: { kind: 'basic', username: 'calseta', password: '{{ secrets.basic_key }}' } },
  post('oauth'),
  post('temp'),
  post('use', { headers: { 'X-Temp': '{{ steps.temp.body.TempPassword }}' } }),
  post('html', { json: { key: '{{ secrets.json_key }}' }, optional: true }),
  post('refused', { json: { key: '{{ secrets.json_key }}' } }),
]; // prettier-ignore
const OAUTH = {
  kind: 'client_credentials',
  token_url: '/token',
  client_id: 'calseta',
  client_secret: '{{ secrets.oauth_key }}',
};

async function aWorkflow(name: string, steps: Step[], rest: object = {}): Promise<string> {
  const body = { name, steps, base_url: vendor.url, approval_mode: 'always', ...rest };
  return (await ask('POST', '/v1/workflows', body)).uuid;
}
const grant = async (names: string[], workflow: string, origins = [vendor.url]) => {
  for (const name of names)
    await ask('POST', '/v1/secrets', {
      ...{ name, value: VALUES[name], allowed_origins: origins, workflow_uuids: [workflow] },
    });
};

type Asked = { run_uuid: string; approval_uuid: string };
async function askFor(workflow: string): Promise<Asked> {
  const body = { alert_uuid: alertId, reason: 'A test of secrets.' };
  const asked = await ask<Asked>('POST', `/v1/workflows/${workflow}/execute`, body, {
    key: agentKey,
  });
  runs.push(asked.run_uuid);
  return asked;
}

type Run = { status: string; outcome: string; summary: string; steps: { outcome: string }[] };
const ended = async ({ run_uuid: uuid }: Asked): Promise<Run> =>
  await eventually(
    async () => {
      const run = await ask<Run & { finished_at?: string }>('GET', `/v1/workflow-runs/${uuid}`);
      expect(run.finished_at).toBeDefined();
      return run;
    },
    { timeoutMs: 30_000 },
  );

const approve = async ({ approval_uuid: uuid }: Asked): Promise<void> => {
  await ask(
    'POST',
    `/v1/workflow-approvals/${uuid}/approve`,
    { reason: 'Yes.' },
    { key: deciderKey },
  );
};

const ends: Record<string, Run> = {};

async function runEverything(): Promise<void> {
  const everything = await aWorkflow('Everything', STEPS, { auth: OAUTH });
  await grant(NAMES, everything);
  const asked = await askFor(everything);
  await decideByLink(asked);
  ends['everything'] = await ended(asked);

  const tests = { recorded: [], reason: 'A test' };
  await call('POST', `/v1/workflows/${everything}/test`, { body: tests });
  await call('POST', `/v1/workflows/${everything}/execute`, {
    body: { reason: 'x', dry_run: true },
  });

  const moved = [301, 302, 303, 307, 308].map((status) =>
    post(`moved_${status}`, { url: `/moved/${status}`, optional: true, auth: header('moved_key') }),
  );
  ends['moved'] = await runOne('moved_key', moved);
  ends['cut off'] = await runOne('cut_key', [
    post('hang', { json: { key: '{{ secrets.cut_key }}' } }),
  ]);
  const nobody = `http://127.0.0.1:${closedPort}`;
  const away = post('away', { url: `${nobody}/{{ secrets.away_key }}?k={{ secrets.away_key }}` });
  ends['away'] = await runOne('away_key', [away], [nobody]);
  ends['narrowed'] = await runNarrowed();
  await clickInSlack();
}

async function runOne(name: string, steps: Step[], origins = [vendor.url]): Promise<Run> {
  VALUES[name] = secret(name);
  const workflow = await aWorkflow(name, steps);
  await grant([name], workflow, origins);
  const asked = await askFor(workflow);
  await approve(asked);
  return await ended(asked);
}

/** The origins of the secret change after the request, and the workflow may not be led there either. */
async function runNarrowed(): Promise<Run> {
  VALUES['narrow_key'] = secret('narrow_key');
  const step = post('narrow', { auth: header('narrow_key') });
  const workflow = await aWorkflow('narrow', [step]);
  await grant(['narrow_key'], workflow);
  for (const change of [
    { base_url: thief.url },
    { steps: [{ ...step, url: `${thief.url}/narrow` }] },
  ])
    expect((await call('PATCH', `/v1/workflows/${workflow}`, { body: change })).status).toBe(422);
  const asked = await askFor(workflow);
  await ask('PATCH', '/v1/secrets/narrow_key', {
    ...{ value: VALUES['narrow_key'], allowed_origins: [thief.url] },
  });
  await approve(asked);
  return await ended(asked);
}

async function clickInSlack(): Promise<void> {
  const { uuid: workflow } = await ask('POST', '/v1/workflows', { name: 'clicked', base_url: vendor.url, steps: [post('clicked')] });
  const asked = await askFor(workflow);
  const click = {
    ...{ type: 'block_actions', user: { id: 'U0DORA' } },
    actions: [{ action_id: 'calseta_approve', value: asked.approval_uuid }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(click) });
  const time = String(Math.floor(Date.now() / 1_000));
  const signatureBy = (key: string) =>
    `v0=${createHmac('sha256', key).update(`v0:${time}:${body.toString()}`).digest('hex')}`;
  const send = async (key: string) =>
    await call('POST', '/v1/workflow-approvals/callbacks/slack', {
      ...{ body, key: null },
      headers: { 'x-slack-request-timestamp': time, 'x-slack-signature': signatureBy(key) },
    });
  expect((await send('of somebody else')).status).toBe(401);
  expect((await send(SLACK_SIGNING)).status).toBe(200);
  ends['clicked'] = await ended(asked);
} // prettier-ignore

const LINK = /\/v1\/workflow-approvals\/links\/([\w-]{43})/g;

async function decideByLink({ approval_uuid: uuid }: Asked): Promise<void> {
  const told = await eventually(
    () => {
      const hooks = oncall.requests.filter(
        ({ body, path }) => path !== '/agent' && body.includes(uuid),
      );
      expect(hooks.length).toBeGreaterThan(3);
      return hooks;
    },
    { timeoutMs: 60_000 },
  );
  const tokens = new Set(
    told.flatMap(({ body }) => [...body.matchAll(LINK)].map(([, token = '']) => token)),
  );
  for (const [index, token] of [...tokens].entries())
    searchFor.add(`token of link ${index}`, token);
  const [first = ''] = tokens;
  const path = `/v1/workflow-approvals/links/${first}`;
  const form = (decision: string) => new URLSearchParams({ decision, reason: 'Called her.' });
  const open = { key: null, isShowing: true } as const;
  expect((await call('GET', `${path}?utm_source=mail`, open)).status).toBe(200);
  const statuses = [
    await call('POST', path, { ...open, body: form('perhaps') }),
    await call('POST', `${path}x`, { ...open, body: form('approve') }),
    await call('POST', path, { ...open, body: form('approve') }),
    await call('POST', path, { ...open, body: form('approve') }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([422, 404, 200, 409]);
}

async function readEverything(): Promise<void> {
  await eventually(() => expect(runsToldToAgent()).toEqual(new Set(runs)), { timeoutMs: 30_000 });
  for (const list of ['workflows', 'workflow-runs', 'workflow-approvals', 'approvers', 'secrets', 'agents', 'deliveries', 'alerts'])
    await ask('GET', `/v1/${list}?page_size=100`); // prettier-ignore
  for (const uuid of runs) {
    await ask('GET', `/v1/workflow-runs/${uuid}`);
    expect((await call('GET', `/v1/workflow-runs/${uuid}?format=text`)).status).toBe(200);
    const params = { name: 'get_workflow_run', arguments: { run_uuid: uuid } };
    const { status, text } = await call('POST', '/mcp', {
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
      headers: { accept: 'application/json, text/event-stream' },
    });
    expect([status, text]).toEqual([200, expect.stringContaining(uuid)]);
  }
  for (const { uuid } of await ask<{ uuid: string }[]>(
    'GET',
    '/v1/workflow-approvals?page_size=100',
  ))
    await ask('GET', `/v1/workflow-approvals/${uuid}`);
  for (const { uuid } of await ask<{ uuid: string }[]>('GET', '/v1/workflows?page_size=100'))
    await ask('GET', `/v1/workflows/${uuid}/versions`);
  for (const part of [
    '',
    '/activity?page_size=100',
    '/context?format=markdown',
    '/context?format=json',
  ])
    await call('GET', `/v1/alerts/${alertId}${part}`);
}

const eventsToAgent = () => oncall.requests.filter(({ path }) => path === '/agent');
const runsToldToAgent = () =>
  new Set(
    eventsToAgent().map(
      ({ body }) => (JSON.parse(body) as { data: { run_uuid: string } }).data.run_uuid,
    ),
  );

describe('the runs', () => {
  test('ended as their vendors answered', () => {
    expect(ends).toMatchObject({
      everything: {
        status: 'failed',
        outcome: 'failed',
        summary: expect.stringContaining('Step refused'),
      },
      moved: { status: 'succeeded', steps: moved(5) },
      'cut off': { status: 'uncertain' },
      away: { status: 'failed', outcome: 'unreachable' },
      narrowed: {
        status: 'failed',
        steps: [],
        summary: `The secret narrow_key may not be sent to ${vendor.url}.`,
      },
      clicked: { status: 'succeeded' },
    });
    expect(ends['everything']?.steps).toHaveLength(STEPS.length);
  });

  const moved = (count: number) => Array.from({ length: count }, () => ({ outcome: 'error' }));

  test('sent each secret where it belongs, and to nobody else', () => {
    const found = searchFor.findIn(JSON.stringify(vendor.requests));
    const expected = [...NAMES, 'moved_key', 'cut_key', 'access token', 'temporary password'];
    expect(found.filter((name) => !name.endsWith('encoded twice')).sort()).toEqual(expected.sort());
    expect(thief.requests).toEqual([]);
    expect(vendor.requests.filter(({ path }) => path.includes('narrow'))).toEqual([]);
  });

  test('were told to the agent that takes the event, without what decides', () => {
    const told = eventsToAgent().map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(runsToldToAgent()).toEqual(new Set(runs));
    for (const event of told)
      expect(event).toMatchObject({
        event: 'approval.requested',
        data: { run_uuid: expect.any(String), alert_uuid: alertId, reason: 'A test of secrets.' },
      });
    expect(JSON.stringify(eventsToAgent())).not.toMatch(/links/);
  });
});

const seenIn = (texts: readonly string[]): string[] => [
  ...new Set(
    texts.flatMap((text) =>
      searchFor.findIn(text).map((name) => {
        return `${name}: ${text.slice(0, 3_000)}`;
      }),
    ),
  ),
];

describe('no secret is in', () => {
  test('the logs', () => {
    const lines = pipeline.logs.lines();
    const events = new Set(lines.map(({ event }) => event));
    for (const event of ['workflow.run', 'approval.told', 'http.request'])
      expect(events).toContain(event);
    expect(seenIn(lines.map((line) => JSON.stringify(line)))).toEqual([]);
  });

  test('a column of the database, in clear', () => {
    const rowsOf = (name: string) => dump.find(({ table }) => table === name)?.rows.length ?? 0;
    for (const table of ['secrets', 'workflow_run_steps', 'approval_notices', 'approval_links', 'activity', 'idempotency_records'])
      expect([table, rowsOf(table) > 0]).toEqual([table, true]); // prettier-ignore
    expect(seenIn(dump.flatMap(({ table, rows }) => rows.map((row) => `${table} ${row}`)))).toEqual(
      [],
    );
  });

  test('an answer, a story or the activity', () => {
    expect(answers.length).toBeGreaterThan(50);
    expect(seenIn(answers)).toEqual([]);
  });

  test('what an agent is told', () =>
    expect(seenIn(eventsToAgent().map(({ body }) => body))).toEqual([]));
});
