import { describeSightings, SIGHTINGS } from '@calseta/common';
import { type LookupSubject, type Provider, type ProviderAnswer } from '../../domain/provider.js';

/** Our own history. Its counters are loaded with the indicator, so that nothing is asked, and no answer stored. */
export const sightings: Provider = {
  name: SIGHTINGS,
  reach: 'local',
  supports: () => true,
  derive,
  lookup: (subject) => Promise.resolve(derive(subject)),
};

function derive({ sightings: seen }: LookupSubject): ProviderAnswer {
  return seen ? { kind: 'found', ...describeSightings(seen) } : { kind: 'not_found' };
}
