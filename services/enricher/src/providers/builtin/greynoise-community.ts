import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { HOUR, DAY, WEEK } = seconds;

/** https://docs.greynoise.io: what scans the internet. Says little about a destination. */
export const greynoiseCommunity: BuiltinProvider = {
  name: 'greynoise_community',
  title: 'GreyNoise Community',
  base_url: 'https://api.greynoise.io',
  variables: {
    secrets: { api_key: 'GREYNOISE_API_KEY' },
    base_url: 'GREYNOISE_COMMUNITY_BASE_URL',
  },
  quotas: [{ limit: 50, window_seconds: WEEK }],
  ttls: { success: DAY, not_found: 12 * HOUR },
  reliability: 0.6,
  timeout_ms: 5_000,
  // Scanners are sources; about where our own machines connect to it says little.
  roles: ['source', 'actor', 'sender'],
  lookup: {
    indicator_types: ['ip'],
    secrets: ['api_key'],
    auth: { kind: 'header', name: 'key', value: '{{ secrets.api_key }}' },
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: 'https://api.greynoise.io/v3/community/{{ indicator.value }}',
        not_found: {
          any: [
            { field: 'status', op: 'eq', value: 404 },
            {
              all: [
                { field: 'status', op: 'eq', value: 200 },
                { field: 'body.noise', op: 'eq', value: false },
                { field: 'body.riot', op: 'eq', value: false },
              ],
            },
          ],
        },
        found: { any: [{ field: 'body.noise', op: 'exists', value: true }] },
      },
    ],
    fields: [
      { name: 'noise', path: 'noise', as: 'boolean' },
      { name: 'riot', path: 'riot', as: 'boolean' },
      { name: 'classification', path: 'classification' },
      { name: 'name', path: 'name' },
      { name: 'last_seen', path: 'last_seen' },
      { name: 'link', path: 'link' },
    ],
    malice: [
      {
        when: { all: [{ field: 'riot', op: 'eq', value: true }] },
        malice: 'Benign',
        reason: 'a common business service: {{ extracted.name }}',
      },
      {
        when: { all: [{ field: 'classification', op: 'eq', value: 'malicious' }] },
        malice: 'Malicious',
        reason: 'scans the internet with bad intent, last seen {{ extracted.last_seen }}',
      },
      {
        when: { all: [{ field: 'classification', op: 'eq', value: 'suspicious' }] },
        malice: 'Suspicious',
        reason: 'scans the internet in a suspicious way, last seen {{ extracted.last_seen }}',
      },
      {
        when: { all: [{ field: 'classification', op: 'eq', value: 'benign' }] },
        malice: 'Benign',
        reason: 'known as {{ extracted.name }}',
      },
    ],
  },
};
