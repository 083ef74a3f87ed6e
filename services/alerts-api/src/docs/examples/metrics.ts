import { type MetricsSummary, type RuleMetrics, type SourceMetrics } from '@calseta/common';
import { answers, UUIDS } from './shape.js';

const SUMMARY: MetricsSummary = {
  since: '2025-01-01T00:00:00Z',
  until: '2025-01-31T00:00:00Z',
  received: {
    alert_count: 1_200,
    by_severity: { Critical: 20, High: 180, Medium: 600, Low: 400 },
    by_source: { sentinel: 900, elastic: 300 },
  },
  closed: {
    alert_count: 900,
    by_classification: { false_positive: 600, true_positive: 150 },
    false_positive_rate: 0.8,
    time_to_triage_seconds: { alert_count: 900, mean: 240, median: 120, p95: 900 },
    time_to_close_seconds: { alert_count: 900, mean: 3_600, median: 1_800, p95: 14_400 },
  },
  coverage: { enriched: 0.97, with_detection_rule: 0.9, documented_detection_rules: 0.6 },
  now: {
    open_alerts: { Open: 250, Triaging: 40, Escalated: 10 },
    stages: [
      { stage: 'ingested', waiting_count: 0, oldest_age_seconds: 0 },
      { stage: 'extracted', waiting_count: 3, oldest_age_seconds: 1.2 },
      { stage: 'enriched', waiting_count: 0, oldest_age_seconds: 0 },
    ],
    failed_alerts: 0,
    quarantined_alerts: 2,
    deliveries: { pending_count: 1, oldest_pending_seconds: 4.5, dead_count: 0 },
  },
  providers: [
    {
      name: 'virustotal',
      last_success_at: '2025-01-30T23:59:00Z',
      lookup_count: 4_000,
      cached_count: 2_500,
    },
  ],
};

const SPAN = { since: SUMMARY.since, until: SUMMARY.until };
const GROUP = {
  received_count: 300,
  enriched: 0.97,
  closed_count: 250,
  classified_count: 200,
  false_positive_rate: 0.85,
  median_time_to_triage_seconds: 120,
  median_time_to_close_seconds: 1_800,
};
const BY_SOURCE: SourceMetrics = { ...SPAN, sources: [{ source_name: 'elastic', ...GROUP }] };
const BY_RULE: RuleMetrics = {
  ...SPAN,
  detection_rules: [
    {
      detection_rule_uuid: UUIDS.rule,
      name: 'Impossible travel',
      source_name: 'sentinel',
      ...GROUP,
    },
  ],
};

export const METRICS_EXAMPLES = {
  getMetricsSummary: answers(SUMMARY),
  getSourceMetrics: answers(BY_SOURCE),
  getRuleMetrics: answers(BY_RULE),
};
