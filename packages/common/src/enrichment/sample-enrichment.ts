import { formatTimestamp } from '../core/timestamp.js';

/**
 * The built-in providers' answers about the address of a sample alert, with the resulting verdict. A test of the
 * enricher compares them with the real providers.
 */
export const sampleEnrichment = (now: Date) =>
  ({
    subject: { type: 'ip', value: '203.0.113.7', classification: 'documentation' },
    /** Sightings, with that of this alert. */
    seen: {
      alertCount: 2,
      benignAlerts: 0,
      suspiciousAlerts: 0,
      maliciousAlerts: 1,
      confirmedMaliciousAlerts: 1,
      firstSeenAt: now,
      lastSeenAt: now,
    },
    malice: 'Suspicious',
    maliceReasons: ['sightings: Suspicious (reliability 0.3)'],
    succeeded: ['sightings', 'ip_intel'],
    notFound: ['threat_lists'],
    results: {
      ip_intel: { extracted: { address_class: 'documentation', ip_version: 4 } },
      sightings: {
        extracted: {
          alert_count: 2,
          first_seen_at: formatTimestamp(now),
          last_seen_at: formatTimestamp(now),
          alert_verdicts: { pending: 1, malicious: 1 },
        },
      },
    },
  }) as const;
