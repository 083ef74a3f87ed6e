import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { MINUTE, DAY } = seconds;

/** https://internetdb.shodan.io: what a host shows to the internet; facts without a verdict. Not for business use. */
export const shodanInternetdb: BuiltinProvider = {
  name: 'shodan_internetdb',
  title: 'Shodan InternetDB',
  base_url: 'https://internetdb.shodan.io',
  variables: { secrets: {}, base_url: 'SHODAN_INTERNETDB_BASE_URL' },
  quotas: [{ limit: 60, window_seconds: MINUTE }],
  ttls: { success: 2 * DAY, not_found: DAY },
  reliability: 0.5,
  timeout_ms: 5_000,
  is_active: false,
  lookup: {
    indicator_types: ['ip'],
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: 'https://internetdb.shodan.io/{{ indicator.value }}',
        not_found: {
          any: [
            { field: 'status', op: 'eq', value: 404 },
            { field: 'body.detail', op: 'eq', value: 'No information available' },
          ],
        },
        found: { all: [{ field: 'body.ip', op: 'exists', value: true }] },
      },
    ],
    fields: [
      { name: 'ports', path: 'ports', take: 'all', limit: 50 },
      { name: 'hostnames', path: 'hostnames', take: 'all' },
      { name: 'tags', path: 'tags', take: 'all' },
      { name: 'cpes', path: 'cpes', take: 'all' },
      // Guessed from banners: a count and some, never a verdict.
      { name: 'vuln_count', path: 'vulns', take: 'count' },
      { name: 'vulns', path: 'vulns', take: 'all', limit: 50 },
    ],
    malice: [],
  },
};
