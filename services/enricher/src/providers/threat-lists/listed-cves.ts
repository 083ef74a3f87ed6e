import { type ListedCve, MAX_LISTED_CVES } from '@calseta/common';
import { type ThreatListIndex } from './threat-list-index.js';

/** As https://www.cve.org/ResourcesSupport/AllResources/CNARules writes them. */
const CVE = /^CVE-\d{4}-\d{4,19}$/;

/**
 * Those of the CVE numbers that a deny list has, such as the catalogue of CISA. An allow list that has one, too, comes first:
 * its owner knows that it does no harm.
 */
export function findListed(index: ThreatListIndex, cves: Iterable<string>): ListedCve[] {
  const listed: ListedCve[] = [];
  for (const cve of cves) {
    const [first] = index.find('cve', cve);
    if (first?.verdict !== 'deny') continue;
    listed.push({
      cve,
      list: first.list,
      ...(first.reason !== undefined && { reason: first.reason }),
    });
    if (listed.length === MAX_LISTED_CVES) break;
  }
  return listed;
}

/** The CVE numbers among the facts of a provider: those of a scanned host, those that a scanner tries. */
export const cvesOf = (facts: Readonly<Record<string, unknown>>): Set<string> =>
  new Set(
    Object.values(facts)
      .flat()
      .filter((fact): fact is string => typeof fact === 'string')
      .map((fact) => fact.toUpperCase())
      .filter((fact) => CVE.test(fact)),
  );
