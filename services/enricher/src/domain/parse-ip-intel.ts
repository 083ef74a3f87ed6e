import { createIpTable, type IpTable, parseNetwork } from './ip-table.js';
import { splitCsvLine } from './split-csv-line.js';

export const MAX_IP_INTEL_BYTES = 64 * 1024 * 1024;
export const MAX_ORGANIZATION_CHARS = 200;

/** As it is shown: `{asn: 13335, organization: "…", country: "DE"}`, whatever of it the file knows. */
export type IpFacts = { asn?: number; organization?: string; country?: string };

/** Reads CSV lines of cidr, asn, org, country; a header and `#` comments are skipped. */
export function parseIpIntel(text: string): { table: IpTable<IpFacts>; badLines: number } {
  let badLines = 0;
  const entries: { network: string; value: IpFacts }[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [network = '', asn = '', organization = '', country = ''] = splitCsvLine(line);
    if (parseNetwork(network))
      entries.push({ network, value: toFacts(asn, organization, country) });
    else if (index > 0 || network.toLowerCase() !== 'cidr') badLines++;
  }
  return { table: createIpTable(entries), badLines };
}

function toFacts(asn: string, organization: string, country: string): IpFacts {
  const number = /^(?:AS)?(\d{1,10})$/i.exec(asn)?.[1];
  return {
    ...(number !== undefined && { asn: Number(number) }),
    ...(organization !== '' && { organization: organization.slice(0, MAX_ORGANIZATION_CHARS) }),
    ...(/^[a-z]{2}$/i.test(country) && { country: country.toUpperCase() }),
  };
}
