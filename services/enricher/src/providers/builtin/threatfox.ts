import { ABUSE_CH } from './abuse-ch.js';
import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { MINUTE, HOUR } = seconds;

/** An address is listed with its port, so that its search is for a part of a text. */
const OF_THIS_ADDRESS = {
  any: [
    { field: 'ioc', op: 'eq' as const, value: '{{ indicator.value }}' },
    { field: 'ioc', op: 'starts_with' as const, value: '{{ indicator.value }}:' },
    { field: 'ioc', op: 'starts_with' as const, value: '[{{ indicator.value }}]' },
  ],
};
const NO_RESULT = {
  any: [{ field: 'body.query_status', op: 'in' as const, value: ['no_result', 'no_results'] }],
};
const NO_HIT = {
  any: [
    ...NO_RESULT.any,
    {
      all: ABUSE_CH.found.all,
      none: ['ioc', 'malware', 'confidence_level'].map((key) => ({
        field: `body.data.${key}`,
        op: 'exists' as const,
        value: true as const,
      })),
    },
  ],
};
const RULES = {
  ...ABUSE_CH,
  error: { all: [{ field: 'body.query_status', op: 'starts_with' as const, value: 'illegal_' }] },
};

/** https://threatfox.abuse.ch/api: indicators of malware, with the confidence of whoever reports them. */
export const threatfox: BuiltinProvider = {
  name: 'threatfox',
  title: 'ThreatFox',
  base_url: 'https://threatfox-api.abuse.ch',
  variables: { secrets: { auth_key: 'ABUSECH_AUTH_KEY' }, base_url: 'THREATFOX_BASE_URL' },
  quotas: [{ limit: 60, window_seconds: MINUTE }],
  ttls: { success: 6 * HOUR, not_found: HOUR },
  reliability: 0.8,
  timeout_ms: 6_000,
  lookup: {
    indicator_types: ['ip', 'domain', 'url', 'hash_md5', 'hash_sha256'],
    secrets: ['auth_key'],
    auth: { kind: 'header', name: 'Auth-Key', value: '{{ secrets.auth_key }}' },
    steps: [
      {
        name: 'address',
        method: 'POST',
        indicator_types: ['ip'],
        url: 'https://threatfox-api.abuse.ch/api/v1/',
        json: { query: 'search_ioc', search_term: '{{ indicator.value }}', exact_match: false },
        not_found: {
          any: [
            ...NO_RESULT.any,
            {
              all: ABUSE_CH.found.all,
              none: OF_THIS_ADDRESS.any.map((one) => ({ ...one, field: 'body.data.ioc' })),
            },
          ],
        },
        ...RULES,
      },
      {
        name: 'ioc',
        method: 'POST',
        indicator_types: ['domain', 'url'],
        url: 'https://threatfox-api.abuse.ch/api/v1/',
        json: { query: 'search_ioc', search_term: '{{ indicator.value }}', exact_match: true },
        not_found: NO_HIT,
        ...RULES,
      },
      {
        name: 'hash',
        method: 'POST',
        indicator_types: ['hash_md5', 'hash_sha256'],
        url: 'https://threatfox-api.abuse.ch/api/v1/',
        json: { query: 'search_hash', hash: '{{ indicator.value }}' },
        not_found: NO_HIT,
        ...RULES,
      },
    ],
    fields: (['address', 'other'] as const).flatMap((kind) => {
      const types: ('ip' | 'domain' | 'url' | 'hash_md5' | 'hash_sha256')[] =
        kind === 'address' ? ['ip'] : ['domain', 'url', 'hash_md5', 'hash_sha256'];
      const of = {
        path: 'data',
        indicator_types: types,
        ...(kind === 'address' && { where: OF_THIS_ADDRESS }),
      };
      return [
        { ...of, name: 'confidence_level', select: 'confidence_level', take: 'max' as const },
        { ...of, name: 'malware', select: ['malware_printable', 'malware'] },
        { ...of, name: 'malware_alias', select: 'malware_alias' },
        { ...of, name: 'threat_type', select: 'threat_type' },
        { ...of, name: 'ioc', select: 'ioc' },
        { ...of, name: 'ioc_type', select: 'ioc_type' },
        { ...of, name: 'first_seen', select: 'first_seen' },
        { ...of, name: 'last_seen', select: 'last_seen' },
        { ...of, name: 'tags', select: 'tags', take: 'all' as const, distinct: true },
        { ...of, name: 'reference', select: 'reference' },
        { ...of, name: 'hit_count', take: 'count' as const },
      ];
    }),
    malice: [
      {
        when: { all: [{ field: 'confidence_level', op: 'gte', value: 75 }] },
        malice: 'Malicious',
        reason:
          '{{ extracted.malware }} ({{ extracted.threat_type }}), confidence {{ extracted.confidence_level }} of 100',
      },
      {
        when: { all: [{ field: 'confidence_level', op: 'gte', value: 25 }] },
        malice: 'Suspicious',
        reason:
          '{{ extracted.malware }} ({{ extracted.threat_type }}), confidence {{ extracted.confidence_level }} of 100',
      },
    ],
  },
};
