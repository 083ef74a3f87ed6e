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
        quota: { all: [{ field: 'body.error.title', op: 'regex', value: '(?i)rate.?limit' }] },
        found: { all: [{ field: 'body.ip', op: 'exists', value: true }] },
      },
    ],
    fields: [
      { name: 'country', path: ['country_code', 'geo.country_code', 'country'] },
      { name: 'region', path: ['region', 'geo.region'] },
      { name: 'city', path: ['city', 'geo.city'] },
      { name: 'loc', path: 'loc' },
      { name: 'timezone', path: ['timezone', 'geo.timezone'] },
      { name: 'hostname', path: 'hostname' },
      { name: 'org', path: 'org' },
      { name: 'asn', path: ['asn.asn', 'asn', 'as.asn'] },
      { name: 'asn', path: 'org', cut: { at: ' ', keep: 'before' } },
      { name: 'as_name', path: ['asn.name', 'as_name', 'as.name'] },
      { name: 'as_type', path: ['asn.type', 'as.type'] },
      { name: 'company', path: 'company.name' },
      // The place of an anycast address says nothing.
      { name: 'anycast', path: ['anycast', 'is_anycast'], as: 'boolean' },
      { name: 'vpn', path: ['privacy.vpn', 'anonymous.is_vpn'], as: 'boolean' },
      { name: 'proxy', path: ['privacy.proxy', 'anonymous.is_proxy'], as: 'boolean' },
      { name: 'tor', path: ['privacy.tor', 'anonymous.is_tor'], as: 'boolean' },
      { name: 'relay', path: ['privacy.relay', 'anonymous.is_relay'], as: 'boolean' },
      { name: 'hosting', path: ['privacy.hosting', 'is_hosting'], as: 'boolean' },
      { name: 'service', path: ['privacy.service', 'anonymous.name'] },
      { name: 'abuse_contact', path: 'abuse.email' },
    ],
    malice: [],
  },
};
