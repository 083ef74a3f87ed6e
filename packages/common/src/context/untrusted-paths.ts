import { type Payload } from './push-payload.js';

/**
 * JSON Pointers to the parts of a payload that the sender of the alert, or whoever a provider quotes, could have
 * written. This includes the name of a detection rule that was created from an alert, and findings, which quote alerts.
 */
export function untrustedPaths(payload: Payload): string[] {
  const { alert } = payload;
  const parts: [path: string, value: unknown][] = [
    ['/alert/title', alert.title],
    ['/alert/description', alert.description],
    ['/alert/tags', alert.tags],
    ['/alert/hosts', alert.hosts],
    ['/alert/users', alert.users],
    ['/alert/native_alert_id', alert.native_alert_id],
    ['/alert/source_rule_id', alert.source_rule_id],
    ['/alert/normalized_fields', alert.normalized_fields],
    ['/alert/source_url', alert.source_url],
    ['/alert/raw_payload', alert.raw_payload],
    ['/alert/_metadata/enrichment/reasons', alert._metadata.enrichment.reasons],
    ['/alert/_metadata/enrichment/known_exploited', alert._metadata.enrichment.known_exploited],
    ['/alert/_metadata/update/changes', alert._metadata.update?.changes],
    ['/indicators', payload.indicators],
    ['/detection_rule/name', payload.detection_rule?.name],
    ['/related_alerts', payload.related_alerts],
    ['/findings', payload.findings],
  ];
  return parts.flatMap(([path, value]) => (isEmpty(value) ? [] : [path]));
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);
