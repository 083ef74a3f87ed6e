import { setImmediate } from 'node:timers/promises';
import {
  askAlert,
  compileAlertRule,
  type CompiledRule,
  formatTimestamp,
  MAX_RULE_TEST_SECONDS,
  MAX_SHOWN_MATCHES,
  RAW_PAYLOAD_PREFIX,
  type TestedRule,
  type TestRule,
} from '@calseta/common';
import { type AlertFactsStore, type StoredAlertFacts } from '@calseta/database';
import { operation } from '../operation.js';

export type RuleDeps = { alertFacts: AlertFactsStore };

export type RuleOperations = ReturnType<typeof ruleOperations>;

/** Alerts that are in memory at once; fewer where they are large. */
const PAGE_SIZE = 200;
const INDICATORS_PREFIX = 'indicators.';

/** Rules, tried on stored alerts. */
export const ruleOperations = ({ alertFacts }: RuleDeps) => ({
  test: operation({ scope: 'alerts:read' }, async (input: TestRule): Promise<TestedRule> => {
    const rule = compileAlertRule(input.rule);
    const tally = createTally(rule);
    const isComplete = await forEachAlert(alertFacts, input, rule, tally.add);
    return { ...tally.result(), is_complete: isComplete };
  }),
});

/** Visits stored alerts, newest first; false when the limit or the time ends it early. */
async function forEachAlert(
  alertFacts: AlertFactsStore,
  { limit, received_from: receivedFrom }: TestRule,
  { fields }: CompiledRule,
  visit: (alert: StoredAlertFacts) => void,
): Promise<boolean> {
  const withPayload = fields.some((field) => field.startsWith(RAW_PAYLOAD_PREFIX));
  const withIndicators = fields.some((field) => field.startsWith(INDICATORS_PREFIX));
  const endsAt = performance.now() + MAX_RULE_TEST_SECONDS * 1_000;
  let before: string | undefined;
  for (let visited = 0; visited < limit;) {
    const { alerts, next } = await alertFacts.readPage({
      ...(before !== undefined && { before }),
      ...(receivedFrom !== undefined && { receivedFrom: new Date(receivedFrom) }),
      limit: Math.min(PAGE_SIZE, limit - visited),
      withPayload,
      withIndicators,
    });
    for (const alert of alerts) {
      visit(alert);
      // Other requests are served between two large payloads.
      if (withPayload) await setImmediate();
    }
    if (next === undefined) return true;
    visited += alerts.length;
    before = next;
    if (performance.now() > endsAt) return false;
  }
  return false;
}

function createTally(rule: CompiledRule) {
  const failed = new Map<string, TestedRule['failed'][number]>();
  const matches: TestedRule['matches'] = [];
  let tested = 0;
  let matched = 0;
  return {
    add(facts: StoredAlertFacts): void {
      tested += 1;
      const clause = rule.failure(askAlert(facts, [rule]));
      if (clause === undefined) {
        matched += 1;
        if (matches.length < MAX_SHOWN_MATCHES) matches.push(toMatch(facts));
        return;
      }
      const known = failed.get(clause);
      if (known) known.count += 1;
      else failed.set(clause, { clause, count: 1, sample_alert_uuid: facts.uuid });
    },
    result: () => ({
      tested_count: tested,
      matched_count: matched,
      matches,
      failed: [...failed.values()].sort((a, b) => b.count - a.count),
    }),
  };
}

const toMatch = ({ uuid, receivedAt, alert }: StoredAlertFacts) => ({
  alert_uuid: uuid,
  title: alert.title,
  severity: alert.severity,
  source_name: alert.sourceName,
  received_at: formatTimestamp(receivedAt),
});
