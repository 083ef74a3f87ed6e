import { batched, type BatchWeight, createBulkhead } from '@calseta/async';
import { laneFor } from '@calseta/common';
import {
  type AlertToEnrich,
  type Enrichment,
  type EnrichmentStore,
  type IndicatorToEnrich,
} from '@calseta/database';
import { type Metrics } from '@calseta/platform';

/** Loads the indicators of an alert with their stored answers, and holds them in memory while the work goes on. */
export type WithIndicators = <T>(
  alert: AlertToEnrich,
  work: (indicators: IndicatorToEnrich[]) => Promise<T>,
) => Promise<T>;

export type IndicatorPlacesDeps = {
  store: Pick<EnrichmentStore, 'loadIndicatorsOf'>;
  metrics: Metrics;
  /** Indicators of one lane that are in memory at once. */
  maxIndicators: number;
};

/** For batches of what is asked about indicators: those in work bound how many wait for a batch. */
export const BOUNDED_BY_INDICATORS = { maxQueued: Number.POSITIVE_INFINITY };

/** Indicators that are loaded in one query, and rows that are saved in one transaction. */
const MAX_BATCH_ROWS = 2_000;

const INDICATORS_LOADED: BatchWeight<AlertToEnrich> = {
  of: ({ indicatorCount }) => indicatorCount,
  max: MAX_BATCH_ROWS,
};

/** Bounds the enrichments that one transaction saves. */
export const ROWS_SAVED: BatchWeight<Enrichment> = {
  of: ({ results, verdicts, missing }) => 1 + results.length + verdicts.length + missing.length,
  max: MAX_BATCH_ROWS,
};

/**
 * Bounds the indicators that all alerts in work hold together: an alert has up to 500, each with the answer of every
 * provider. Urgent alerts have places of their own, so that they never wait for normal ones.
 */
export function indicatorPlaces(deps: IndicatorPlacesDeps): WithIndicators {
  const held = deps.metrics.counter(
    'calseta_enrichments_held_total',
    'Alerts that waited because others in work held ENRICHMENT_MAX_INDICATORS indicators.',
    {},
  );
  const load = batched(
    async (alerts: AlertToEnrich[]) =>
      await deps.store.loadIndicatorsOf(alerts.map(({ id }) => id)),
    { weight: INDICATORS_LOADED },
  );
  const places = {
    maxRunning: deps.maxIndicators,
    // The prefetch bounds how many alerts wait.
    maxWaiting: Number.POSITIVE_INFINITY,
    onWait: () => held.inc(),
  };
  const lanes = { normal: createBulkhead(places), urgent: createBulkhead(places) };
  return async (alert, work) =>
    await lanes[laneFor(alert.severity)].run(
      async () => await work(await load(alert)),
      alert.indicatorCount,
    );
}
