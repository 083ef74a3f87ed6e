import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { HOUR, DAY } = seconds;

/** https://docs.abuseipdb.com: an address that nobody reported is answered with zeros, not with 404. */
export const abuseipdb: BuiltinProvider = {
  name: 'abuseipdb',
  title: 'AbuseIPDB',
  base_url: 'https://api.abuseipdb.com',
  variables: { secrets: { api_key: 'ABUSEIPDB_API_KEY' }, base_url: 'ABUSEIPDB_BASE_URL' },
  quotas: [{ limit: 1_000, window_seconds: DAY }],
  ttls: { success: 6 * HOUR, not_found: 6 * HOUR },
  reliability: 0.7,
  timeout_ms: 5_000,
  lookup: {
    indicator_types: ['ip'],
    secrets: ['api_key'],
    auth: { kind: 'header', name: 'Key', value: '{{ secrets.api_key }}' },
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: 'https://api.abuseipdb.com/api/v2/check',
        query: { ipAddress: '{{ indicator.value }}', maxAgeInDays: '90' },
        // Errors carry their status in the body, whatever the status of the answer.
        quota: { all: [{ field: 'body.errors.status', op: 'eq', value: 429 }] },
        auth_error: { all: [{ field: 'body.errors.status', op: 'in', value: [401, 403] }] },
        found: {
          any: ['ipAddress', 'abuseConfidenceScore'].map((key) => ({
            field: `body.data.${key}`,
            op: 'exists',
            value: true,
          })),
        },
      },
    ],
    fields: [
      { name: 'abuse_confidence_score', path: 'data.abuseConfidenceScore', as: 'number' },
      { name: 'total_reports', path: 'data.totalReports', as: 'number' },
      { name: 'num_distinct_users', path: 'data.numDistinctUsers', as: 'number' },
      { name: 'last_reported_at', path: 'data.lastReportedAt' },
      { name: 'is_whitelisted', path: 'data.isWhitelisted', as: 'boolean' },
      { name: 'is_tor', path: 'data.isTor', as: 'boolean' },
      { name: 'is_public', path: 'data.isPublic', as: 'boolean' },
      { name: 'usage_type', path: 'data.usageType' },
      { name: 'isp', path: 'data.isp' },
      { name: 'domain', path: 'data.domain' },
      { name: 'hostnames', path: 'data.hostnames', take: 'all', limit: 10 },
      { name: 'country_code', path: 'data.countryCode' },
    ],
    malice: [
      {
        when: { all: [{ field: 'is_whitelisted', op: 'eq', value: true }] },
        malice: 'Benign',
        reason: 'on the allow list of AbuseIPDB',
      },
      {
        when: { all: [{ field: 'abuse_confidence_score', op: 'gte', value: 75 }] },
        malice: 'Malicious',
        reason:
          'abuse confidence {{ extracted.abuse_confidence_score }} of 100 from {{ extracted.num_distinct_users }} reporters',
      },
      {
        when: { all: [{ field: 'abuse_confidence_score', op: 'gte', value: 25 }] },
        malice: 'Suspicious',
        reason: 'abuse confidence {{ extracted.abuse_confidence_score }} of 100',
      },
      {
        when: {
          all: [
            { field: 'abuse_confidence_score', op: 'eq', value: 0 },
            { field: 'total_reports', op: 'gte', value: 1 },
          ],
        },
        malice: 'Benign',
        reason: 'abuse confidence 0 in spite of {{ extracted.total_reports }} reports',
      },
    ],
  },
};
