import { type WorkflowDefinition, type WorkflowStep } from '@calseta/http-steps';
import { type BuiltinWorkflow } from './builtin-workflow.js';

/** https://developer.okta.com/docs/api: the token has the rights of whoever made it. */
const AUTH: WorkflowDefinition['auth'] = {
  kind: 'header',
  name: 'Authorization',
  value: 'SSWS {{ secrets.okta_api_token }}',
};

/** Statuses of users that cannot be suspended, nor unsuspended. */
const NEVER_SIGNED_IN = ['STAGED', 'PROVISIONED'] as const;
const DEACTIVATED = 'DEPROVISIONED';

const REDACT = ['credentials', 'mobilePhone', 'primaryPhone', 'secondEmail', '_embedded', '_links'];

/** A login can be given to somebody else, so that what acts is done to the id. */
const resolve: WorkflowStep = {
  name: 'resolve',
  method: 'GET',
  url: '/api/v1/users/{{ indicator.value }}',
  not_found: { all: [{ field: 'status', op: 'eq', value: 404 }] },
  found: { all: [{ field: 'body.id', op: 'exists', value: true }] },
};

/** The same, where nothing is sent to a user in one of these states. */
const resolveExcept = (...statuses: string[]): WorkflowStep => ({
  ...resolve,
  not_applicable: { all: [{ field: 'body.status', op: 'in', value: statuses }] },
});

const act = (name: string, path: string, rules: Partial<WorkflowStep> = {}): WorkflowStep => ({
  name,
  method: 'POST',
  url: `/api/v1/users/{{ steps.resolve.body.id }}/${path}`,
  ...rules,
});

/** Reads the status of the user, until it is what the action makes of it. */
const readBack = (...statuses: string[]): WorkflowStep => ({
  name: 'read_back',
  method: 'GET',
  url: '/api/v1/users/{{ steps.resolve.body.id }}',
  expect: { all: [{ field: 'body.status', op: 'in', value: statuses }] },
  expect_within_seconds: 20,
});

/** A 400 of Okta that says this, itself or in one of its causes. */
const refusedSaying = (said: {
  op: 'contains' | 'regex';
  value: string;
}): WorkflowStep['done'] => ({
  all: [
    { field: 'status', op: 'eq', value: 400 },
    {
      any: [
        { field: 'body.errorSummary', ...said },
        { field: 'body.errorCauses.errorSummary', ...said },
      ],
    },
  ],
});

const okta = (
  action: string,
  about: Pick<BuiltinWorkflow, 'name' | 'documentation' | 'risk_level'>,
  steps: WorkflowStep[],
  first = resolve,
): BuiltinWorkflow => ({
  builtin_name: `okta_${action}`,
  ...about,
  indicator_types: ['account', 'email'],
  definition: { auth: AUTH, redact: REDACT, steps: [first, ...steps] },
});

export const oktaRevokeSessions = okta(
  'revoke_sessions',
  {
    name: 'Okta: revoke sessions',
    documentation:
      'Ends all sessions of the user in Okta and revokes the OAuth tokens that Okta issued. Sessions that other ' +
      'applications keep themselves go on until they end. The user signs in again. May be repeated.',
    risk_level: 'medium',
  },
  [
    {
      name: 'revoke',
      method: 'DELETE',
      // Without oauthTokens refresh tokens stay valid.
      url: '/api/v1/users/{{ steps.resolve.body.id }}/sessions?oauthTokens=true&forgetDevices=true',
      may_repeat: true,
    },
  ],
);

export const oktaSuspend = okta(
  'suspend',
  {
    name: 'Okta: suspend user',
    documentation:
      'Suspends the user: no sign-in, groups and assignments stay. Undone by `Okta: unsuspend user`. Only an active user ' +
      'can be suspended; one that is suspended already is done, and one in another state is left as it is.',
    risk_level: 'high',
  },
  [
    act('suspend', 'lifecycle/suspend', {
      skip_if: { all: [{ field: 'steps.resolve.body.status', op: 'eq', value: 'SUSPENDED' }] },
      not_applicable: refusedSaying({ op: 'contains', value: 'deactivated' }),
      // Okta answers 400 to a user that is not active; what it is instead is read back.
      done: refusedSaying({ op: 'regex', value: 'already|suspend.*not active' }),
    }),
    readBack('SUSPENDED'),
  ],
  resolveExcept(...NEVER_SIGNED_IN, 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT', DEACTIVATED),
);

export const oktaUnsuspend = okta(
  'unsuspend',
  {
    name: 'Okta: unsuspend user',
    documentation:
      'Lets a suspended user sign in again. One that is active already is done; one that is deactivated or never signed in ' +
      'is left as it is.',
    risk_level: 'medium',
  },
  [
    act('unsuspend', 'lifecycle/unsuspend', {
      skip_if: { all: [{ field: 'steps.resolve.body.status', op: 'eq', value: 'ACTIVE' }] },
      done: refusedSaying({ op: 'regex', value: 'already|not suspended' }),
    }),
    readBack('ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY'),
  ],
  resolveExcept(...NEVER_SIGNED_IN, DEACTIVATED),
);

export const oktaUnlock = okta(
  'unlock',
  {
    name: 'Okta: unlock user',
    documentation: 'Unlocks a user that is locked out. One that is not locked is left as it is.',
    risk_level: 'medium',
  },
  [
    act('unlock', 'lifecycle/unlock', {
      // A 403 here is about the state, not about permissions.
      not_applicable: {
        all: [
          { field: 'status', op: 'eq', value: 403 },
          { field: 'body.errorCode', op: 'eq', value: 'E0000032' },
        ],
      },
    }),
  ],
);

export const oktaExpirePassword = okta(
  'expire_password',
  {
    name: 'Okta: expire password',
    documentation:
      'Makes the user choose a new password at the next sign-in, also in a directory behind Okta. Sessions stay: revoke ' +
      'them as well. No temporary password is made.',
    risk_level: 'high',
  },
  [act('expire', 'lifecycle/expire_password', { may_repeat: true })],
);

export const oktaResetFactors = okta(
  'reset_factors',
  {
    name: 'Okta: reset factors',
    documentation:
      'Removes all factors of the user; the next sign-in enrols new ones. Never before the password is safe: whoever knows ' +
      'it could enrol a factor of their own.',
    risk_level: 'critical',
  },
  [act('reset', 'lifecycle/reset_factors', { may_repeat: true })],
);
