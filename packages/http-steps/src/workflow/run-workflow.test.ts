import { describe, expect, test } from '@jest/globals';
import { noTokens } from '../run/obtain-token.js';
import { type Send } from '../run/take-step.js';
import { prepareSecrets } from '../redact/redact-secrets.js';
import { compileWorkflow } from './compile-workflow.js';
import { pick } from './kept-values.js';
import { playRecording, type RecordedExchange } from './recording.js';
import { type EndedStep, type KnownStep, runWorkflow } from './run-workflow.js';
import { showRequests } from './show-requests.js';
import { workflowDefinitionSchema } from './workflow-schema.js';

function compiled(steps: object[], rest: object = {}) {
  const workflow = compileWorkflow(workflowDefinitionSchema.parse({ steps, ...rest }));
  if (!workflow.ok) throw new Error(JSON.stringify(workflow.issues));
  return workflow.value;
}

const get = (name: string, rest: object = {}) => ({
  name,
  method: 'GET',
  url: `/${name}`,
  ...rest,
});
const post = (name: string, rest: object = {}) => ({
  name,
  method: 'POST',
  url: `/${name}`,
  ...rest,
});

/** What came of the steps, what was stored of each, and what was sent. */
async function run(
  workflow: ReturnType<typeof compiled>,
  send: Send,
  known: Record<number, KnownStep> = {},
) {
  const sent: string[] = [];
  const stored: Record<number, EndedStep> = {};
  const reading = await runWorkflow({
    ...{ workflow, baseUrl: 'https://v.example', replacesOrigin: false, tokens: noTokens },
    scope: { indicator: { type: 'account', value: 'jane' }, parameters: { fast: true } },
    secrets: prepareSecrets(['the-secret']),
    secretsOf: () => ({ key: 'the-secret' }),
    headersOf: () => ({}),
    attempt: async (once) => await once(),
    journal: {
      known: (number) => known[number],
      begin: async (number, _, { url }) => {
        sent.push(`${number} ${url}`);
        await Promise.resolve();
      },
      repeat: async () => await Promise.resolve(),
      end: async (number, ended) => {
        stored[number] = await Promise.resolve(ended);
      },
    },
    send,
  });
  return { reading, sent, stored };
}

const answer =
  (body: unknown, status = 200): Send =>
  async () =>
    await Promise.resolve({ kind: 'answer', status, headers: {}, body: JSON.stringify(body) });
const silence: Send = async () => await Promise.resolve({ kind: 'timeout', error: 'late' });

describe('runWorkflow', () => {
  const TWO = compiled([get('find'), post('act', { url: '/act/{{ steps.find.body.id }}' })]);

  test('stores of an answer what later steps read, and no more', async () => {
    const { sent, stored } = await run(TWO, answer({ id: 7, name: 'Jane' }));
    expect(sent).toEqual(['1 https://v.example/find', '2 https://v.example/act/7']);
    expect([stored[1]?.values, stored[2]?.values]).toEqual([{ body: { id: 7 } }, {}]);
  });

  test('takes up where it stopped: what is answered is not sent again', async () => {
    const known = {
      1: { outcome: 'found', values: { body: { id: 9 } }, isAnswered: true },
    } as const;
    expect((await run(TWO, answer({}), known)).sent).toEqual(['2 https://v.example/act/9']);
    const failed = { 1: { outcome: 'not_found', message: 'gone', isAnswered: true } } as const;
    const { reading, sent } = await run(TWO, answer({}), failed);
    expect([reading.status, reading.outcome, sent]).toEqual(['failed', 'not_found', []]);
  });

  test('is uncertain when a step that acts has no answer, and not when one that reads has none', async () => {
    expect((await run(compiled([post('act')]), silence)).reading.status).toBe('uncertain');
    expect((await run(compiled([get('find')]), silence)).reading).toMatchObject({
      ...{ status: 'failed', outcome: 'unreachable', isRetryable: true },
    });
    const unsent: Send = async () =>
      await Promise.resolve({ kind: 'unreachable', error: 'ECONNREFUSED', isUnsent: true });
    expect((await run(compiled([post('act')]), unsent)).reading.status).toBe('failed');
  });

  test.each([
    [{ isAnswered: false }, 'uncertain', 0],
    [{ isAnswered: true }, 'succeeded', 1],
  ])('with a step before that was sent (%j) is %s', async (known, status, sends) => {
    const { reading, sent } = await run(compiled([post('act')]), answer({}), { 1: known });
    expect([reading.status, sent.length]).toEqual([status, sends]);
  });

  test('skips a step by what earlier ones answered', async () => {
    const skip_if = { all: [{ field: 'steps.find.body.state', op: 'eq', value: 'closed' }] };
    const workflow = compiled([get('find'), post('close', { skip_if })]);
    expect((await run(workflow, answer({ state: 'closed' }))).sent).toHaveLength(1);
    expect((await run(workflow, answer({ state: 'open' }))).sent).toHaveLength(2);
  });

  test('says in which state it found what it does not apply to, without what nobody may read', async () => {
    const rule = (field: string) => ({ field: `body.${field}`, op: 'exists', value: true });
    const wanted = ['state', 'note', 'sessionToken', 'owner', 'echo'].map(rule);
    const workflow = compiled([get('find', { not_applicable: { any: wanted } })]);
    const { reading } = await run(
      workflow,
      answer({
        state: 'closed',
        note: 'x'.repeat(65),
        sessionToken: 'tok-123456',
        echo: 'the-secret',
      }),
    );
    expect(reading).toMatchObject({ status: 'failed', outcome: 'not_applicable' });
    expect(reading.summary).toBe(
      'Step find does not apply in the present state: state is closed; owner is absent; echo is [redacted]',
    );
    expect(JSON.stringify(reading)).not.toContain('the-secret');
    expect(reading.summary).not.toContain('tok-123456');
  });

  test('says which state was read back in place of the wanted one', async () => {
    const expectOpen = { all: [{ field: 'body.list.state', op: 'eq', value: 'open' }] };
    const workflow = compiled([get('read_back', { expect: expectOpen })]);
    const { reading } = await run(workflow, answer({ list: [{ state: 'shut' }, { state: 3 }] }));
    expect(reading.summary).toMatch(
      /the state that was read back is another: list\.state is shut, 3$/,
    );
  });

  test('shows neither a secret nor what an answer holds under a secret key', async () => {
    const workflow = compiled([
      post('login', { json: { k: '{{ secrets.key }}' } }),
      post('act', { headers: { 'X-T': '{{ steps.login.body.sessionToken }}' } }),
    ]);
    const { reading, stored } = await run(
      workflow,
      answer({ sessionToken: 'tok-123456', echo: 'the-secret tok-123456' }),
    );
    const shown = JSON.stringify([reading.trace, stored[2]]);
    expect(shown).not.toContain('the-secret');
    // The first answer repeats the token in a place that nobody could know.
    expect(JSON.stringify(reading.trace[1])).not.toContain('tok-123456');
    expect(reading.trace[1]?.request.headers['X-T']).toBe('[redacted]');
  });
});

describe('playRecording', () => {
  const workflow = compiled([
    get('find', { found: { all: [{ field: 'body.id', op: 'exists', value: true }] } }),
    post('act', { url: '/act/{{ steps.find.body.id }}' }),
    get('read_back'),
  ]);
  const found: RecordedExchange = { status: 200, body: { id: 1 } };
  const done: RecordedExchange = { status: 200, body: {} };
  const ask = async (exchanges: RecordedExchange[]) => {
    const { send, missing, leftOver } = playRecording(workflow, exchanges);
    for (const { name, method } of workflow.steps)
      await send({ method, url: '', headers: {} }, name);
    return [[...missing], leftOver()];
  };

  test.each([
    ['all of them', [found, done, done], []],
    ['those of the first steps', [found, done], ['read_back']],
    ['the one of the step that acts', [done], ['find', 'read_back']],
    ['one by its name', [{ ...done, step: 'act' }], ['find', 'read_back']],
    ['one by its method', [{ ...found, method: 'POST' }], ['find', 'read_back']],
    ['one under a name of its own', [found, { ...done, step: 'suspend_user' }], ['read_back']],
  ])('gives %s to the steps that they are of', async (_, exchanges, missing) => {
    expect(await ask(exchanges)).toEqual([missing, 0]);
  });
});

test('showRequests names secrets and later answers', () => {
  const workflow = compiled([
    get('find'),
    post('act', {
      url: '/act/{{ steps.find.body.id }}',
      json: { k: '{{ secrets.key }}', n: '{{ steps.find.body.n }}' },
    }),
  ]);
  const scope = { indicator: {}, secrets: { key: '' } };
  expect(showRequests(workflow, { scope, baseUrl: 'https://v.example' })[1]?.request).toMatchObject(
    {
      url: 'https://v.example/act/<steps.find.body.id>',
      body: '{"k":"<key>","n":"<steps.find.body.n>"}',
    },
  );
});

test('pick keeps paths through lists, and nothing beside them', () => {
  const tree = { body: { list: [{ id: 1, x: 2 }, { id: 3 }], other: 4 } };
  expect(pick(tree, [['body', 'list', '1', 'id']])).toEqual({ body: { list: [null, { id: 3 }] } });
  expect(pick(tree, [['status']])).toEqual({});
});
