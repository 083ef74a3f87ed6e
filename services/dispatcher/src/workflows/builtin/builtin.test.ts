import { compileWorkflow } from '@calseta/http-steps';
import { newUuid, type TestedWorkflow, type TestWorkflow } from '@calseta/common';
import { type WorkflowRecord } from '@calseta/database';
import { describe, expect, test } from '@jest/globals';
import { testWorkflowResponder } from '../../requests/respond-test-workflow.js';
import { BUILTIN_WORKFLOWS, builtinWorkflowRows } from './index.js';

const ACCOUNT = { type: 'account', value: 'jane.roe@contoso.com' } as const;

const recordOf = (name: string): WorkflowRecord => {
  const row = builtinWorkflowRows().find(({ builtin_name }) => builtin_name === name);
  if (!row) throw new Error(`no workflow ${name}`);
  return {
    ...row,
    ...{ uuid: newUuid(), version: 1, is_wanted: true, granted_secrets: [] },
    ...{ created_at: '', updated_at: '' },
  };
};

/** What the workflow makes of these answers. */
async function play(
  name: string,
  recorded: NonNullable<TestWorkflow['recorded']>,
  parameters: TestWorkflow['parameters'] = {},
): Promise<TestedWorkflow> {
  const respond = testWorkflowResponder({
    workflows: { get: async () => await Promise.resolve(recordOf(name)) },
  });
  const test = { indicator: ACCOUNT, parameters, reason: 'A test', recorded };
  return await respond({ ...test, workflow_uuid: newUuid() }, { traceparent: '' });
}

const USER = (status: string) => ({ status: 200, body: { id: '00u1', status } });
const TOKEN = { status: 200, body: { access_token: 'eyJ0.sample.token', expires_in: 3_599 } };

describe('each workflow of the catalogue', () => {
  test.each(BUILTIN_WORKFLOWS.map((workflow) => [workflow.builtin_name, workflow] as const))(
    '%s is sound, says what it does, and needs a secret',
    (_, { definition, documentation }) => {
      expect(compileWorkflow(definition)).toMatchObject({ ok: true });
      expect(documentation.length).toBeGreaterThan(60);
      expect(JSON.stringify(definition)).toContain('{{ secrets.');
    },
  );

  test('has a name of its own', () => {
    const names = BUILTIN_WORKFLOWS.map(({ builtin_name: name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a state answer', () => {
  test('of a user that is suspended already is done, and nothing is sent', async () => {
    const tested = await play('okta_suspend', [USER('SUSPENDED'), USER('SUSPENDED')]);
    expect(tested).toMatchObject({ status: 'succeeded', outcome: 'done' });
    expect(tested.steps.map(({ name }) => name)).toEqual(['resolve', 'read_back']);
  });

  test('that comes while it acts is done when the state that is read back is the wanted one', async () => {
    const summary = 'Cannot suspend a user that is not active';
    const refusal = {
      status: 400,
      body: { errorCode: 'E0000001', errorSummary: `Api validation failed: ${summary}` },
    };
    const steps = (status: string) => [USER('ACTIVE'), refusal, USER(status)];
    expect(await play('okta_suspend', steps('SUSPENDED'))).toMatchObject({ outcome: 'done' });
    expect(await play('okta_suspend', steps('DEPROVISIONED'))).toMatchObject({
      status: 'failed',
      outcome: 'not_confirmed',
      summary:
        'Step read_back was accepted, and is not confirmed: the state that was read back is another: status is DEPROVISIONED',
    });
  });

  test.each([
    ['okta_suspend', ['STAGED', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT']],
    ['okta_suspend', ['DEPROVISIONED']],
    ['okta_unsuspend', ['STAGED', 'PROVISIONED', 'DEPROVISIONED']],
  ])(
    'of %s on a user that is %j does not apply, in words, and nothing is sent',
    async (name, statuses) => {
      for (const status of statuses) {
        const tested = await play(name, [USER(status)]);
        expect(tested).toMatchObject({
          ...{ status: 'failed', outcome: 'not_applicable', is_retryable: false },
          summary: `Step resolve does not apply in the present state: status is ${status}`,
        });
        expect(tested.steps.map((step) => step.name)).toEqual(['resolve']);
      }
    },
  );

  test('of a guest, whose sessions are of another tenant, does not apply, and nothing is revoked', async () => {
    const user = (userType: string) => ({ status: 200, body: { id: '87d3', userType } });
    const guest = await play('entra_revoke_sessions', [TOKEN, user('Guest')]);
    expect(guest).toMatchObject({
      ...{ status: 'failed', outcome: 'not_applicable', is_retryable: false },
      summary: 'Step resolve does not apply in the present state: userType is Guest',
    });
    expect(guest.steps.map(({ name }) => name)).toEqual(['token', 'resolve']);
    const revoked = { status: 200, body: { value: true } };
    const member = [TOKEN, user('Member'), revoked];
    expect(await play('entra_revoke_sessions', member)).toMatchObject({ outcome: 'done' });
    // A guest's account in this tenant can be disabled.
    const disabled = [TOKEN, user('Guest'), { status: 204, body: null }];
    expect(await play('entra_disable', disabled)).toMatchObject({ outcome: 'done' });
  });

  test('of a user that is not locked does not apply, in the words of the vendor', async () => {
    const body = {
      errorCode: 'E0000032',
      errorSummary: 'Unlock is not allowed for this user.',
      errorCauses: [{ errorSummary: 'The user is not locked out.' }],
    };
    const expected = {
      status: 'failed',
      outcome: 'not_applicable',
      is_retryable: false,
      summary: expect.stringContaining('The user is not locked out.'),
    };
    const refusal = { status: 403, body };
    expect(await play('okta_unlock', [USER('ACTIVE'), refusal])).toMatchObject(expected);
    // A recording may begin with the step that acts.
    expect(await play('okta_unlock', [refusal])).toMatchObject(expected);
  });
});

describe('a refusal', () => {
  test('to disable an administrator fails in words, and is not repeated', async () => {
    const refusal = {
      status: 403,
      body: {
        error: {
          code: 'Authorization_RequestDenied',
          message: 'Insufficient privileges to complete the operation.',
        },
      },
    };
    const user = { status: 200, body: { id: '87d3', userType: 'Member', accountEnabled: true } };
    expect(await play('entra_disable', [TOKEN, user, refusal])).toMatchObject({
      status: 'failed',
      outcome: 'refused',
      is_retryable: false,
      summary: expect.stringContaining('Insufficient privileges'),
    });
  });

  test('of a user that the vendor does not know acts on nobody', async () => {
    const tested = await play('okta_reset_factors', [
      { status: 404, body: { errorCode: 'E0000007' } },
    ]);
    expect(tested).toMatchObject({ status: 'failed', outcome: 'not_found' });
    expect(tested.steps).toHaveLength(1);
  });
});

describe('a host name', () => {
  const find = (...resources: string[]) => ({ status: 200, body: { resources } });

  test.each([
    [['a', 'b'], 'ambiguous'],
    [[], 'not_found'],
  ])('of the devices %j contains nothing', async (ids, outcome) => {
    const tested = await play('crowdstrike_contain', [TOKEN, find(...ids)], { hostname: 'pc-1' });
    expect(tested).toMatchObject({ status: 'failed', outcome });
    expect(tested.steps.map(({ name }) => name)).toEqual(['token', 'find']);
  });

  test.each([
    [{ resources: null, errors: null }, 'not_found'],
    [{ resources: ['a'], meta: { pagination: { limit: 1, total: 2 } } }, 'ambiguous'],
    [{ resources: ['a'], '@odata.nextLink': 'https://vendor.example/next' }, 'ambiguous'],
  ])('that is answered with %j contains nothing', async (body, outcome) => {
    const tested = await play('crowdstrike_contain', [TOKEN, { status: 200, body }], {
      hostname: 'pc-1',
    });
    expect(tested).toMatchObject({ status: 'failed', outcome });
    expect(tested.steps).toHaveLength(2);
  });

  test('of a device that is contained already is done, in the body of a success too', async () => {
    const already = (status: number) => ({
      ...{ status, body: { resources: [], errors: [{ message: 'Device is already contained' }] } },
    });
    for (const status of [202, 409])
      expect(
        await play('crowdstrike_contain', [TOKEN, find('a'), already(status)], {
          hostname: 'pc-1',
        }),
      ).toMatchObject({ status: 'succeeded', outcome: 'done' });
  });

  test('of one device contains it, and reads back that it is', async () => {
    const contained = { status: 202, body: { resources: [{ id: 'a' }], errors: [] } };
    const device = (status: string) => ({ status: 200, body: { resources: [{ status }] } });
    const steps = (status: string) => [TOKEN, find('a'), contained, device(status)];
    expect(
      await play('crowdstrike_contain', steps('containment_pending'), { hostname: 'pc-1' }),
    ).toMatchObject({ status: 'succeeded', outcome: 'done' });
    expect(await play('crowdstrike_contain', steps('normal'), { hostname: 'pc-1' })).toMatchObject({
      status: 'failed',
      outcome: 'not_confirmed',
    });
  });
});

describe('an answer to a step that acts', () => {
  const words = 'Not found: Resource not found: 00u1 (User)';
  const missing = { status: 404, body: { errorCode: 'E0000007', errorSummary: words } };
  const text = (status: number, body: string) => ({
    ...{ status, body, headers: { 'content-type': 'text/plain' } },
  });
  const page = '<html><title>Sign in</title></html>';

  test.each<[string, NonNullable<TestWorkflow['recorded']>, object]>([
    ['okta_suspend', [USER('ACTIVE'), missing], { outcome: 'not_found', is_retryable: false }],
    [
      'entra_revoke_sessions',
      [TOKEN, { status: 200, body: { id: '87d3' } }, { status: 200, body: { value: false } }],
      { outcome: 'failed' },
    ],
    ['slack_message', [text(200, 'ok')], { status: 'succeeded', outcome: 'done' }],
    [
      'slack_message',
      [{ status: 200, body: { ok: false, error: 'channel_not_found' } }],
      { outcome: 'failed', summary: expect.stringContaining('channel_not_found') },
    ],
    [
      'slack_message',
      [text(404, 'no_service')],
      { outcome: 'not_found', summary: expect.stringContaining('no_service') },
    ],
    [
      'slack_message',
      [{ status: 429, headers: { 'retry-after': '30' }, body: null }],
      { outcome: 'quota', is_retryable: true, wait_hint_seconds: 30 },
    ],
    [
      'generic_http',
      [{ status: 302, headers: { location: '/login' }, body: null }],
      { outcome: 'failed', summary: expect.stringContaining('not followed') },
    ],
    ['generic_http', [{ status: 204, body: null }], { outcome: 'done' }],
    [
      'ticket_webhook',
      [text(502, page)],
      { outcome: 'failed', is_retryable: true, summary: expect.not.stringContaining('html') },
    ],
  ])('of %s: %j', async (name, recorded, expected) => {
    const parameters = { message: 'x', title: 'x', description: 'x' };
    expect(await play(name, recorded, parameters)).toMatchObject(expected);
  });

  test('about a state says nothing of waiting', async () => {
    const refusal = {
      ...{ status: 403, headers: { 'x-rate-limit-reset': '1598552424' } },
      body: { errorCode: 'E0000032', errorSummary: 'Unlock is not allowed.' },
    };
    const tested = await play('okta_unlock', [refusal]);
    expect(tested).toMatchObject({ outcome: 'not_applicable', is_retryable: false });
    expect(tested).not.toHaveProperty('wait_hint_seconds');
  });
});

test('a temporary password, a token and a secret are shown nowhere', async () => {
  const tested = await play('okta_expire_password', [
    USER('ACTIVE'),
    { status: 200, body: { tempPassword: 'Zq9-secret-word', status: 'PASSWORD_EXPIRED' } },
  ]);
  const entra = await play('entra_revoke_sessions', [
    TOKEN,
    { status: 200, body: { id: '87d3' } },
    { status: 200, body: { value: true, echoed: TOKEN.body.access_token } },
  ]);
  expect([tested.status, entra.status]).toEqual(['succeeded', 'succeeded']);
  const shown = JSON.stringify([tested, entra]);
  expect(shown).not.toContain('Zq9-secret-word');
  expect(shown).not.toContain(TOKEN.body.access_token);
  expect(shown).toContain('SSWS <okta_api_token>');
});
