import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { HOUR } = seconds;
const ORIGIN = 'https://otx.alienvault.com/api/v1/indicators';

/** https://otx.alienvault.com/api: how many pulses name an indicator; every valid one is answered with 200. */
export const otx: BuiltinProvider = {
  name: 'otx',
  title: 'AlienVault OTX',
  base_url: 'https://otx.alienvault.com',
  variables: { secrets: { api_key: 'OTX_API_KEY' }, base_url: 'OTX_BASE_URL' },
  quotas: [{ limit: 10_000, window_seconds: HOUR }],
  ttls: { success: 12 * HOUR, not_found: 6 * HOUR },
  reliability: 0.5,
  timeout_ms: 9_000,
  lookup: {
    indicator_types: ['ip', 'domain', 'hash_md5', 'hash_sha1', 'hash_sha256', 'url'],
    secrets: ['api_key'],
    auth: { kind: 'header', name: 'X-OTX-API-KEY', value: '{{ secrets.api_key }}' },
    steps: [
      {
        name: 'lookup',
        method: 'GET',
        url: {
          ip: `${ORIGIN}/{{ indicator.family }}/{{ indicator.value }}/general`,
          domain: `${ORIGIN}/domain/{{ indicator.value }}/general`,
          hash_md5: `${ORIGIN}/file/{{ indicator.value }}/general`,
          hash_sha1: `${ORIGIN}/file/{{ indicator.value }}/general`,
          hash_sha256: `${ORIGIN}/file/{{ indicator.value }}/general`,
          url: `${ORIGIN}/url/{{ indicator.value }}/general`,
        },
        not_found: { all: [{ field: 'status', op: 'eq', value: 404 }] },
        found: {
          any: ['pulse_info', 'indicator', 'base_indicator'].map((key) => ({
            field: `body.${key}`,
            op: 'exists',
            value: true,
          })),
        },
      },
    ],
    fields: [
      { name: 'pulse_count', path: 'pulse_info.count', as: 'number' },
      { name: 'pulse_names', path: 'pulse_info.pulses', select: 'name', take: 'all', limit: 5 },
      {
        name: 'pulse_tags',
        path: 'pulse_info.pulses',
        select: 'tags',
        take: 'all',
        distinct: true,
      },
      {
        name: 'malware_families',
        path: 'pulse_info.pulses',
        select: ['malware_families.display_name', 'malware_families'],
        take: 'all',
        distinct: true,
        limit: 10,
      },
      {
        name: 'adversaries',
        path: 'pulse_info.pulses',
        select: 'adversary',
        take: 'all',
        distinct: true,
        limit: 5,
      },
      {
        name: 'attack_ids',
        path: 'pulse_info.pulses',
        select: 'attack_ids.id',
        take: 'all',
        distinct: true,
        limit: 10,
      },
      { name: 'validation', path: 'validation', select: 'source', take: 'all', distinct: true },
      {
        name: 'false_positive',
        path: 'false_positive',
        select: 'assessment',
        take: 'all',
        limit: 5,
      },
      { name: 'reputation', path: 'reputation', as: 'number' },
      { name: 'asn', path: 'asn' },
      { name: 'country_code', path: 'country_code' },
      { name: 'indicator_type', path: 'type' },
    ],
    malice: [
      {
        when: { any: [{ field: 'false_positive', op: 'contains', value: 'accepted' }] },
        malice: 'Benign',
        reason: 'an accepted false positive of OTX',
      },
      {
        when: { all: [{ field: 'validation', op: 'exists', value: true }] },
        malice: 'Benign',
        reason: 'OTX holds it for good: {{ extracted.validation }}',
      },
      {
        when: {
          all: [
            { field: 'pulse_count', op: 'gte', value: 5 },
            { field: 'malware_families', op: 'exists', value: true },
          ],
        },
        malice: 'Malicious',
        reason: '{{ extracted.pulse_count }} pulses, families {{ extracted.malware_families }}',
      },
      {
        when: { all: [{ field: 'pulse_count', op: 'gte', value: 1 }] },
        malice: 'Suspicious',
        reason: '{{ extracted.pulse_count }} pulses name it',
      },
    ],
  },
};
