import {
  batched,
  type BatchLimits,
  type BatchWeight,
  type Bulkhead,
  createBulkhead,
} from '@calseta/async';
import { type Lane } from '@calseta/common';
import { type ContextBounds, type DispatchStore, type StoredAlertContext } from '@calseta/database';
import { type Metrics } from '@calseta/platform';

export type AlertToLoad = { alertId: string; lane: Lane };

/**
 * Loads an alert with everything stored about it, and holds it in memory while the work goes on. Undefined when the
 * alert is gone; the work is not called then.
 */
export type WithContext = <T>(
  alert: AlertToLoad,
  work: (context: StoredAlertContext) => Promise<T>,
) => Promise<T | undefined>;

/** What alerts in memory may hold together. Objects take up to five times the bytes of their text. */
export type ContextLimits = {
  /** Contexts within these bounds are loaded together, before anybody knows how large they are. */
  small: ContextBounds;
  /** How many of them are in memory at once. */
  maxSmall: number;
  batches: BatchLimits;
  /**
   * Bytes of text of the larger ones that are in memory at once, in each lane, for new alerts and for pushes. Of alerts with
   * more bytes than that, one at a time is in memory.
   */
  maxLargeBytes: number;
};

export type AlertContextsDeps = {
  store: Pick<DispatchStore, 'loadContexts' | 'weighContexts'>;
  metrics: Metrics;
  limits: ContextLimits;
};

/** Alerts that one statement weighs: it reads each of their answers. */
const MAX_WEIGHED = 8;

type PlacesByLane = Readonly<Record<Lane, Bulkhead>>;

type Weighed = { alertId: string; bytes: number };

/** New alerts and pushes have places of their own, so that a flood of new alerts does not hold up pushes. */
export type AlertContexts = { forDispatch: WithContext; forPush: WithContext };

/**
 * Bounds the bytes that all alerts hold from the loading until their pushes are rendered. Small ones, which nearly all
 * are, cost no further query. A larger one is weighed, and waits for places; urgent ones have places of their own, so that
 * they never wait for normal ones.
 */
export function createAlertContexts({ store, metrics, limits }: AlertContextsDeps): AlertContexts {
  const held = metrics.counter(
    'calseta_alert_contexts_held_total',
    'Large alerts that waited because others were in memory.',
    {},
  );
  const load = contextLoaders(store, limits);
  // The prefetch and the queues of the agents bound how many wait.
  const maxWaiting = Number.POSITIVE_INFINITY;
  const small = createBulkhead({ maxRunning: limits.maxSmall, maxWaiting });
  const placesOf = (maxRunning: number) =>
    createBulkhead({ maxRunning, maxWaiting, onWait: () => held.inc() });
  const lanesOf = (maxRunning: number): PlacesByLane => ({
    normal: placesOf(maxRunning),
    urgent: placesOf(maxRunning),
  });
  const alone = placesOf(1);

  function withPlaces(large: PlacesByLane): WithContext {
    return async ({ alertId, lane }, work) => {
      const done = await small.run(async () => {
        const context = await load.small(alertId);
        return context && { result: await work(context) };
      });
      if (done) return done.result;
      const bytes = await load.weight(alertId);
      if (bytes === undefined) return undefined;
      const run = async () => {
        const context = await load.large({ alertId, bytes });
        return context && (await work(context));
      };
      return bytes > limits.maxLargeBytes
        ? await alone.run(run)
        : await large[lane].run(run, bytes);
    };
  }
  return {
    forDispatch: withPlaces(lanesOf(limits.maxLargeBytes)),
    forPush: withPlaces(lanesOf(limits.maxLargeBytes)),
  };
}

function contextLoaders(
  store: AlertContextsDeps['store'],
  { small, batches, maxLargeBytes }: ContextLimits,
) {
  const weight: BatchWeight<Weighed> = { of: ({ bytes }) => bytes, max: maxLargeBytes };
  return {
    small: batched(async (ids: string[]) => await store.loadContexts(ids, small), batches),
    weight: batched(store.weighContexts, { ...batches, maxItems: MAX_WEIGHED }),
    large: batched(
      async (alerts: Weighed[]) => await store.loadContexts(alerts.map(({ alertId }) => alertId)),
      { ...batches, weight },
    ),
  };
}
