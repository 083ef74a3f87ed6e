import { MAX_LISTED_CVES } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { cvesOf, findListed } from './listed-cves.js';
import { indexThreatLists } from './threat-list-index.js';

const entry = (value: string, reason?: string) => ({
  type: 'cve' as const,
  value,
  ...(reason !== undefined && { reason }),
});
const many = Array.from({ length: MAX_LISTED_CVES + 5 }, (_, index) => `CVE-2020-${1_000 + index}`);
const index = indexThreatLists([
  {
    name: 'kev',
    verdict: 'deny',
    entries: [
      entry('CVE-2024-3400', 'used by ransomware'),
      entry('CVE-2021-44228'),
      ...many.map((cve) => entry(cve)),
    ],
  },
  { name: 'mended', verdict: 'allow', entries: [entry('CVE-2021-44228')] },
]);

describe('listed vulnerabilities', () => {
  test('are named with their list, unless an allow list has them', () => {
    expect(findListed(index, ['CVE-2024-3400', 'CVE-2021-44228', 'CVE-1999-0001'])).toEqual([
      { cve: 'CVE-2024-3400', list: 'kev', reason: 'used by ransomware' },
    ]);
  });

  test('are as many as may be shown', () => {
    expect(findListed(index, many)).toHaveLength(MAX_LISTED_CVES);
  });

  test('are found among facts, whole and in any letter case', () => {
    const facts = {
      vulns: ['CVE-2024-3400', 'cve-2021-44228', 'CVE-2024-3400'],
      title: 'see CVE-2020-1000',
      count: 3,
      one: 'CVE-2019-0708',
    };
    expect([...cvesOf(facts)]).toEqual(['CVE-2024-3400', 'CVE-2021-44228', 'CVE-2019-0708']);
  });
});
