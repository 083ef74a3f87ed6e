import { type Step } from '@calseta/http-steps';

/** Whatever the HTTP status, `query_status` says how a request to abuse.ch went. */
export const ABUSE_CH = {
  found: { all: [{ field: 'body.query_status', op: 'eq', value: 'ok' }] },
  auth_error: {
    all: [
      { field: 'body.query_status', op: 'in', value: ['unknown_auth_key', 'user_blacklisted'] },
    ],
  },
} satisfies Pick<Step, 'found' | 'auth_error'>;
