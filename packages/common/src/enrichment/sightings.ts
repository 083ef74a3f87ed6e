import { type Malice } from '../alert/malice.js';
import { formatTimestamp } from '../core/timestamp.js';

/** Name of the provider that answers with our own history. */
export const SIGHTINGS = 'sightings';

/** How often our alerts contained an indicator. */
export type Sightings = {
  /** Alerts that contain it. */
  alertCount: number;
  benignAlerts: number;
  suspiciousAlerts: number;
  maliciousAlerts: number;
  /** Alerts that a person called malicious. */
  confirmedMaliciousAlerts: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
};

/**
 * The facts of the `sightings` provider. Only the verdicts of people count: computed ones are shown, but would confirm
 * themselves.
 */
export function describeSightings(seen: Sightings): {
  extracted: Record<string, unknown>;
  malice: Malice;
} {
  return {
    extracted: {
      alert_count: seen.alertCount,
      first_seen_at: formatTimestamp(seen.firstSeenAt),
      last_seen_at: formatTimestamp(seen.lastSeenAt),
      alert_verdicts: verdictsOf(seen),
    },
    malice: seen.confirmedMaliciousAlerts > 0 ? 'Suspicious' : 'Pending',
  };
}

/** Alerts from which on our history tells a reader of an alert something new: one is the alert itself. */
export const NEWS_IN_ALERT_FROM = 2;
/** Alerts from which on it tells somebody who asks about an indicator something. */
export const NEWS_FROM = 1;

function verdictsOf(seen: Sightings): Record<string, number> {
  const judged = {
    benign: seen.benignAlerts,
    suspicious: seen.suspiciousAlerts,
    malicious: seen.maliciousAlerts,
  };
  const pending = Object.values(judged).reduce((rest, count) => rest - count, seen.alertCount);
  return Object.fromEntries(
    Object.entries({ pending, ...judged }).filter(([, count]) => count > 0),
  );
}
