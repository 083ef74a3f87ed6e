import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  type Indicator,
  readRecorded,
} from '../../../test/support/describe-provider-contract.js';
import { BUILTIN_PROVIDERS } from './index.js';

/** Answers beside those that vendors document: errors in 200, parts that are null or missing, newer and older shapes. */

const IP = { type: 'ip', value: '45.155.205.233' } as const;
const DOMAIN = { type: 'domain', value: 'bad.example' } as const;
const URL = { type: 'url', value: 'http://bad.example/x' } as const;
const HASH = { type: 'hash_sha256', value: 'a'.repeat(64) } as const;
const PERSON = { type: 'email', value: 'ana.silva@contoso.example' } as const;

const ok = (body: unknown): Answer => ({ status: 200, body });
const read = async (name: string, indicator: Indicator, ...answers: Answer[]) => {
  const provider = BUILTIN_PROVIDERS.find((one) => one.name === name);
  if (!provider) throw new Error(`There is no ${name}.`);
  return await readRecorded(provider, indicator, answers);
};

describe('an answer that knows nothing', () => {
  test.each<[string, Indicator, Answer]>([
    ['greynoise_community', IP, ok({ ip: 'x', noise: false, riot: false, message: 'x' })],
    [
      'greynoise_v3',
      IP,
      ok({
        ip: 'x',
        business_service_intelligence: { found: null },
        internet_scanner_intelligence: { found: null },
        request_metadata: { restricted_fields: ['x'] },
      }),
    ],
    ['urlhaus', DOMAIN, ok({ query_status: 'ok', url_count: '0', urls: [] })],
    ['urlhaus', URL, { status: 404, body: { query_status: 'no_results' } }],
    ['threatfox', IP, ok({ query_status: 'no_results', data: [] })],
    ['threatfox', DOMAIN, ok({ query_status: 'ok', data: null })],
    ['malwarebazaar', HASH, ok({ query_status: 'ok', data: [] })],
    ['shodan_internetdb', IP, ok({ detail: 'No information available' })],
    ['otx', IP, { status: 404, body: '<html>' }],
    ['urlscan', DOMAIN, ok({ results: [], took: 3, has_more: false })],
    ['ipinfo', IP, ok({ ip: '10.0.0.1', bogon: true })],
    ['okta', PERSON, { status: 404, body: { errorCode: 'E0000007' } }],
  ])('of %s is not found: %#', async (name, indicator, answer) => {
    const reading = await read(name, indicator, answer);
    expect([reading.status, reading.malice, reading.extracted]).toEqual([
      'not_found',
      'Pending',
      {},
    ]);
  });

  test('of a search says how many results there were', async () => {
    const reading = await read('urlscan', DOMAIN, ok({ results: [], total: 0, took: 4 }));
    expect([reading.status, reading.extracted]).toEqual(['not_found', { total: 0 }]);
  });
});

describe('an error inside 200', () => {
  test.each<[string, Indicator, unknown, [status: string, kind: string | undefined]]>([
    ['virustotal', IP, { error: { code: 'QuotaExceededError' } }, ['quota', undefined]],
    ['abuseipdb', IP, { errors: [{ detail: 'Daily limit', status: 429 }] }, ['quota', undefined]],
    ['abuseipdb', IP, { errors: [{ detail: 'No key', status: 401 }] }, ['failed', 'auth']],
    ['ipinfo', IP, { error: { title: 'Rate limit exceeded' } }, ['quota', undefined]],
    ['threatfox', IP, { query_status: 'unknown_auth_key', data: [] }, ['failed', 'auth']],
    ['threatfox', IP, { query_status: 'illegal_search_term' }, ['failed', 'error']],
    ['malwarebazaar', HASH, { query_status: 'user_blacklisted' }, ['failed', 'auth']],
    ['urlhaus', URL, { query_status: 'invalid_url' }, ['failed', 'error']],
    ['virustotal', IP, { data: { attributes: null } }, ['failed', 'bad_response']],
    ['virustotal', IP, [], ['failed', 'bad_response']],
    ['abuseipdb', IP, { data: null }, ['failed', 'bad_response']],
    ['urlscan', DOMAIN, { task: {}, page: {} }, ['failed', 'bad_response']],
    ['okta', PERSON, {}, ['failed', 'bad_response']],
  ])('of %s with %j is read as %j', async (name, indicator, body, expected) => {
    const { status, errorKind, malice } = await read(name, indicator, ok(body));
    expect([status, errorKind, malice]).toEqual([...expected, 'Pending']);
  });
});

describe('a verdict', () => {
  test('of numbers in texts names no engines where none are named', async () => {
    const stats = { malicious: '14', suspicious: '0', harmless: '60', undetected: '10' };
    const reading = await read(
      'virustotal',
      IP,
      ok({ data: { attributes: { last_analysis_stats: stats } } }),
    );
    expect([reading.malice, reading.reasons]).toEqual([
      'Malicious',
      ['14 of 84 engines say malicious'],
    ]);
  });

  test('puts a business service before what it scans', async () => {
    const service = { noise: true, riot: true, classification: 'malicious', name: 'A resolver' };
    const reading = await read('greynoise_community', IP, ok({ ip: 'x', ...service }));
    expect([reading.malice, reading.reasons]).toEqual([
      'Benign',
      ['a common business service: A resolver'],
    ]);
  });

  test('of pulses is given where those that name it are null', async () => {
    const reading = await read('otx', IP, ok({ pulse_info: { count: '3', pulses: null } }));
    expect([reading.status, reading.malice]).toEqual(['success', 'Suspicious']);
  });
});

describe('facts', () => {
  test.each([
    ['lite', { asn: 'AS15169', as_name: 'Google LLC', country_code: 'US', country: 'x' }],
    [
      'core',
      {
        geo: { city: 'Brisbane', country: 'x', country_code: 'US' },
        as: { asn: 'AS15169', name: 'Google LLC', type: 'hosting' },
        is_anycast: true,
        anonymous: { is_vpn: true },
      },
    ],
    ['legacy', { country: 'US', asn: { asn: 'AS15169', name: 'Google LLC' } }],
  ])('of IPinfo are read in the shape of %s', async (_, body) => {
    const { extracted } = await read('ipinfo', IP, ok({ ip: IP.value, ...body }));
    expect(extracted).toMatchObject({ asn: 'AS15169', as_name: 'Google LLC', country: 'US' });
  });

  test('of a directory stay when optional steps are refused, and count what is active', async () => {
    const user = ok({ id: '00u1', status: 'LOCKED_OUT', profile: { login: 'a', title: '' } });
    const refused = { status: 403, body: { errorCode: 'E0000006' } };
    const facts = { user_id: '00u1', status: 'LOCKED_OUT', login: 'a' };
    expect((await read('okta', PERSON, user, refused, refused)).extracted).toEqual(facts);
    const factors = ok([
      { factorType: 'push', status: 'PENDING_ACTIVATION' },
      { factorType: 'sms', status: 'ACTIVE' },
    ]);
    expect((await read('okta', PERSON, user, ok([]), factors)).extracted).toEqual({
      ...facts,
      groups: [],
      mfa_factor_count: 1,
      mfa_factors: ['sms'],
    });
  });

  test('of lists have no empty texts', async () => {
    const pulses = [{ name: 'A', adversary: '' }, { name: '' }];
    const { extracted } = await read('otx', IP, ok({ pulse_info: { count: 2, pulses } }));
    expect(extracted).toMatchObject({ pulse_names: ['A'], adversaries: [] });
  });
});
