import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { MINUTE, HOUR, DAY } = seconds;
const STATS = 'data.attributes.last_analysis_stats';

/** https://docs.virustotal.com/reference/overview; the public key is not for business use. */
export const virustotal: BuiltinProvider = {
  name: 'virustotal',
  title: 'VirusTotal',
  base_url: 'https://www.virustotal.com',
  variables: { secrets: { api_key: 'VIRUSTOTAL_API_KEY' }, base_url: 'VIRUSTOTAL_BASE_URL' },
  quotas: [
    { limit: 4, window_seconds: MINUTE },
    { limit: 500, window_seconds: DAY },
    { limit: 15_500, window_seconds: 31 * DAY },
  ],
  ttls: {
    success: {
      ip: 6 * HOUR,
      domain: 12 * HOUR,
      url: 6 * HOUR,
      hash_md5: DAY,
      hash_sha1: DAY,
      hash_sha256: DAY,
    },
    not_found: HOUR,
  },
  reliability: 0.8,
  timeout_ms: 8_000,
  lookup: {
    indicator_types: ['ip', 'domain', 'hash_md5', 'hash_sha1', 'hash_sha256', 'url'],
    secrets: ['api_key'],
    auth: { kind: 'header', name: 'x-apikey', value: '{{ secrets.api_key }}' },
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: {
          ip: 'https://www.virustotal.com/api/v3/ip_addresses/{{ indicator.value }}',
          domain: 'https://www.virustotal.com/api/v3/domains/{{ indicator.value }}',
          hash_md5: 'https://www.virustotal.com/api/v3/files/{{ indicator.value }}',
          hash_sha1: 'https://www.virustotal.com/api/v3/files/{{ indicator.value }}',
          hash_sha256: 'https://www.virustotal.com/api/v3/files/{{ indicator.value }}',
          url: 'https://www.virustotal.com/api/v3/urls/{{ indicator.value | base64url }}',
        },
        not_found: { all: [{ field: 'status', op: 'eq', value: 404 }] },
        quota: {
          all: [
            {
              field: 'body.error.code',
              op: 'in',
              value: ['QuotaExceededError', 'TooManyRequestsError'],
            },
          ],
        },
        found: { all: [{ field: 'body.data.attributes', op: 'exists', value: true }] },
      },
    ],
    fields: [
      { name: 'malicious_count', path: `${STATS}.malicious`, as: 'number' },
      { name: 'suspicious_count', path: `${STATS}.suspicious`, as: 'number' },
      { name: 'harmless_count', path: `${STATS}.harmless`, as: 'number' },
      { name: 'undetected_count', path: `${STATS}.undetected`, as: 'number' },
      {
        // Engines that gave an opinion: the others timed out, failed, or do not read this type.
        name: 'engine_total',
        path: ['malicious', 'suspicious', 'harmless', 'undetected'].map((key) => `${STATS}.${key}`),
        take: 'sum',
      },
      {
        name: 'flagged_by',
        path: 'data.attributes.last_analysis_results.*',
        where: { any: [{ field: 'category', op: 'in', value: ['malicious', 'suspicious'] }] },
        select: 'engine_name',
        take: 'all',
        limit: 10,
      },
      { name: 'last_analysis_date', path: 'data.attributes.last_analysis_date' },
      { name: 'reputation', path: 'data.attributes.reputation', as: 'number' },
      { name: 'tags', path: 'data.attributes.tags', take: 'all' },
      { name: 'votes_malicious', path: 'data.attributes.total_votes.malicious', as: 'number' },
      { name: 'votes_harmless', path: 'data.attributes.total_votes.harmless', as: 'number' },
      { name: 'country', path: 'data.attributes.country' },
      { name: 'continent', path: 'data.attributes.continent' },
      { name: 'as_owner', path: 'data.attributes.as_owner' },
      { name: 'asn', path: 'data.attributes.asn', as: 'number' },
      { name: 'network', path: 'data.attributes.network' },
      { name: 'registrar', path: 'data.attributes.registrar' },
      { name: 'creation_date', path: 'data.attributes.creation_date' },
      { name: 'categories', path: 'data.attributes.categories', take: 'object' },
      {
        name: 'popularity_rank',
        path: 'data.attributes.popularity_ranks.*.rank',
        take: 'min',
      },
      { name: 'last_final_url', path: 'data.attributes.last_final_url' },
      { name: 'title', path: 'data.attributes.title' },
      { name: 'threat_names', path: 'data.attributes.threat_names', take: 'all' },
      {
        name: 'last_http_response_code',
        path: 'data.attributes.last_http_response_code',
        as: 'number',
      },
      { name: 'meaningful_name', path: 'data.attributes.meaningful_name' },
      { name: 'names', path: 'data.attributes.names', take: 'all', limit: 5 },
      { name: 'type_description', path: 'data.attributes.type_description' },
      { name: 'size', path: 'data.attributes.size', as: 'number' },
      {
        name: 'suggested_threat_label',
        path: 'data.attributes.popular_threat_classification.suggested_threat_label',
      },
      { name: 'trusted_verdict', path: 'data.attributes.trusted_verdict.verdict' },
      { name: 'first_submission_date', path: 'data.attributes.first_submission_date' },
      { name: 'last_submission_date', path: 'data.attributes.last_submission_date' },
      { name: 'times_submitted', path: 'data.attributes.times_submitted', as: 'number' },
    ],
    malice: [
      {
        when: { all: [{ field: 'trusted_verdict', op: 'eq', value: 'goodware' }] },
        malice: 'Benign',
        reason: 'a trusted source calls it goodware',
      },
      {
        when: { all: [{ field: 'malicious_count', op: 'gte', value: 5 }] },
        malice: 'Malicious',
        reason:
          '{{ extracted.malicious_count }} of {{ extracted.engine_total }} engines say malicious: {{ extracted.flagged_by }}',
      },
      {
        when: {
          all: [
            { field: 'malicious_count', op: 'gte', value: 3 },
            { field: 'suggested_threat_label', op: 'exists', value: true },
          ],
        },
        malice: 'Malicious',
        reason:
          '{{ extracted.malicious_count }} engines say malicious, as {{ extracted.suggested_threat_label }}',
      },
      {
        when: {
          any: [
            { field: 'malicious_count', op: 'gte', value: 1 },
            { field: 'suspicious_count', op: 'gte', value: 1 },
          ],
        },
        malice: 'Suspicious',
        reason:
          '{{ extracted.malicious_count }} malicious and {{ extracted.suspicious_count }} suspicious of {{ extracted.engine_total }} engines',
      },
      {
        when: { all: [{ field: 'engine_total', op: 'gte', value: 10 }] },
        malice: 'Benign',
        reason: 'none of {{ extracted.engine_total }} engines says malicious',
      },
    ],
  },
};
