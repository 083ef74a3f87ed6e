import { IS_SIGHTINGS_ACTIVE, SIGHTINGS_COLUMNS } from '../sightings/sightings-columns.js';

/** Limits of one context; an alert exceeds them only if its sender tries to. */
const MAX_INDICATORS = 500;
const MAX_RELATED_PER_RELATION = 5;
/** Newest findings of each related alert. */
const MAX_RELATED_FINDINGS = 3;
const MAX_RELATED_SUMMARY_CHARACTERS = 500;
/** First indicators of an alert, by which related alerts are found. */
const MAX_RELATING_INDICATORS = 20;
/** Classes of values that unrelated alerts share by chance. */
const UNRELATING = ['constant', 'loopback', 'link_local', 'multicast', 'documentation', 'builtin'];

/** Bytes of the large columns of an alert `a` and its rule `r`. */
const ALERT_BYTES = `
  (octet_length(a.raw_payload::text) + octet_length(a.normalized_fields::text)
   + coalesce(octet_length(a.description), 0) + coalesce(octet_length(r.documentation), 0))`;

/** Those within `$2` bytes and `$3` indicators. */
export const ALERTS = `
  SELECT a.id AS uuid, a.stage, a.revision, a.stage_changed_at AS "stageChangedAt",
         a.received_at AS "receivedAt", a.traceparent,
         coalesce((SELECT version FROM config_version), 0)::text AS "configVersion",
         a.title, a.description, a.severity, a.source_name AS "sourceName", a.status,
         coalesce(a.malice_override, a.malice) AS malice, a.occurred_at AS "occurredAt", a.tags,
         a.hosts, a.users, a.native_alert_id AS "nativeAlertId", a.source_rule_id AS "sourceRuleId",
         a.mitre_tactics AS "mitreTactics", a.mitre_techniques AS "mitreTechniques",
         a.normalized_fields AS "normalizedFields", a.source_url AS "sourceUrl", a.duplicate_count AS "duplicateCount",
         a.raw_payload::text AS "rawPayloadJson", a.enrichment_succeeded AS "enrichmentSucceeded",
         a.enrichment_not_found AS "enrichmentNotFound", a.enrichment_failed AS "enrichmentFailed",
         a.enrichment_reasons AS "enrichmentReasons", a.known_exploited AS "knownExploited",
         a.indicator_count AS "indicatorCount", a.dropped_indicator_count AS "droppedIndicatorCount",
         coalesce(a.enriched_at, a.stage_changed_at) AS "enrichedAt",
         u.previous_revision AS "previousRevision", u.changes,
         CASE WHEN u.revision IS NULL THEN '{}' ELSE ARRAY(
           SELECT DISTINCT agent_id::text FROM deliveries WHERE alert_id = a.id AND revision < a.revision)
         END AS "pushedAgentIds",
         r.name AS "ruleName", r.mitre_tactics AS "ruleTactics",
         r.mitre_techniques AS "ruleTechniques", r.documentation
    FROM alerts a LEFT JOIN detection_rules r ON r.id = a.detection_rule_id
    LEFT JOIN alert_updates u ON u.alert_id = a.id AND u.revision = a.revision
   WHERE a.id = ANY($1::uuid[]) AND a.indicator_count <= $3::int AND ${ALERT_BYTES} <= $2::bigint`;

/** The indicators of an alert with their answers, and the bytes of all of them. */
const ANSWERED = `
  SELECT link.*, results.by_provider,
         sum(octet_length(link.provenance::text) + coalesce(octet_length(results.by_provider::text), 0))
           OVER (PARTITION BY link.alert_id) AS bytes
    FROM unnest($1::uuid[]) AS given(id)
   CROSS JOIN LATERAL (
           SELECT * FROM alert_indicators WHERE alert_id = given.id ORDER BY position LIMIT ${MAX_INDICATORS}) link
    LEFT JOIN LATERAL (
           SELECT json_object_agg(provider_name, json_build_object('extracted', extracted) ORDER BY provider_name)
                    AS by_provider
             FROM enrichment_results WHERE indicator_id = link.indicator_id AND status = 'success') results ON true`;

/** Bytes of the text of each context. */
export const WEIGH = `
  SELECT a.id, (${ALERT_BYTES} + coalesce(answered.bytes, 0))::float8 AS bytes
    FROM alerts a LEFT JOIN detection_rules r ON r.id = a.detection_rule_id
    LEFT JOIN (SELECT DISTINCT alert_id, bytes FROM (${ANSWERED}) l) answered ON answered.alert_id = a.id
   WHERE a.id = ANY($1::uuid[])`;

// LIMIT 1 in a LATERAL keeps the planner from scanning a whole table: without recent statistics it takes a hash join
// over all rows to be cheaper than a few look-ups by key.
export const INDICATORS = `
  SELECT l.alert_id AS "forAlert", i.type, i.value, i.classification, l.role,
         CASE WHEN l.bytes <= $2::bigint THEN l.provenance END AS provenance,
         i.is_malformed AS "isMalformed", coalesce(i.malice_override, i.malice) AS malice,
         i.malice_reasons AS "maliceReasons",
         CASE WHEN l.bytes <= $2::bigint THEN coalesce(l.by_provider, '{}') END AS "enrichmentResults",
         ${SIGHTINGS_COLUMNS}, ${IS_SIGHTINGS_ACTIVE} AS "isSightingsActive"
    FROM (${ANSWERED}
           WHERE (SELECT indicator_count FROM alerts WHERE id = given.id) <= $3::int) l
   CROSS JOIN LATERAL (SELECT * FROM indicators WHERE id = l.indicator_id LIMIT 1) i
   ORDER BY l.alert_id, l.position`;

/** Parameters of RELATED after the ids of the alerts. */
export const RELATED_BOUNDS = [MAX_RELATED_PER_RELATION, MAX_RELATING_INDICATORS, UNRELATING];

/** Earlier alerts only; ids are UUIDv7, so their order is that of receipt too. */
export const RELATED = `
  SELECT DISTINCT ON (given.id, r.id)
         given.id AS "forAlert", r.id AS uuid, r.title, r.severity, r.status,
         coalesce(r.malice_override, r.malice) AS malice, r.occurred_at AS "occurredAt",
         r.close_classification AS "closeClassification", found.relation,
         (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                   'summary', left(f.summary, ${MAX_RELATED_SUMMARY_CHARACTERS}),
                   'confidence', f.confidence, 'classification', f.classification)) ORDER BY f.id DESC), '[]')
            FROM (SELECT * FROM findings WHERE alert_id = r.id AND NOT is_shadow
                   ORDER BY id DESC LIMIT ${MAX_RELATED_FINDINGS}) f) AS findings
    FROM unnest($1::uuid[]) AS given(id)
   CROSS JOIN LATERAL (SELECT id, detection_rule_id, received_at FROM alerts WHERE id = given.id LIMIT 1) base
   CROSS JOIN LATERAL (
      (SELECT id, 'same_detection_rule' AS relation FROM alerts
        WHERE detection_rule_id = base.detection_rule_id AND (received_at, id) < (base.received_at, base.id)
        ORDER BY received_at DESC, id DESC LIMIT $2)
      UNION ALL
      (SELECT DISTINCT other.alert_id, 'shared_indicator'
         FROM (SELECT l.indicator_id FROM alert_indicators l
                WHERE l.alert_id = base.id
                  AND (SELECT classification FROM indicators WHERE id = l.indicator_id) <> ALL($4::text[])
                ORDER BY l.position LIMIT $3) mine
        CROSS JOIN LATERAL (
              SELECT alert_id FROM alert_indicators
               WHERE indicator_id = mine.indicator_id AND alert_id < base.id
               ORDER BY alert_id DESC LIMIT $2) other
        ORDER BY other.alert_id DESC LIMIT $2)
    ) found
   CROSS JOIN LATERAL (SELECT * FROM alerts WHERE id = found.id LIMIT 1) r
   ORDER BY given.id, r.id DESC, found.relation`;
