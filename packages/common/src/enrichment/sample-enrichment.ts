import { formatTimestamp } from '../timestamp.js';

/**
 * The built-in providers' answers about the address of a sample alert, with the resulting verdict. A test of the
 * enricher compares them with the real providers.
 */
export const sampleEnrichment = (now: Date) =>
  ({
    subject: { type: 'ip', value: '203.0.113.7', classification: 'documentation' },
    /** Sightings before this alert. */
    seen: {
      timesSeen: 3,
      alertCount: 2,
      isLowerBound: false,
      firstSeenAt: now,
      lastSeenAt: now,
      verdicts: { Malicious: 1, Pending: 1 },
      confirmedMalicious: 1,
    },
    malice: 'Suspicious',
    maliceReasons: ['sightings: Suspicious (reliability 0.3)'],
    succeeded: ['sightings', 'ip_intel'],
    notFound: ['threat_lists'],
    results: {
      ip_intel: { extracted: { address_class: 'documentation', ip_version: 4 } },
      sightings: {
        extracted: {
          times_seen: 3,
          alert_count: 2,
          first_seen_at: formatTimestamp(now),
          last_seen_at: formatTimestamp(now),
          alert_verdicts: { malicious: 1, pending: 1 },
        },
      },
    },
  }) as const;
