import { type FieldDefinition } from '@calseta/http-steps';
import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { MINUTE, HOUR } = seconds;
const GRAPH = 'https://graph.microsoft.com/v1.0/users';
const USER_FIELDS =
  'id,displayName,userPrincipalName,mail,accountEnabled,department,jobTitle,userType,createdDateTime,lastPasswordChangeDateTime,signInSessionsValidFromDateTime';
/** A password is no second factor. */
const NOT_A_PASSWORD: FieldDefinition['where'] = {
  none: [
    { field: '@odata.type', op: 'eq', value: '#microsoft.graph.passwordAuthenticationMethod' },
  ],
};

/** https://learn.microsoft.com/graph: who a user is, with which roles, and what protects the account. */
export const entra: BuiltinProvider = {
  name: 'entra',
  title: 'Microsoft Entra ID',
  base_url: 'https://graph.microsoft.com',
  variables: {
    secrets: {
      tenant_id: 'ENTRA_TENANT_ID',
      client_id: 'ENTRA_CLIENT_ID',
      client_secret: 'ENTRA_CLIENT_SECRET',
    },
    base_url: 'ENTRA_BASE_URL',
  },
  quotas: [{ limit: 600, window_seconds: MINUTE }],
  ttls: { success: HOUR, not_found: HOUR },
  reliability: 0.5,
  timeout_ms: 9_000,
  is_own_directory: true,
  lookup: {
    indicator_types: ['account', 'email'],
    redact: ['mobilePhone', 'businessPhones', 'phoneNumber', 'passwordProfile', 'access_token'],
    secrets: ['tenant_id', 'client_id', 'client_secret'],
    auth: {
      kind: 'client_credentials',
      token_url: 'https://login.microsoftonline.com/{{ secrets.tenant_id }}/oauth2/v2.0/token',
      client_id: '{{ secrets.client_id }}',
      client_secret: '{{ secrets.client_secret }}',
      scope: 'https://graph.microsoft.com/.default',
    },
    steps: [
      {
        name: 'user_lookup',
        method: 'GET',
        // These fields are not in the default set.
        url: `${GRAPH}/{{ indicator.value }}?$select=${USER_FIELDS}`,
        not_found: { all: [{ field: 'status', op: 'eq', value: 404 }] },
        found: { all: [{ field: 'body.id', op: 'exists', value: true }] },
      },
      {
        name: 'user_groups',
        method: 'GET',
        url: `${GRAPH}/{{ steps.user_lookup.body.id }}/memberOf?$select=id,displayName`,
        optional: true,
      },
      {
        name: 'user_manager',
        method: 'GET',
        url: `${GRAPH}/{{ steps.user_lookup.body.id }}/manager?$select=displayName,mail,jobTitle`,
        optional: true,
      },
      {
        name: 'auth_methods',
        method: 'GET',
        url: `${GRAPH}/{{ steps.user_lookup.body.id }}/authentication/methods`,
        optional: true,
      },
    ],
    fields: [
      { name: 'object_id', path: 'id' },
      { name: 'display_name', path: 'displayName' },
      { name: 'user_principal_name', path: 'userPrincipalName' },
      { name: 'mail', path: 'mail' },
      { name: 'account_enabled', path: 'accountEnabled', as: 'boolean' },
      { name: 'department', path: 'department' },
      { name: 'job_title', path: 'jobTitle' },
      { name: 'user_type', path: 'userType' },
      { name: 'created', path: 'createdDateTime' },
      { name: 'last_password_change', path: 'lastPasswordChangeDateTime' },
      { name: 'sessions_valid_from', path: 'signInSessionsValidFromDateTime' },
      {
        // Groups, roles and units come in one list.
        name: 'groups',
        step: 'user_groups',
        path: 'value',
        where: {
          none: [
            {
              field: '@odata.type',
              op: 'in',
              value: ['#microsoft.graph.directoryRole', '#microsoft.graph.administrativeUnit'],
            },
          ],
        },
        select: 'displayName',
        take: 'all',
        limit: 50,
      },
      {
        name: 'directory_roles',
        step: 'user_groups',
        path: 'value',
        where: {
          all: [{ field: '@odata.type', op: 'eq', value: '#microsoft.graph.directoryRole' }],
        },
        select: 'displayName',
        take: 'all',
        limit: 20,
      },
      { name: 'manager', step: 'user_manager', path: 'displayName' },
      {
        name: 'mfa_methods',
        step: 'auth_methods',
        path: 'value',
        where: NOT_A_PASSWORD,
        select: '@odata.type',
        cut: { at: '#microsoft.graph.', keep: 'after' },
        take: 'all',
        distinct: true,
      },
      {
        name: 'mfa_method_count',
        step: 'auth_methods',
        path: 'value',
        where: NOT_A_PASSWORD,
        take: 'count',
      },
    ],
    malice: [],
  },
};
