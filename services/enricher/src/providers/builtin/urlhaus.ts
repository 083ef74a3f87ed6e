import { type Step } from '@calseta/http-steps';
import { ABUSE_CH } from './abuse-ch.js';
import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { MINUTE, HOUR } = seconds;

const RULES = {
  ...ABUSE_CH,
  not_found: {
    any: [
      { field: 'body.query_status', op: 'in', value: ['no_results', 'no_result'] },
      // A host that is on record without any URL.
      {
        all: [
          { field: 'body.query_status', op: 'eq', value: 'ok' },
          { field: 'body.url_count', op: 'eq', value: 0 },
        ],
        none: [{ field: 'body.urls', op: 'exists', value: true }],
      },
    ],
  },
  error: { all: [{ field: 'body.query_status', op: 'regex', value: '^(invalid_|http_)' }] },
} satisfies Pick<Step, 'not_found' | 'found' | 'auth_error' | 'error'>;

/** https://urlhaus-api.abuse.ch: malware on the web. Its numbers are texts; what is not known is answered with 200. */
export const urlhaus: BuiltinProvider = {
  name: 'urlhaus',
  title: 'URLhaus',
  base_url: 'https://urlhaus-api.abuse.ch',
  variables: { secrets: { auth_key: 'ABUSECH_AUTH_KEY' }, base_url: 'URLHAUS_BASE_URL' },
  quotas: [{ limit: 60, window_seconds: MINUTE }],
  ttls: { success: HOUR, not_found: HOUR },
  reliability: 0.8,
  timeout_ms: 6_000,
  lookup: {
    indicator_types: ['url', 'domain', 'ip', 'hash_md5', 'hash_sha256'],
    secrets: ['auth_key'],
    auth: { kind: 'header', name: 'Auth-Key', value: '{{ secrets.auth_key }}' },
    steps: [
      {
        name: 'url',
        method: 'POST',
        indicator_types: ['url'],
        url: 'https://urlhaus-api.abuse.ch/v1/url/',
        form: { url: '{{ indicator.value }}' },
        ...RULES,
      },
      {
        name: 'host',
        method: 'POST',
        indicator_types: ['domain', 'ip'],
        url: 'https://urlhaus-api.abuse.ch/v1/host/',
        form: { host: '{{ indicator.value }}' },
        ...RULES,
      },
      {
        name: 'payload_md5',
        method: 'POST',
        indicator_types: ['hash_md5'],
        url: 'https://urlhaus-api.abuse.ch/v1/payload/',
        form: { md5_hash: '{{ indicator.value }}' },
        ...RULES,
      },
      {
        name: 'payload_sha256',
        method: 'POST',
        indicator_types: ['hash_sha256'],
        url: 'https://urlhaus-api.abuse.ch/v1/payload/',
        form: { sha256_hash: '{{ indicator.value }}' },
        ...RULES,
      },
    ],
    fields: [
      { name: 'url_status', path: 'url_status' },
      { name: 'threat', path: ['threat', 'urls.threat'] },
      { name: 'tags', path: ['tags', 'urls.tags'], take: 'all', distinct: true },
      { name: 'date_added', path: 'date_added' },
      { name: 'last_online', path: 'last_online' },
      { name: 'firstseen', path: 'firstseen' },
      { name: 'lastseen', path: 'lastseen' },
      { name: 'url_count', path: 'url_count', as: 'number' },
      {
        name: 'online_urls',
        path: 'urls',
        where: { all: [{ field: 'url_status', op: 'eq', value: 'online' }] },
        take: 'count',
      },
      { name: 'urls', path: 'urls', select: 'url', take: 'all', limit: 10 },
      { name: 'spamhaus_dbl', path: 'blacklists.spamhaus_dbl' },
      { name: 'surbl', path: 'blacklists.surbl' },
      { name: 'larted', path: 'larted', as: 'boolean' },
      { name: 'signature', path: ['payloads.signature', 'signature'] },
      { name: 'file_type', path: ['payloads.file_type', 'file_type'] },
      { name: 'file_size', path: 'file_size', as: 'number' },
      { name: 'payload_sha256', path: 'payloads.response_sha256', take: 'all', limit: 10 },
      { name: 'reference', path: 'urlhaus_reference' },
    ],
    malice: [
      {
        when: { all: [{ field: 'url_status', op: 'exists', value: true }] },
        malice: 'Malicious',
        reason: 'listed as {{ extracted.threat }}, {{ extracted.url_status }}',
      },
      {
        when: { all: [{ field: 'indicator.type', op: 'in', value: ['hash_md5', 'hash_sha256'] }] },
        malice: 'Malicious',
        reason: 'a payload that URLhaus has seen, {{ extracted.url_count }} URLs',
      },
      {
        // A platform that many share serves malware of some of its users.
        when: {
          all: [
            { field: 'online_urls', op: 'gte', value: 1 },
            { field: 'indicator.type', op: 'eq', value: 'domain' },
            { field: 'spamhaus_dbl', op: 'starts_with', value: 'abused_legit' },
          ],
        },
        malice: 'Suspicious',
        reason: '{{ extracted.online_urls }} URLs online on an abused but legitimate host',
      },
      {
        when: { all: [{ field: 'online_urls', op: 'gte', value: 1 }] },
        malice: 'Malicious',
        reason:
          '{{ extracted.online_urls }} malware URLs online of {{ extracted.url_count }} known',
      },
      {
        when: { all: [{ field: 'url_count', op: 'gte', value: 1 }] },
        malice: 'Suspicious',
        reason: '{{ extracted.url_count }} malware URLs known, none online',
      },
    ],
  },
};
