import { type EnrichmentStatus, type ListedCve, type Malice } from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { addVerdicts, subtractVerdicts } from '../sightings/count-verdicts.js';
import { lockStandingAlerts, type StandingAlerts } from '../stage/lock-standing-alerts.js';
import { SWEEP_AFTER_SECONDS } from '../stage/stage-store.js';
import { writeStageActivity } from '../stage/write-stage-activity.js';
import { type MissingLookup, writeMissingLookups } from '../updates/missing-lookups.js';
import { type IndicatorResult, saveLookupResults } from './save-lookup-results.js';
import { type IndicatorVerdict, lockIndicatorsOf, writeVerdicts } from './write-verdicts.js';

/** Result for one alert; committed completely or not at all. */
export type Enrichment = {
  alertId: string;
  revision: number;
  enrichedAt: Date;
  status: EnrichmentStatus;
  succeeded: readonly string[];
  notFound: readonly string[];
  failed: readonly string[];
  /** Why those that failed did, by name. */
  reasons: Readonly<Record<string, string>>;
  malice: Malice;
  /** Vulnerabilities that the alert names and that a threat list has. */
  knownExploited: readonly ListedCve[];
  /** New results only; cached ones are stored already. */
  results: readonly IndicatorResult[];
  /** Answers that the alert goes on without; they complete it when they come. */
  missing: readonly MissingLookup[];
  /** Changed verdicts only. */
  verdicts: readonly IndicatorVerdict[];
  /** Detail of the activity entry. */
  activity: Record<string, unknown>;
};

/** Writes the results and moves the alerts on; false for an alert that has since left the stage or the revision. */
export async function saveEnrichments(
  client: Transaction,
  enrichments: readonly Enrichment[],
): Promise<boolean[]> {
  const standing = await lockStandingAlerts(client, 'extracted', enrichments);
  const { moving, isMoving } = standing;
  if (moving.length > 0) {
    const judgedAnew = alertsJudgedAnew(standing);
    const verdicts = moving.flatMap(({ verdicts }) => verdicts);
    // All writers lock in this order: alerts, indicators, results.
    lockIndicatorsOf(client, verdicts, judgedAnew);
    if (judgedAnew.length > 0) subtractVerdicts(client, judgedAnew);
    writeVerdicts(client, verdicts);
    saveLookupResults(
      client,
      moving.flatMap(({ results }) => results),
    );
    moveAlerts(client, moving);
    if (judgedAnew.length > 0) addVerdicts(client, judgedAnew);
    writeMissingLookups(client, moving);
    writeStageActivity(client, { kind: 'enriched', actor: 'enricher' }, moving);
  }
  return enrichments.map(isMoving);
}

/** The verdict of a person stays, so it is not counted anew. */
const alertsJudgedAnew = ({ moving, verdictOn }: StandingAlerts<Enrichment>): string[] =>
  moving.flatMap((enrichment) => {
    const verdict = verdictOn(enrichment);
    const isNew = verdict && !verdict.isOverridden && verdict.malice !== enrichment.malice;
    return isNew ? enrichment.alertId : [];
  });

const MOVED = defineRows<Enrichment>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  enriched_at: ['timestamptz', ({ enrichedAt }) => enrichedAt],
  status: ['text', ({ status }) => status],
  succeeded: ['text', ({ succeeded }) => arrayLiteral(succeeded)],
  not_found: ['text', ({ notFound }) => arrayLiteral(notFound)],
  failed: ['text', ({ failed }) => arrayLiteral(failed)],
  reasons: ['jsonb', ({ reasons }) => JSON.stringify(reasons)],
  malice: ['text', ({ malice }) => malice],
  known_exploited: ['jsonb', ({ knownExploited }) => JSON.stringify(knownExploited)],
});

function moveAlerts(client: Transaction, enrichments: readonly Enrichment[]): void {
  client.send(
    `UPDATE alerts a
        SET stage = 'enriched', stage_changed_at = now(), sweep_count = 0, updated_at = now(),
            next_sweep_at = now() + make_interval(secs => ${SWEEP_AFTER_SECONDS}),
            enriched_at = given.enriched_at, enrichment_status = given.status::enrichment_status,
            enrichment_succeeded = given.succeeded::text[],
            enrichment_not_found = given.not_found::text[],
            enrichment_failed = given.failed::text[],
            enrichment_reasons = given.reasons,
            malice = given.malice::malice, known_exploited = given.known_exploited
       FROM ${MOVED.from}
      WHERE a.id = given.id`,
    MOVED.parameters(enrichments),
  );
}
