import { createMicroBatcher, WORKER_BATCHES } from '@calseta/async';
import { formatTimestamp } from '@calseta/common';
import { type Sightings, type SightingsStore } from '@calseta/database';
import { type LookupSubject, type Provider, type ProviderAnswer } from '../../domain/provider.js';

/** Lookups that wait at most; further ones are answered `unavailable`. */
const MAX_QUEUED = 100_000;

/**
 * Our own history. Only verdicts of people count. Computed verdicts are shown but not counted, because they would
 * confirm themselves.
 */
export function createSightings({ sightings }: { sightings: SightingsStore }): Provider {
  const batcher = createMicroBatcher({
    ...WORKER_BATCHES,
    maxQueued: MAX_QUEUED,
    run: (keys: Pick<LookupSubject, 'type' | 'value'>[]) => sightings.count(keys),
  });
  return {
    name: 'sightings',
    reach: 'local',
    supports: () => true,
    async lookup({ type, value }) {
      const seen = await batcher.add({ type, value });
      return seen ? toAnswer(seen) : { kind: 'not_found' };
    },
  };
}

const toAnswer = (seen: Sightings): ProviderAnswer => ({
  kind: 'found',
  extracted: {
    times_seen: seen.timesSeen,
    alert_count: seen.alertCount,
    ...(seen.isLowerBound && { counts_are_lower_bounds: true }),
    first_seen_at: formatTimestamp(seen.firstSeenAt),
    last_seen_at: formatTimestamp(seen.lastSeenAt),
    alert_verdicts: Object.fromEntries(
      Object.entries(seen.verdicts).map(([malice, count]) => [malice.toLowerCase(), count]),
    ),
  },
  malice: seen.confirmedMalicious > 0 ? 'Suspicious' : 'Pending',
});
