import { type Malice } from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { lockIndicators } from '../sightings/lock-indicators.js';

export type IndicatorVerdict = { indicatorId: string; malice: Malice; reasons: readonly string[] };

/** Locks the indicators of these verdicts and of these alerts. */
export function lockIndicatorsOf(
  client: Transaction,
  verdicts: readonly IndicatorVerdict[],
  alertIds: readonly string[],
): void {
  if (verdicts.length === 0 && alertIds.length === 0) return;
  lockIndicators(client, {
    ids: verdicts.map(({ indicatorId }) => indicatorId),
    ofAlerts: alertIds,
  });
}

const VERDICTS = defineRows<IndicatorVerdict>('given', {
  id: ['uuid', ({ indicatorId }) => indicatorId],
  malice: ['text', ({ malice }) => malice],
  reasons: ['text', ({ reasons }) => arrayLiteral(reasons)],
});

/** The caller holds the locks of the indicators. */
export function writeVerdicts(client: Transaction, verdicts: readonly IndicatorVerdict[]): void {
  const latest = [...new Map(verdicts.map((verdict) => [verdict.indicatorId, verdict])).values()];
  if (latest.length === 0) return;
  client.send(
    `UPDATE indicators i
        SET malice = given.malice::malice, updated_at = now(),
            malice_reasons = given.reasons::text[]
       FROM ${VERDICTS.from}
      WHERE i.id = given.id`,
    VERDICTS.parameters(latest),
  );
}
