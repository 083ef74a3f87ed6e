/** How short names are completed; see resolv.conf(5). */
export type SearchList = {
  /** Domains that are appended to a name. */
  domains: readonly string[];
  /** A name with at least this many dots is looked up unchanged first. */
  ndots: number;
};

export const NO_SEARCH_LIST: SearchList = { domains: [], ndots: 1 };

/** The limit of Kubernetes. */
const MAX_SEARCH_DOMAINS = 32;
const MAX_NDOTS = 15;

/** Reads `search`, `domain` and `options ndots` of resolv.conf; the last `search` or `domain` wins. */
export function parseSearchList(resolvConf: string): SearchList {
  let { domains, ndots } = NO_SEARCH_LIST;
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') domains = values;
    if (keyword === 'domain') domains = values.slice(0, 1);
    if (keyword === 'options') {
      const given = values.map((option) => /^ndots:(\d{1,5})$/.exec(option)?.[1]).find(Boolean);
      if (given !== undefined) ndots = Math.min(Number(given), MAX_NDOTS);
    }
  }
  const named = domains
    .map((domain) => domain.replace(/\.$/, ''))
    .filter((domain) => domain !== '');
  return { domains: named.slice(0, MAX_SEARCH_DOMAINS), ndots };
}

/** Full names for a given name, in look-up order. A name with a root dot is complete. */
export function candidatesOf(name: string, { domains, ndots }: SearchList): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const completed = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...completed] : [...completed, name];
}
