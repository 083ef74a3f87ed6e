import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { DAY, WEEK } = seconds;

/** https://ipinfo.io/developers: where an address is and whose; facts without a verdict. */
export const ipinfo: BuiltinProvider = {
  name: 'ipinfo',
  title: 'IPinfo',
  base_url: 'https://ipinfo.io',
  variables: { secrets: { token: 'IPINFO_TOKEN' }, base_url: 'IPINFO_BASE_URL' },
  quotas: [{ limit: 50_000, window_seconds: 31 * DAY }],
  ttls: { success: WEEK, not_found: DAY },
  reliability: 0.5,
  timeout_ms: 5_000,
  lookup: {
    indicator_types: ['ip'],
    secrets: ['token'],
    auth: { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.token }}' },
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: 'https://ipinfo.io/{{ indicator.value }}/json',
        not_found: {
          any: [
            { field: 'status', op: 'eq', value: 404 },
            { field: 'body.bogon', op: 'eq', value: true },
          ],
        },
        found: { all: [{ field: 'body.ip', op: 'exists', value: true }] },
      },
    ],
    fields: [
      { name: 'country', path: ['country_code', 'country'] },
      { name: 'region', path: 'region' },
      { name: 'city', path: 'city' },
      { name: 'loc', path: 'loc' },
      { name: 'timezone', path: 'timezone' },
      { name: 'hostname', path: 'hostname' },
      { name: 'org', path: 'org' },
      { name: 'asn', path: ['asn.asn', 'asn'] },
      { name: 'asn', path: 'org', cut: { at: ' ', keep: 'before' } },
      { name: 'as_name', path: ['asn.name', 'as_name'] },
      { name: 'as_type', path: 'asn.type' },
      { name: 'company', path: 'company.name' },
      // The place of an anycast address says nothing.
      { name: 'anycast', path: ['anycast', 'is_anycast'], as: 'boolean' },
      { name: 'vpn', path: 'privacy.vpn', as: 'boolean' },
      { name: 'proxy', path: 'privacy.proxy', as: 'boolean' },
      { name: 'tor', path: 'privacy.tor', as: 'boolean' },
      { name: 'relay', path: 'privacy.relay', as: 'boolean' },
      { name: 'hosting', path: 'privacy.hosting', as: 'boolean' },
      { name: 'service', path: 'privacy.service' },
      { name: 'abuse_contact', path: 'abuse.email' },
    ],
    malice: [],
  },
};
