import { type BuiltinProvider, seconds } from './builtin-provider.js';

const { HOUR, DAY } = seconds;
const SCANNER = 'internet_scanner_intelligence';
const BUSINESS = 'business_service_intelligence';

const IS_ANSWER = {
  any: ['ip', SCANNER, BUSINESS].map((key) => ({
    field: `body.${key}`,
    op: 'exists' as const,
    value: true as const,
  })),
};

/** https://docs.greynoise.io, for subscribers. The trust level is a text: "1" is to be ignored, "2" commonly seen. */
export const greynoiseV3: BuiltinProvider = {
  name: 'greynoise_v3',
  title: 'GreyNoise',
  base_url: 'https://api.greynoise.io',
  variables: { secrets: { api_key: 'GREYNOISE_API_KEY' }, base_url: 'GREYNOISE_V3_BASE_URL' },
  quotas: [{ limit: 1_000, window_seconds: DAY }],
  ttls: { success: DAY, not_found: 12 * HOUR },
  reliability: 0.7,
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
        url: 'https://api.greynoise.io/v3/ip/{{ indicator.value }}',
        not_found: {
          any: [
            { field: 'status', op: 'eq', value: 404 },
            {
              all: [{ field: 'status', op: 'eq', value: 200 }, IS_ANSWER],
              none: [
                { field: `body.${SCANNER}.found`, op: 'eq', value: true },
                { field: `body.${BUSINESS}.found`, op: 'eq', value: true },
              ],
            },
          ],
        },
        found: IS_ANSWER,
      },
    ],
    fields: [
      { name: 'scanner_found', path: `${SCANNER}.found`, as: 'boolean' },
      { name: 'classification', path: `${SCANNER}.classification` },
      { name: 'actor', path: `${SCANNER}.actor` },
      { name: 'tags', path: `${SCANNER}.tags`, select: 'name', take: 'all' },
      { name: 'cves', path: `${SCANNER}.tags`, select: 'cves', take: 'all', distinct: true },
      {
        name: 'recommend_block',
        path: `${SCANNER}.tags`,
        where: { all: [{ field: 'recommend_block', op: 'eq', value: true }] },
        select: 'recommend_block',
      },
      { name: 'first_seen', path: `${SCANNER}.first_seen` },
      { name: 'last_seen', path: `${SCANNER}.last_seen` },
      { name: 'spoofable', path: `${SCANNER}.spoofable`, as: 'boolean' },
      { name: 'vpn', path: `${SCANNER}.vpn`, as: 'boolean' },
      { name: 'tor', path: `${SCANNER}.tor`, as: 'boolean' },
      { name: 'bot', path: `${SCANNER}.bot`, as: 'boolean' },
      { name: 'asn', path: `${SCANNER}.metadata.asn` },
      { name: 'organization', path: `${SCANNER}.metadata.organization` },
      { name: 'category', path: `${SCANNER}.metadata.category` },
      { name: 'country_code', path: `${SCANNER}.metadata.source_country_code` },
      { name: 'rdns', path: `${SCANNER}.metadata.rdns` },
      { name: 'business_found', path: `${BUSINESS}.found`, as: 'boolean' },
      { name: 'service_name', path: `${BUSINESS}.name` },
      { name: 'service_category', path: `${BUSINESS}.category` },
      { name: 'trust_level', path: `${BUSINESS}.trust_level`, as: 'text' },
    ],
    malice: [
      {
        when: {
          all: [
            { field: 'business_found', op: 'eq', value: true },
            { field: 'trust_level', op: 'eq', value: '1' },
          ],
        },
        malice: 'Benign',
        reason: 'a common business service: {{ extracted.service_name }}',
      },
      {
        when: {
          all: [
            { field: 'classification', op: 'eq', value: 'malicious' },
            { field: 'spoofable', op: 'ne', value: true },
          ],
        },
        malice: 'Malicious',
        reason: 'scans the internet with bad intent, last seen {{ extracted.last_seen }}',
      },
      {
        when: { all: [{ field: 'classification', op: 'in', value: ['malicious', 'suspicious'] }] },
        malice: 'Suspicious',
        reason:
          'classified {{ extracted.classification }}; the address may be spoofed or the intent is unclear',
      },
      {
        when: { all: [{ field: 'classification', op: 'eq', value: 'benign' }] },
        malice: 'Benign',
        reason: 'a known scanner: {{ extracted.actor }}',
      },
    ],
  },
};
