import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { MINUTE, HOUR, DAY } = seconds;

/** https://docs.urlscan.io: searches what others scanned, and never submits. No verdict there says nothing. */
export const urlscan: BuiltinProvider = {
  name: 'urlscan',
  title: 'urlscan.io',
  base_url: 'https://urlscan.io',
  variables: { secrets: { api_key: 'URLSCAN_API_KEY' }, base_url: 'URLSCAN_BASE_URL' },
  quotas: [
    { limit: 30, window_seconds: MINUTE },
    { limit: 500, window_seconds: HOUR },
    { limit: 1_000, window_seconds: DAY },
  ],
  ttls: { success: 6 * HOUR, not_found: 3 * HOUR },
  reliability: 0.6,
  timeout_ms: 8_000,
  lookup: {
    indicator_types: ['domain', 'ip', 'url', 'hash_sha256'],
    secrets: ['api_key'],
    auth: { kind: 'header', name: 'API-Key', value: '{{ secrets.api_key }}' },
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: {
          domain:
            'https://urlscan.io/api/v1/search/?q=page.domain%3A{{ indicator.value | query_phrase }}',
          ip: 'https://urlscan.io/api/v1/search/?q=page.ip%3A{{ indicator.value | query_phrase }}',
          url: 'https://urlscan.io/api/v1/search/?q=page.url%3A{{ indicator.value | query_phrase }}',
          hash_sha256:
            'https://urlscan.io/api/v1/search/?q=hash%3A{{ indicator.value | query_phrase }}',
        },
        query: { size: '10' },
        // A malformed key is answered with 400, whatever is asked.
        auth_error: {
          all: [{ field: 'status', op: 'eq', value: 400 }],
          any: ['message', 'description', 'errors.title', 'errors.detail'].map((field) => ({
            field: `body.${field}`,
            op: 'regex',
            value: 'API.?key',
          })),
        },
        not_found: {
          any: [
            { field: 'body.total', op: 'eq', value: 0 },
            {
              any: ['total', 'took', 'has_more'].map((key) => ({
                field: `body.${key}`,
                op: 'exists',
                value: true,
              })),
              none: [{ field: 'body.results', op: 'exists', value: true }],
            },
          ],
        },
        found: { all: [{ field: 'body.results', op: 'exists', value: true }] },
      },
    ],
    fields: [
      { name: 'total', path: 'total', as: 'number', even_if_not_found: true },
      { name: 'last_scan', path: 'results', select: 'task.time' },
      { name: 'task_url', path: 'results', select: 'task.url' },
      { name: 'page_url', path: 'results', select: 'page.url' },
      { name: 'page_domain', path: 'results', select: 'page.domain' },
      { name: 'page_ip', path: 'results', select: 'page.ip' },
      { name: 'page_title', path: 'results', select: 'page.title' },
      { name: 'page_status', path: 'results', select: 'page.status' },
      { name: 'page_country', path: 'results', select: 'page.country' },
      { name: 'page_asn', path: 'results', select: 'page.asn' },
      { name: 'page_asn_name', path: 'results', select: 'page.asnname' },
      { name: 'page_server', path: 'results', select: 'page.server' },
      { name: 'redirected', path: 'results', select: 'page.redirected' },
      { name: 'result_url', path: 'results', select: 'result' },
      {
        name: 'malicious_scans',
        path: 'results',
        where: { all: [{ field: 'verdicts.malicious', op: 'eq', value: true }] },
        take: 'count',
      },
      {
        name: 'judged_scans',
        path: 'results',
        where: { all: [{ field: 'verdicts.hasVerdicts', op: 'eq', value: true }] },
        take: 'count',
      },
      { name: 'max_score', path: 'results', select: 'verdicts.score', take: 'max' },
      {
        name: 'categories',
        path: 'results',
        select: ['verdicts.categories', 'verdicts.urlscan.categories'],
        take: 'all',
        distinct: true,
      },
      {
        name: 'brands',
        path: 'results',
        select: ['brand.name', 'verdicts.brands.name'],
        take: 'all',
        distinct: true,
        limit: 5,
      },
    ],
    malice: [
      {
        when: { all: [{ field: 'malicious_scans', op: 'gte', value: 1 }] },
        malice: 'Malicious',
        reason: '{{ extracted.malicious_scans }} of the newest scans were judged malicious',
      },
    ],
  },
};
