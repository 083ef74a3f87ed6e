import { SIGHTINGS } from '@calseta/common';

/** The counters of an indicator `i` for a SELECT. */
export const SIGHTINGS_COLUMNS = `
  i.alert_count AS "alertCount", i.benign_alerts AS "benignAlerts",
  i.suspicious_alerts AS "suspiciousAlerts", i.malicious_alerts AS "maliciousAlerts",
  i.confirmed_malicious_alerts AS "confirmedMaliciousAlerts",
  i.first_seen_at AS "firstSeenAt", i.last_seen_at AS "lastSeenAt"`;

/** Whether our own history is shown among the answers of providers. */
export const IS_SIGHTINGS_ACTIVE = `
  coalesce((SELECT is_enabled FROM enrichment_providers WHERE name = '${SIGHTINGS}'), true)`;
