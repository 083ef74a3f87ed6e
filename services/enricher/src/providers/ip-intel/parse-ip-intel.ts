import { type Network, parseNetwork, splitCsvLine } from '@calseta/indicators';

export const MAX_ORGANIZATION_CHARS = 200;

/** As shown in enrichment: `{asn: 13335, organization: "…", country: "DE"}`. */
export type IpFacts = { asn?: number; organization?: string; country?: string };

export type IpIntelEntry = { network: Network; value: IpFacts };

/** Reads one line of cidr, asn, org, country; `nothing` for blank lines, `#` comments and the header. */
export function parseIpIntelLine(line: string): IpIntelEntry | 'nothing' | 'bad' {
  if (line.trim() === '' || line.startsWith('#')) return 'nothing';
  const [cidr = '', asn = '', organization = '', country = ''] = splitCsvLine(line);
  if (cidr.replace(/^\uFEFF/, '').toLowerCase() === 'cidr') return 'nothing';
  const network = parseNetwork(cidr);
  return network ? { network, value: toFacts(asn, organization, country) } : 'bad';
}

function toFacts(asn: string, organization: string, country: string): IpFacts {
  const number = /^(?:AS)?(\d{1,10})$/i.exec(asn)?.[1];
  return {
    ...(number !== undefined && { asn: Number(number) }),
    ...(organization !== '' && { organization: organization.slice(0, MAX_ORGANIZATION_CHARS) }),
    ...(/^[a-z]{2}$/i.test(country) && { country: country.toUpperCase() }),
  };
}
