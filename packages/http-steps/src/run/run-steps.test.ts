import { describe, expect, it } from '@jest/globals';
import { compileAuth, compileSteps } from '../steps/compile-steps.js';
import { type StepRequest } from '../steps/render-request.js';
import { type Auth, type Step, stepsSchema } from '../steps/step-schema.js';
import { answerRecorded, type RecordedAnswer } from './answer-recorded.js';
import { prepareSecrets } from '../redact/redact-secrets.js';
import { noTokens, type TokenSource } from './obtain-token.js';
import { runSteps, type StepsRun } from './run-steps.js';

const ROOTS = ['indicator', 'secrets'];
const LOOKUP: Step = { name: 'user', method: 'GET', url: '/users/{{ indicator.value }}' };
const GROUPS: Step = {
  name: 'groups',
  method: 'GET',
  url: '/users/{{ steps.user.body.id }}/groups',
  optional: true,
};

async function run(
  steps: Step[],
  answers: RecordedAnswer[],
  { auth = { kind: 'none' }, ...options }: Partial<Omit<StepsRun, 'auth'>> & { auth?: Auth } = {},
) {
  const compiled = compileSteps(stepsSchema.parse(steps), ROOTS);
  const compiledAuth = compileAuth(auth, ROOTS);
  if (!compiled.ok || !compiledAuth.ok) throw new Error('The steps are wrong.');
  const sent: StepRequest[] = [];
  const recorded = answerRecorded(answers);
  const result = await runSteps({
    steps: compiled.value,
    auth: compiledAuth.value,
    scope: { indicator: { value: 'a b/../c' }, secrets: { key: 's3cret-key', user: 'me' } },
    indicatorType: 'account',
    baseUrl: 'https://api.example/v1/',
    replacesOrigin: false,
    tokens: noTokens,
    secrets: prepareSecrets(['s3cret-key']),
    redact: ['tempPassword'],
    ...options,
    send: async (request, step) => {
      sent.push(request);
      return await recorded.send(request, step);
    },
  });
  return { result, sent, recorded };
}

const ok = (body: unknown): RecordedAnswer => ({ status: 200, body });

describe('steps', () => {
  it('use what came before', async () => {
    const { result, sent } = await run(
      [LOOKUP, GROUPS],
      [ok({ id: 'u/1' }), ok([{ name: 'admins' }])],
    );
    expect(sent.map(({ url }) => url)).toEqual([
      'https://api.example/v1/users/a%20b%2F..%2Fc',
      'https://api.example/v1/users/u%2F1/groups',
    ]);
    expect(result).toMatchObject({
      outcome: 'found',
      bodies: { user: { id: 'u/1' }, groups: [{ name: 'admins' }] },
    });
  });

  it('end with the first that has to find something and does not', async () => {
    const notFound: Step = {
      ...LOOKUP,
      not_found: { all: [{ field: 'status', op: 'eq', value: 404 }] },
    };
    const { result, sent } = await run([notFound, GROUPS], [{ status: 404, body: null }]);
    expect(result).toMatchObject({ outcome: 'not_found', endedBy: 'user' });
    expect(sent).toHaveLength(1);
  });

  it('go on without an optional one', async () => {
    const { result } = await run([LOOKUP, GROUPS], [ok({ id: 'u1' }), { status: 403, body: {} }]);
    expect(result).toMatchObject({ outcome: 'found', bodies: { user: { id: 'u1' } } });
    expect(result.trace.map(({ outcome }) => outcome)).toEqual(['found', 'auth']);
  });

  it('pass over an optional one whose values are missing, and send nothing for it', async () => {
    const { result, sent } = await run([LOOKUP, GROUPS], [ok({ name: 'no id' })]);
    expect(result.outcome).toBe('found');
    expect(sent).toHaveLength(1);
  });

  it('fail where a required one lacks a value', async () => {
    const { result } = await run([LOOKUP, { ...GROUPS, optional: false }], [ok({})]);
    expect(result).toMatchObject({
      outcome: 'error',
      endedBy: 'groups',
      message: 'steps.user.body.id has no value.',
      isRetryable: false,
    });
  });

  it('of other types of indicators are passed over', async () => {
    const { sent } = await run(
      [
        { ...LOOKUP, indicator_types: ['ip'] },
        { ...LOOKUP, name: 'other' },
      ],
      [ok({})],
    );
    expect(sent).toHaveLength(1);
  });

  it('never lead out of their path', async () => {
    const { result, sent } = await run([LOOKUP], [ok({})], {
      scope: { indicator: { value: '..' }, secrets: {} },
    });
    expect(sent).toEqual([]);
    expect(result).toMatchObject({
      outcome: 'error',
      message: 'The URL of step user would lead to another path.',
    });
  });

  it('never break out of a header', async () => {
    const step: Step = { ...LOOKUP, headers: { 'X-Name': '{{ indicator.value }}' } };
    const { result, sent } = await run([step], [ok({})], {
      scope: { indicator: { value: 'a\r\nHost: evil' }, secrets: {} },
    });
    expect(sent).toEqual([]);
    expect(result.outcome).toBe('error');
  });

  it('send JSON with types, and forms', async () => {
    const json: Step = {
      name: 'json',
      method: 'POST',
      url: 'https://api.example/search',
      json: {
        query: 'x',
        term: '{{ indicator.value }}',
        exact: false,
        list: [1, '{{ indicator.value }}'],
      },
    };
    const form: Step = {
      name: 'form',
      method: 'POST',
      url: '/form',
      form: { 'a b': '{{ indicator.value }}' },
    };
    const { sent } = await run([json, form], [ok({}), ok({})]);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      query: 'x',
      term: 'a b/../c',
      exact: false,
      list: [1, 'a b/../c'],
    });
    expect(sent[0]?.headers['Content-Type']).toBe('application/json');
    expect(sent[1]).toMatchObject({
      body: 'a+b=a+b%2F..%2Fc',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  });

  it('go to another origin as a whole, paths kept', async () => {
    const step: Step = {
      ...LOOKUP,
      url: 'https://api.vendor.example/api/v3/x/{{ indicator.value }}',
    };
    const { sent } = await run([step], [ok({})], {
      baseUrl: 'http://127.0.0.1:9/proxy/',
      replacesOrigin: true,
    });
    expect(sent[0]?.url).toBe('http://127.0.0.1:9/proxy/api/v3/x/a%20b%2F..%2Fc');
  });

  it('say which recorded answer is missing', async () => {
    const { result, recorded } = await run(
      [LOOKUP, { ...GROUPS, optional: false }],
      [ok({ id: 'u1' })],
    );
    expect(recorded.missing).toEqual(['groups']);
    expect(result).toMatchObject({ outcome: 'unreachable', endedBy: 'groups' });
  });
});

describe('credentials', () => {
  it.each<[Auth, Partial<StepRequest>]>([
    [
      { kind: 'header', name: 'X-Key', value: '{{ secrets.key }}' },
      { headers: { Accept: 'application/json', 'X-Key': 's3cret-key' } },
    ],
    [
      { kind: 'query', name: 'key', value: '{{ secrets.key }}' },
      { url: 'https://api.example/v1/users/a%20b%2F..%2Fc?key=s3cret-key' },
    ],
    [
      { kind: 'basic', username: '{{ secrets.user }}', password: '{{ secrets.key }}' },
      {
        headers: {
          Accept: 'application/json',
          Authorization: `Basic ${Buffer.from('me:s3cret-key').toString('base64')}`,
        },
      },
    ],
  ])('of kind %j stand in the request and never in the trace', async (auth, expected) => {
    const { result, sent } = await run([LOOKUP], [ok({})], { auth });
    expect(sent[0]).toMatchObject(expected);
    const shown = JSON.stringify(result.trace);
    expect(shown).toContain('<key>');
    expect(shown).not.toContain('s3cret');
    expect(shown).not.toContain(Buffer.from('s3cret-key').toString('base64').slice(0, 8));
  });

  it('that the other side repeats are taken out of what it says', async () => {
    const { result } = await run(
      [LOOKUP],
      [{ status: 401, body: { message: 'Wrong key s3cret-key' } }],
    );
    expect(result.message).toBe('Wrong key [redacted]');
    expect(JSON.stringify(result.trace)).not.toContain('s3cret');
  });

  it('in an answer are not shown', async () => {
    const { result } = await run([LOOKUP], [ok({ id: 'u1', tempPassword: 'Xy-9-z' })]);
    expect(result.trace[0]?.response?.body).toBe('{"id":"u1","tempPassword":"[redacted]"}');
  });

  it('stay out of the trace through every filter', async () => {
    const step: Step = {
      ...LOOKUP,
      headers: { 'X-Encoded': '{{ secrets.key | base64 }} {{ secrets.key | upper }}' },
    };
    const { result } = await run([step], [ok({})]);
    expect(result.trace[0]?.request.headers['X-Encoded']).toBe('<key> <key>');
  });

  const CLIENT: Auth = {
    kind: 'client_credentials',
    token_url: 'https://login.example/{{ secrets.user }}/token',
    client_id: 'id',
    client_secret: '{{ secrets.key }}',
    scope: 'all',
  };

  it('of a client are traded for one token a run', async () => {
    const { result, sent } = await run(
      [LOOKUP, GROUPS],
      [ok({ access_token: 't0ken', expires_in: 3_599 }), ok({ id: 'u1' }), ok([])],
      { auth: CLIENT },
    );
    expect(result.trace.map(({ step }) => step)).toEqual(['token', 'user', 'groups']);
    expect(sent[0]).toMatchObject({
      url: 'https://login.example/me/token',
      body: 'grant_type=client_credentials&client_id=id&client_secret=s3cret-key&scope=all',
    });
    expect(sent[1]?.headers['Authorization']).toBe('Bearer t0ken');
    expect(JSON.stringify(result.trace)).not.toMatch(/s3cret|t0ken/);
  });

  it.each([
    [{ status: 401, body: { error: 'invalid_client', error_description: 'Expired' } }, 'auth'],
    [{ status: 400, body: { error: 'invalid_client' } }, 'auth'],
    [{ status: 200, body: { token_type: 'Bearer' } }, 'bad_response'],
    [{ status: 503, body: null }, 'error'],
  ])('that are answered by %j end the run', async (answer, outcome) => {
    const { result, sent } = await run([LOOKUP], [answer], { auth: CLIENT });
    expect(result).toMatchObject({ outcome, endedBy: 'token' });
    expect(sent).toHaveLength(1);
  });

  it('are forgotten when they are not accepted', async () => {
    const forgotten: string[] = [];
    const tokens: TokenSource = { ...noTokens, forget: (key) => void forgotten.push(key) };
    await run([LOOKUP], [ok({ access_token: 't' }), { status: 401, body: {} }], {
      auth: CLIENT,
      tokens,
    });
    expect(forgotten).toHaveLength(1);
  });
});
