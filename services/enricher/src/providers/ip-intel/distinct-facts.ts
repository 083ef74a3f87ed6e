import { copyText } from '@calseta/indicators';
import { type IpFacts } from './parse-ip-intel.js';

export type DistinctFacts = {
  /** The same object for equal facts; undefined for a new one too many. */
  same(facts: IpFacts): IpFacts | undefined;
  size(): number;
};

/** Keeps each owner once, however many networks it has. */
export function createDistinctFacts(max: number): DistinctFacts {
  const known = new Map<string, IpFacts>();
  return {
    same(facts) {
      const { asn = '', country = '', organization = '' } = facts;
      const key = `${asn} ${country} ${organization}`;
      const earlier = known.get(key);
      if (earlier) return earlier;
      if (known.size === max) return undefined;
      // A part of a line would keep the whole piece of the file that it was read from.
      const kept = organization === '' ? facts : { ...facts, organization: copyText(organization) };
      known.set(copyText(key), kept);
      return kept;
    },
    size: () => known.size,
  };
}
