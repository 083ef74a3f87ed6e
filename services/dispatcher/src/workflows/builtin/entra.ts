import { type WorkflowDefinition, type WorkflowStep } from '@calseta/http-steps';
import { type BuiltinWorkflow } from './builtin-workflow.js';

/** https://learn.microsoft.com/graph: application permissions, by client credentials. */
const GRAPH = 'https://graph.microsoft.com/v1.0/users';

const AUTH: WorkflowDefinition['auth'] = {
  kind: 'client_credentials',
  token_url: 'https://login.microsoftonline.com/{{ secrets.entra_tenant_id }}/oauth2/v2.0/token',
  client_id: '{{ secrets.entra_client_id }}',
  client_secret: '{{ secrets.entra_client_secret }}',
  scope: 'https://graph.microsoft.com/.default',
};

const SYNCED =
  ' An account that comes from a local directory is overwritten by it: disable it there too.';

const resolve: WorkflowStep = {
  name: 'resolve',
  method: 'GET',
  url: `${GRAPH}/{{ indicator.value }}?$select=id,userType,accountEnabled`,
  not_found: { all: [{ field: 'status', op: 'eq', value: 404 }] },
  found: { all: [{ field: 'body.id', op: 'exists', value: true }] },
};

/** The sessions of guests are those of their own tenant. */
const resolveMember: WorkflowStep = {
  ...resolve,
  not_applicable: { all: [{ field: 'body.userType', op: 'eq', value: 'Guest' }] },
};

const change = (
  name: string,
  json: WorkflowStep['json'],
  rules: Partial<WorkflowStep> = {},
): WorkflowStep => ({
  name,
  method: 'PATCH',
  url: `${GRAPH}/{{ steps.resolve.body.id }}`,
  ...(json !== undefined && { json }),
  may_repeat: true,
  ...rules,
});

const isEnabled = (enabled: boolean) => ({
  all: [{ field: 'steps.resolve.body.accountEnabled', op: 'eq' as const, value: enabled }],
});

const readBack = (enabled: boolean): WorkflowStep => ({
  name: 'read_back',
  method: 'GET',
  url: `${GRAPH}/{{ steps.resolve.body.id }}?$select=id,accountEnabled`,
  expect: { all: [{ field: 'body.accountEnabled', op: 'eq', value: enabled }] },
  expect_within_seconds: 20,
});

const entra = (
  action: string,
  about: Pick<BuiltinWorkflow, 'name' | 'documentation' | 'risk_level'>,
  steps: WorkflowStep[],
  first = resolve,
): BuiltinWorkflow => ({
  builtin_name: `entra_${action}`,
  ...about,
  indicator_types: ['account', 'email'],
  definition: {
    auth: AUTH,
    redact: ['mobilePhone', 'businessPhones', 'phoneNumber'],
    steps: [first, ...steps],
  },
});

export const entraRevokeSessions = entra(
  'revoke_sessions',
  {
    name: 'Entra: revoke sessions',
    documentation:
      'Makes refresh tokens and browser sessions of the user invalid. It takes some minutes, access tokens live on for up ' +
      'to an hour. Does not apply to guests, whose sessions are those of their own tenant. May be repeated.',
    risk_level: 'medium',
  },
  [
    {
      name: 'revoke',
      method: 'POST',
      url: `${GRAPH}/{{ steps.resolve.body.id }}/revokeSignInSessions`,
      error: {
        all: [
          { field: 'status', op: 'lt', value: 300 },
          { field: 'body.value', op: 'eq', value: false },
        ],
      },
      may_repeat: true,
    },
  ],
  resolveMember,
);

export const entraDisable = entra(
  'disable',
  {
    name: 'Entra: disable account',
    documentation: `Disables the account. Undone by \`Entra: enable account\`. Revoke its sessions too.${SYNCED}`,
    risk_level: 'high',
  },
  [change('disable', { accountEnabled: false }, { skip_if: isEnabled(false) }), readBack(false)],
);

export const entraEnable = entra(
  'enable',
  {
    name: 'Entra: enable account',
    documentation: `Enables an account that was disabled.${SYNCED}`,
    risk_level: 'medium',
  },
  [change('enable', { accountEnabled: true }, { skip_if: isEnabled(true) }), readBack(true)],
);

export const entraForcePasswordChange = entra(
  'force_password_change',
  {
    name: 'Entra: force password change',
    documentation:
      'Makes the user choose a new password at the next sign-in. The present one stays valid until then. No temporary ' +
      'password is made.',
    risk_level: 'high',
  },
  [change('force', { passwordProfile: { forceChangePasswordNextSignIn: true } })],
);
