import { readFile } from 'node:fs/promises';
import { type IndicatorType, testProviderSchema } from '@calseta/common';
import {
  answerRecorded,
  compileLookup,
  createEnrichmentProviderSchema,
  lookupSchema,
  noTokens,
  runLookup,
} from '@calseta/http-steps';
import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  describeProviderContract,
  type Indicator,
  readRecorded,
} from '../../../test/support/describe-provider-contract.js';
import { BUILTIN_PROVIDERS } from './index.js';

const IP = { type: 'ip', value: '203.0.113.9' } as const;
const PERSON = { type: 'account', value: 'ana.silva@contoso.example' } as const;
const HASH = { type: 'hash_sha256', value: 'a'.repeat(64) } as const;
const URL = { type: 'url', value: 'http://bad.example/x' } as const;
const DOMAIN = { type: 'domain', value: 'bad.example' } as const;

const ok = (body: unknown): Answer => ({ status: 200, body });

const read = async (name: string, indicator: Indicator, answers: readonly Answer[]) => {
  const provider = BUILTIN_PROVIDERS.find((one) => one.name === name);
  if (!provider) throw new Error(`There is no ${name}.`);
  return await readRecorded(provider, indicator, answers);
};

const stats = (malicious: number, rest: Partial<Record<string, number>> = {}, more: object = {}) =>
  ok({
    data: {
      attributes: {
        last_analysis_stats: { malicious, suspicious: 0, harmless: 0, undetected: 0, ...rest },
        ...more,
      },
    },
  });

BUILTIN_PROVIDERS.forEach(describeProviderContract);

describe('verdicts', () => {
  test.each<[string, { type: IndicatorType; value: string }, Answer, string]>([
    ['virustotal', IP, stats(6, { harmless: 60 }), 'Malicious'],
    ['virustotal', IP, stats(1, { harmless: 80 }), 'Suspicious'],
    ['virustotal', IP, stats(0, { harmless: 9 }), 'Pending'],
    ['virustotal', IP, stats(0, { harmless: 10 }), 'Benign'],
    [
      'virustotal',
      HASH,
      stats(3, {}, { popular_threat_classification: { suggested_threat_label: 'x' } }),
      'Malicious',
    ],
    ['virustotal', HASH, stats(7, {}, { trusted_verdict: { verdict: 'goodware' } }), 'Benign'],
    ['abuseipdb', IP, ok({ data: { ipAddress: 'x', abuseConfidenceScore: 75 } }), 'Malicious'],
    ['abuseipdb', IP, ok({ data: { ipAddress: 'x', abuseConfidenceScore: 25 } }), 'Suspicious'],
    ['abuseipdb', IP, ok({ data: { ipAddress: 'x', abuseConfidenceScore: 24 } }), 'Pending'],
    [
      'abuseipdb',
      IP,
      ok({ data: { ipAddress: 'x', abuseConfidenceScore: 0, totalReports: 9 } }),
      'Benign',
    ],
    [
      'abuseipdb',
      IP,
      ok({ data: { ipAddress: 'x', abuseConfidenceScore: 0, totalReports: 0 } }),
      'Pending',
    ],
    [
      'abuseipdb',
      IP,
      ok({ data: { ipAddress: 'x', abuseConfidenceScore: 99, isWhitelisted: true } }),
      'Benign',
    ],
    [
      'greynoise_community',
      IP,
      ok({ noise: true, riot: false, classification: 'malicious' }),
      'Malicious',
    ],
    [
      'greynoise_community',
      IP,
      ok({ noise: true, riot: false, classification: 'unknown' }),
      'Pending',
    ],
    [
      'greynoise_community',
      IP,
      ok({ noise: false, riot: true, classification: 'benign' }),
      'Benign',
    ],
    [
      'greynoise_v3',
      IP,
      ok({
        ip: 'x',
        internet_scanner_intelligence: {
          found: true,
          classification: 'malicious',
          spoofable: true,
        },
      }),
      'Suspicious',
    ],
    [
      'greynoise_v3',
      IP,
      ok({ ip: 'x', business_service_intelligence: { found: true, trust_level: '2' } }),
      'Pending',
    ],
    [
      'urlhaus',
      URL,
      ok({ query_status: 'ok', url_status: 'offline', threat: 'malware_download' }),
      'Malicious',
    ],
    [
      'urlhaus',
      DOMAIN,
      ok({ query_status: 'ok', url_count: '3', urls: [{ url_status: 'offline' }] }),
      'Suspicious',
    ],
    [
      'urlhaus',
      DOMAIN,
      ok({ query_status: 'ok', url_count: '3', urls: [{ url_status: 'online' }] }),
      'Malicious',
    ],
    [
      'threatfox',
      IP,
      ok({ query_status: 'ok', data: [{ ioc: '203.0.113.9:443', confidence_level: '75' }] }),
      'Malicious',
    ],
    [
      'otx',
      DOMAIN,
      ok({
        pulse_info: { count: 9, pulses: [{ malware_families: ['X'] }] },
        validation: [{ source: 'majestic' }],
      }),
      'Benign',
    ],
    ['otx', DOMAIN, ok({ pulse_info: { count: 1, pulses: [] } }), 'Suspicious'],
    [
      'urlscan',
      DOMAIN,
      ok({ total: 2, results: [{ verdicts: { malicious: true, hasVerdicts: true } }] }),
      'Malicious',
    ],
    [
      'urlscan',
      DOMAIN,
      ok({ total: 2, results: [{ verdicts: { malicious: false, hasVerdicts: true } }] }),
      'Pending',
    ],
    [
      'shodan_internetdb',
      IP,
      ok({ ip: 'x', vulns: ['CVE-2020-1'], tags: ['compromised'] }),
      'Pending',
    ],
  ])('%s about %j says of %j: %#', async (name, indicator, answer, malice) => {
    expect(await read(name, indicator, [answer])).toMatchObject({ status: 'success', malice });
  });
});

describe('what is not known', () => {
  test.each<[string, { type: IndicatorType; value: string }, Answer]>([
    ['virustotal', IP, { status: 404, body: { error: { code: 'NotFoundError' } } }],
    ['greynoise_community', IP, { status: 404, body: { noise: false, riot: false } }],
    [
      'greynoise_v3',
      IP,
      ok({
        ip: 'x',
        internet_scanner_intelligence: { found: false },
        business_service_intelligence: { found: false },
      }),
    ],
    ['urlhaus', URL, ok({ query_status: 'no_results' })],
    [
      'threatfox',
      DOMAIN,
      ok({ query_status: 'no_result', data: 'Your search did not yield any results' }),
    ],
    [
      'threatfox',
      IP,
      ok({ query_status: 'ok', data: [{ ioc: '203.0.113.90:443', confidence_level: 100 }] }),
    ],
    ['threatfox', DOMAIN, ok({ query_status: 'ok', data: [] })],
    ['malwarebazaar', HASH, ok({ query_status: 'hash_not_found' })],
    ['malwarebazaar', HASH, ok({ query_status: 'ok', data: [] })],
    ['greynoise_community', IP, ok({ noise: false, riot: false })],
    ['shodan_internetdb', IP, { status: 404, body: { detail: 'No information available' } }],
    ['urlscan', DOMAIN, ok({ total: 0, results: [] })],
    ['ipinfo', IP, ok({ ip: 'x', bogon: true })],
    ['okta', PERSON, { status: 404, body: { errorCode: 'E0000007' } }],
  ])('%s knows nothing of %j when it says %j', async (name, indicator, answer) => {
    const reading = await read(name, indicator, [answer]);
    expect(reading).toMatchObject({ status: 'not_found', malice: 'Pending', extracted: {} });
  });
});

describe('directories', () => {
  test('okta tells who a user is and counts finished enrolments', async () => {
    const reading = await read('okta', PERSON, [
      ok({
        id: '00u1',
        status: 'LOCKED_OUT',
        profile: { department: 'Finance' },
        credentials: { x: 1 },
      }),
      ok([{ profile: { name: 'Everyone' } }, { profile: { name: 'Admins' } }]),
      ok([
        { factorType: 'push', status: 'ACTIVE' },
        { factorType: 'sms', status: 'PENDING_ACTIVATION' },
      ]),
    ]);
    expect(reading.urls).toEqual([
      'https://contoso.okta.example/api/v1/users/ana.silva%40contoso.example',
      'https://contoso.okta.example/api/v1/users/00u1/groups',
      'https://contoso.okta.example/api/v1/users/00u1/factors',
    ]);
    expect(reading).toMatchObject({
      status: 'success',
      malice: 'Pending',
      extracted: {
        user_id: '00u1',
        status: 'LOCKED_OUT',
        groups: ['Everyone', 'Admins'],
        mfa_factor_count: 1,
        mfa_factors: ['push'],
      },
    });
  });

  test('entra tells roles from groups, and passwords from second factors', async () => {
    const type = (name: string) => ({ '@odata.type': `#microsoft.graph.${name}` });
    const reading = await read('entra', PERSON, [
      ok({ access_token: 't', expires_in: 3599 }),
      ok({ id: 'o1', accountEnabled: false, userType: 'Guest' }),
      ok({
        value: [
          { ...type('group'), displayName: 'Sales' },
          { ...type('directoryRole'), displayName: 'Global Administrator' },
        ],
      }),
      { status: 404, body: { error: { code: 'Request_ResourceNotFound' } } },
      ok({ value: [type('passwordAuthenticationMethod'), type('phoneAuthenticationMethod')] }),
    ]);
    expect(reading.extracted).toMatchObject({
      account_enabled: false,
      groups: ['Sales'],
      directory_roles: ['Global Administrator'],
      mfa_methods: ['phoneAuthenticationMethod'],
      mfa_method_count: 1,
    });
  });
});

describe('what vendors refuse', () => {
  test.each<[string, { type: IndicatorType; value: string }, Answer, string]>([
    ['urlhaus', URL, ok({ query_status: 'invalid_url' }), 'error'],
    ['urlhaus', DOMAIN, ok({ query_status: 'http_post_expected' }), 'error'],
    ['urlhaus', URL, ok({ query_status: 'unknown_auth_key' }), 'auth'],
    ['threatfox', DOMAIN, ok({ query_status: 'illegal_search_term' }), 'error'],
    ['threatfox', HASH, { status: 403, body: { query_status: 'unknown_auth_key' } }, 'auth'],
    ['malwarebazaar', HASH, ok({ query_status: 'illegal_hash' }), 'error'],
    ['urlscan', DOMAIN, { status: 400, body: { message: 'Invalid API key' } }, 'auth'],
    ['urlscan', DOMAIN, { status: 400, body: { message: 'Bad query' } }, 'error'],
    // An error with the fields of an answer is an error.
    ['greynoise_community', IP, { status: 400, body: { noise: false, riot: false } }, 'error'],
    ['okta', PERSON, { status: 500, body: { id: 'x' } }, 'error'],
  ])('%s about %j says %j: %s', async (name, indicator, answer, errorKind) => {
    const reading = await read(name, indicator, [answer]);
    expect(reading).toMatchObject({ status: 'failed', malice: 'Pending', errorKind });
  });
});

const page = async (path: string): Promise<string> =>
  await readFile(new globalThis.URL(`../../../../../docs/${path}`, import.meta.url), 'utf8');

describe('docs/providers', () => {
  test.each(BUILTIN_PROVIDERS.map((provider) => [provider.name, provider] as const))(
    'has a page about %s, with its variables and its fields, and a row that leads there',
    async (name, { title, variables, lookup, quotas }) => {
      const own = await page(`providers/${name}.md`);
      expect(own).toMatch(new RegExp(`^# ${title}\n`));
      const { base_url: base } = variables;
      for (const variable of [...Object.values(variables.secrets), ...(base ? [base] : [])])
        expect(own).toContain(`\`${variable}\``);
      for (const { name: field } of lookup.fields) expect(own).toContain(`\`${field}\``);
      for (const { limit } of quotas) expect(own).toContain(limit.toLocaleString('en'));
      for (const part of ['get a key', 'limits', 'terms', 'sent to it', 'judged', 'fields'])
        expect(own).toMatch(new RegExp(`^## .*${part}`, 'm'));
      const list = await page('providers.md');
      const row = list.split('\n').find((line) => line.startsWith(`| [\`${name}\``)) ?? '';
      expect(row).toContain(`(providers/${name}.md)`);
      for (const variable of Object.values(variables.secrets))
        expect(row).toContain(`\`${variable}\``);
    },
  );

  test('shows a provider that works, and an answer that it reads', async () => {
    const printed = [...(await page('providers.md')).matchAll(/```json\n([^`]*)```/g)].map(
      ([, json = '']) => JSON.parse(json) as Record<string, unknown>,
    );
    const draft = printed.find((body) => Object.hasOwn(body, 'steps'));
    const input = printed.find((body) => Object.hasOwn(body, 'recorded'));
    const { indicator_types, secrets, auth, steps, fields, malice } =
      createEnrichmentProviderSchema.parse(draft);
    const compiled = compileLookup(
      lookupSchema.parse({ indicator_types, secrets, auth, steps, fields, malice }),
    );
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
    const { indicator, recorded = [] } = testProviderSchema.parse(input);
    const reading = await runLookup({
      lookup: compiled.value,
      indicator,
      secrets: { token: 't' },
      baseUrl: '',
      replacesOrigin: false,
      send: answerRecorded(recorded).send,
      tokens: noTokens,
    });
    expect(reading).toMatchObject({
      malice: 'Malicious',
      extracted: { score: 91, categories: ['c2'] },
    });
  });
});
