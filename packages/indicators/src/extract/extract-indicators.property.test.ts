import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { extractIndicators } from './extract-indicators.js';
import { compileMappings } from './mappings.js';

const extract = (rawPayload: unknown, title = '') =>
  extractIndicators({
    sourceName: 'generic',
    title,
    rawPayload,
    statedIndicators: [],
    normalizedFields: {},
    mappings: compileMappings([
      { id: 'm', pass: 'custom', path: '*.*', indicatorType: 'domain' },
      { id: 'n', pass: 'system', path: 'src_ip', indicatorType: 'ip' },
    ]),
  }).indicators;

const keys = fc.constantFrom(
  'src_ip',
  'user',
  'domain',
  'TargetUserName',
  'TargetDomainName',
  'url',
  'sha256',
  'message',
  'Name',
  'Type',
  'UPNSuffix',
  'value',
  'indicators',
  'hash',
  '__proto__',
  'a.b/c',
  '',
);
const values = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.domain(),
  fc.emailAddress(),
  fc.webUrl(),
  fc.stringMatching(/^[0-9a-f]{64}$/),
  fc.constantFrom(
    'CORP\\jdoe',
    'account',
    'guest',
    '{"user":"x"}',
    '<a b="c">1.2.3.4</a>',
    '\ud800',
    'a\u0000b',
    'hxxp://a[.]com',
  ),
  fc.string({ unit: 'binary' }),
);
const payloads = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    values,
    fc.double(),
    fc.constantFrom(null, true),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(keys, fc.string()), tie('node'), { maxKeys: 5 }),
  ),
})).node;

describe('extractIndicators, whatever the payload', () => {
  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(payloads, fc.anything()), fc.string(), (payload, title) => {
        extract(payload, title);
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives the same answer twice', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        expect(extract(payload)).toEqual(extract(payload));
      }),
    );
  });

  test('yields canonical values that databases can store, each once', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const indicators = extract(payload);
        for (const { type, value, provenance } of indicators) {
          expect(canonicalize(type, value)).toMatchObject({ ok: true, value });
          expect(JSON.stringify([value, provenance])).not.toMatch(/\\u0000|\\ud[89a-f]/);
        }
        const identities = indicators.map(({ type, value }) => `${type}|${value}`);
        expect(new Set(identities).size).toBe(identities.length);
      }),
      { numRuns: 500 },
    );
  });

  test('takes nothing from outside the input', () => {
    const plain = fc.dictionary(
      keys,
      fc.oneof(
        fc.ipV4(),
        fc.domain(),
        fc.emailAddress().filter((address) => /^[\w.]+@/.test(address)),
        fc.constantFrom('CORP', 'jdoe', 'corp.com', 'account'),
      ),
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(plain, (payload) => {
        const input = JSON.stringify(payload).toLowerCase();
        for (const { value } of extract(payload)) {
          for (const piece of value.split(/[\\@]/)) expect(input).toContain(piece);
        }
      }),
      { numRuns: 500 },
    );
  });
});
