import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid, type RunParameters } from '@calseta/common';
import {
  createRunExecutionStore,
  createRunStore,
  createSecretStore,
  createWorkflowStore,
} from '@calseta/database';
import {
  needsBase,
  secretsOf,
  type WorkflowDefinition,
  workflowDefinitionSchema,
  type WorkflowStep,
} from '@calseta/http-steps';
import { cipherOf, loadConfig } from '@calseta/platform';
import { dispatcherConfig } from '@calseta/dispatcher';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { createWorld, type World } from './dispatcher-under-test.js';

const SECRET = 'p4ss-w0rd/of the vendor?';
const QUICK = { WORKFLOW_POLL_INTERVAL_MS: '50' };

let world: World;
let vendor: WebhookSink;

beforeAll(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.stopAll();
  await world.database.query('TRUNCATE secrets CASCADE');
  await vendor.close();
});
afterAll(async () => {
  await world.close();
});

const cipher = cipherOf(loadConfig(dispatcherConfig, {}));
const stores = () => ({
  workflows: createWorkflowStore(world.database),
  runs: createRunStore(world.database),
  secrets: createSecretStore(world.database, (text) => cipher.encrypt(text)),
  execution: createRunExecutionStore(world.database),
});

const post = (name: string, rest: Partial<WorkflowStep> = {}): WorkflowStep => ({
  name,
  method: 'POST',
  url: `/${name}`,
  json: {},
  ...rest,
});

/** A workflow at the vendor, whose secret is granted and may be sent there. */
async function aWorkflow(
  steps: WorkflowStep[],
  { auth, origin = vendor.url }: { auth?: WorkflowDefinition['auth']; origin?: string } = {},
) {
  const definition = workflowDefinitionSchema.parse({ steps, ...(auth && { auth }) });
  const { workflows, secrets } = stores();
  const workflow = await workflows.create(
    {
      ...{ name: `Workflow ${newUuid()}`, documentation: '', approval_mode: 'never' },
      ...{ risk_level: 'low', indicator_types: [], base_url: vendor.url, approvers: [] },
      ...{ definition, is_active: true, secret_names: secretsOf(definition) },
      needs_base_url: needsBase(definition),
    },
    'dora',
  );
  for (const name of secretsOf(definition))
    await secrets.create({
      ...{ name, value: SECRET, allowed_origins: [origin], created_by: 'dora' },
      workflow_uuids: [workflow.uuid],
    });
  return workflow;
}

/** Asks for a run, which is queued. */
async function ask(
  workflow: { uuid: string; version: number; name: string },
  given: { parameters?: RunParameters; alertId?: string } = {},
): Promise<string> {
  const { run_uuid } = await stores().runs.create({
    ...{ workflowId: workflow.uuid, workflowVersion: workflow.version },
    workflowName: workflow.name,
    requester: { principalId: 'dora', keyId: 'k', name: 'Dora', keyType: 'human' },
    ...{ reason: 'A test', alertId: given.alertId, parameters: given.parameters ?? {} },
    indicator: { type: 'account', value: 'jane.roe@contoso.com' },
  });
  return run_uuid;
}

const ended = async (runId: string) =>
  await eventually(async () => {
    const run = await stores().runs.get(runId);
    expect(run?.finished_at).toBeDefined();
    return run;
  });

const paths = () => vendor.requests.map(({ path }) => path);
const json = (value: unknown) => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

describe('a run', () => {
  test('sends its steps in order, each with what earlier ones answered, and keeps what was said', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith(({ path }) => json(path === '/find' ? { id: 'u 1' } : { closed: true }));
    const workflow = await aWorkflow([
      { name: 'find', method: 'GET', url: '/find' },
      post('close', { url: '/users/{{ steps.find.body.id }}', json: { why: '{{ reason }}' } }),
    ]);
    await world.start({ env: QUICK });
    const run = await ended(await ask(workflow));
    expect(run).toMatchObject({
      status: 'succeeded',
      outcome: 'done',
      summary: 'Done: find, close.',
    });
    expect(paths()).toEqual(['/find', '/users/u%201']);
    const [, close] = vendor.requests;
    expect(JSON.parse(close?.body ?? '')).toEqual({ why: 'A test' });
    expect(close?.headers['idempotency-key']).toBe(run?.steps[1]?.idempotency_key);
    expect(run?.steps[1]).toMatchObject({
      outcome: 'done',
      attempt_count: 1,
      response: { status: 200, body: '{"closed":true}' },
    });
  });

  test('that two dispatchers see is executed once', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith(() => ({ ...json({}), delayMs: 20 }));
    const workflow = await aWorkflow([post('one'), post('two')]);
    await Promise.all([world.start({ env: QUICK }), world.start({ env: QUICK })]);
    const runs = await Promise.all(Array.from({ length: 15 }, async () => await ask(workflow)));
    for (const run of runs) expect((await ended(run))?.status).toBe('succeeded');
    expect(paths().filter((path) => path === '/one')).toHaveLength(15);
    expect(paths().filter((path) => path === '/two')).toHaveLength(15);
    const keys = vendor.requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(30);
  });

  test('is written into the activity of its alert', async () => {
    vendor = await startWebhookSink();
    const alert = await world.anEnrichedAlert();
    const workflow = await aWorkflow([post('one')]);
    await world.start({ env: QUICK });
    await ended(await ask(workflow, { alertId: alert.id }));
    const rows = await world.database.prisma.activity.findMany({
      where: { alertId: alert.id, kind: { startsWith: 'workflow_' } },
      orderBy: { id: 'asc' },
    });
    expect(rows.map(({ kind }) => kind)).toEqual(['workflow_requested', 'workflow_succeeded']);
  });

  test('ends before anything is sent when the workflow was switched off or a secret is not granted', async () => {
    vendor = await startWebhookSink();
    const off = await aWorkflow([post('one')]);
    await stores().workflows.update(off.uuid, {
      ...{ changes: { is_active: false }, changedBy: 'dora' },
      check: () => undefined,
    });
    const auth = { kind: 'header', name: 'X-Key', value: '{{ secrets.key }}' } as const;
    const bare = await aWorkflow([post('one')], { auth });
    await stores().secrets.update('key', { workflow_uuids: [] });
    await world.start({ env: QUICK });
    expect((await ended(await ask(off)))?.summary).toMatch(/switched off/);
    expect((await ended(await ask(bare)))?.summary).toMatch(/not granted to it: key/);
    expect(vendor.requests).toEqual([]);
  });
});

describe('after a kill', () => {
  /** The state that a process leaves behind which dies right after `begin`, or after `answer`. */
  async function leave(runId: string, outcome: string | undefined, mayRepeat = false) {
    const { execution } = stores();
    const [run] = await execution.claim(1, 60_000);
    if (run?.runId !== runId) throw new Error('another run was claimed');
    await execution.begin(run, {
      ...{ number: 1, name: 'one', idempotencyKey: newUuid(), mayRepeat },
      request: { method: 'POST', url: 'http://x/one', headers: {} },
    });
    if (outcome !== undefined)
      await execution.answer(run, {
        ...{ number: 1, outcome },
        valuesEncrypted: cipher.encrypt(JSON.stringify({ body: { id: 'kept' } })),
      });
    await execution.release(run);
  }

  const STEPS = [post('one'), post('two', { url: '/two/{{ steps.one.body.id }}' })];

  test('a step that was answered is not sent again, and its answer is there', async () => {
    vendor = await startWebhookSink();
    const runId = await ask(await aWorkflow(STEPS));
    await leave(runId, 'done');
    await world.start({ env: QUICK });
    expect((await ended(runId))?.status).toBe('succeeded');
    expect(paths()).toEqual(['/two/kept']);
  });

  test('a step that was sent and not answered makes the run uncertain', async () => {
    vendor = await startWebhookSink();
    const runId = await ask(await aWorkflow(STEPS));
    await leave(runId, undefined);
    await world.start({ env: QUICK });
    expect(await ended(runId)).toMatchObject({ status: 'uncertain', outcome: 'uncertain' });
    expect(vendor.requests).toEqual([]);
  });

  test('a step that may be repeated is sent again, under the same key', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith(() => json({ id: 7 }));
    const [first, ...rest] = STEPS;
    const runId = await ask(
      await aWorkflow([{ ...post('one'), ...first, may_repeat: true }, ...rest]),
    );
    await leave(runId, undefined, true);
    await world.start({ env: QUICK });
    expect(await ended(runId)).toMatchObject({
      status: 'succeeded',
      steps: [{ attempt_count: 2 }, {}],
    });
    expect(paths()).toEqual(['/one', '/two/7']);
  });

  test('a dispatcher that stops between two steps lets the next one go on', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith(({ path }) => ({ ...json({ id: 1 }), delayMs: path === '/one' ? 200 : 0 }));
    const workflow = await aWorkflow(STEPS);
    const first = await world.start({ env: QUICK });
    const runId = await ask(workflow);
    await eventually(() => expect(paths()).toEqual(['/one']));
    await first.stop();
    expect((await stores().runs.get(runId))?.steps).toMatchObject([{ outcome: 'done' }]);
    await world.start({ env: QUICK });
    expect((await ended(runId))?.status).toBe('succeeded');
    expect(paths()).toEqual(['/one', '/two/1']);
  });
});

describe('a step', () => {
  test('that is cut off is uncertain, and one that never arrived is tried again', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith(() => ({ hangUp: true }));
    const workflow = await aWorkflow([post('one'), post('two')]);
    await world.start({ env: QUICK });
    expect(await ended(await ask(workflow))).toMatchObject({ status: 'uncertain' });
    expect(paths()).toEqual(['/one']);
  });

  test('that is asked to wait is sent again, and counted', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith((_, index) =>
      index === 0 ? { status: 429, headers: { 'retry-after': '0' } } : json({}),
    );
    const workflow = await aWorkflow([post('one')]);
    await world.start({ env: QUICK });
    expect(await ended(await ask(workflow))).toMatchObject({
      status: 'succeeded',
      steps: [{ attempt_count: 2, outcome: 'done' }],
    });
  });

  test('that finds two devices stops the run before anything is done', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith(() => json({ resources: ['a', 'b'] }));
    const workflow = await aWorkflow([
      { name: 'find', method: 'GET', url: '/find', exactly_one: 'body.resources' },
      post('contain', { json: { ids: ['{{ steps.find.body.resources.0 }}'] } }),
    ]);
    await world.start({ env: QUICK });
    expect(await ended(await ask(workflow))).toMatchObject({
      ...{ status: 'failed', outcome: 'ambiguous' },
      summary: 'Step find found more than one: 2 match, and exactly one is needed',
    });
    expect(paths()).toEqual(['/find']);
  });

  test('reads a changed state until it is the wanted one', async () => {
    vendor = await startWebhookSink();
    vendor.respondWith((_, index) => json({ status: index < 2 ? 'pending' : 'contained' }));
    const workflow = await aWorkflow([
      post('contain'),
      {
        ...{ name: 'read_back', method: 'GET', url: '/status' },
        expect: { all: [{ field: 'body.status', op: 'eq', value: 'contained' }] },
        expect_within_seconds: 10,
      },
    ]);
    await world.start({ env: QUICK });
    expect((await ended(await ask(workflow)))?.status).toBe('succeeded');
    expect(paths()).toEqual(['/contain', '/status', '/status']);
  });
});

describe('a secret', () => {
  const AUTH = { kind: 'basic', username: 'calseta', password: '{{ secrets.key }}' } as const;
  const forms = [
    SECRET,
    encodeURIComponent(SECRET),
    Buffer.from(SECRET).toString('base64'),
    Buffer.from(`calseta:${SECRET}`).toString('base64'),
    Buffer.from(SECRET).toString('hex'),
    JSON.stringify(SECRET).slice(1, -1),
  ];

  test('is sent, and stands in no row, line or answer, in whatever encoding', async () => {
    vendor = await startWebhookSink();
    // A vendor that repeats everything, and answers a password of its own.
    vendor.respondWith(({ headers, body, path }) => ({
      ...json({
        headers,
        body,
        path,
        error: { message: `no: ${SECRET}` },
        tempPassword: 'Xq7-temp',
      }),
      status: path.startsWith('/three') ? 400 : 200,
    }));
    const alert = await world.anEnrichedAlert();
    const workflow = await aWorkflow(
      [
        post('one', { json: { key: '{{ secrets.key }}', hex: '{{ secrets.key | base64 }}' } }),
        post('two', {
          url: '/two/{{ secrets.key }}?k={{ secrets.key | base64url }}',
          headers: { 'X-Temp': '{{ steps.one.body.tempPassword }}' },
        }),
        { name: 'three', method: 'POST', url: '/three', form: { key: '{{ secrets.key }}' } },
      ],
      { auth: AUTH },
    );
    await world.start({ env: QUICK });
    const run = await ended(await ask(workflow, { alertId: alert.id }));
    expect(run).toMatchObject({ status: 'failed', outcome: 'failed' });
    expect(vendor.requests[0]?.body).toContain(SECRET);
    expect(vendor.requests[1]?.headers['x-temp']).toBe('Xq7-temp');
    expect(run?.steps).toHaveLength(3);

    const { prisma } = world.database;
    const rows = [
      await prisma.workflowRun.findMany({ include: { stepRows: true } }),
      await prisma.workflow.findMany({ include: { versions: true } }),
      await prisma.secret.findMany(),
      await prisma.activity.findMany(),
    ];
    const everything = JSON.stringify([run, rows, world.logs]).toLowerCase();
    for (const form of [...forms, 'Xq7-temp'])
      expect([form, everything.includes(JSON.stringify(form).slice(1, -1).toLowerCase())]).toEqual([
        form,
        false,
      ]);
  });

  test('goes to no origin that it does not name: the run ends before', async () => {
    vendor = await startWebhookSink();
    const workflow = await aWorkflow([post('one')], {
      auth: AUTH,
      origin: 'https://elsewhere.example.com',
    });
    await world.start({ env: QUICK });
    expect((await ended(await ask(workflow)))?.summary).toBe(
      `The secret key may not be sent to ${vendor.url}.`,
    );
    expect(vendor.requests).toEqual([]);
  });
});
