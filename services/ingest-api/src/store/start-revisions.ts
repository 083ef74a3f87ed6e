import { repeat } from '@calseta/async';
import { type RevisionPolicy, type RevisionStore } from '@calseta/database';
import { type Metrics } from '@calseta/platform';
import { type IngestedPublisher } from './publish-ingested.js';

export type Revisions = {
  /** Schedules the revision of an update that was just stored. */
  expect(update: { isUrgent: boolean }): void;
  stop(): Promise<void>;
};

export type RevisionsDeps = {
  store: RevisionStore;
  policy: RevisionPolicy;
  publisher: Pick<IngestedPublisher, 'publish'>;
  metrics: Metrics;
  onError: (error: unknown) => void;
};

/**
 * Longest and shortest time between two searches for updates, ms. Updates of other processes are found by them
 * too.
 */
const MAX_WAIT_MS = 5_000;
const MIN_WAIT_MS = 100;
/** Alerts that begin a revision in one transaction. */
const BATCH_SIZE = 100;

/** Begins the revisions of updated alerts, once their updates are gathered and within the hourly limit. */
export function startRevisions(deps: RevisionsDeps): Revisions {
  const { store, policy, publisher } = deps;
  const revised = deps.metrics.counter(
    'calseta_alert_updates_total',
    'Revisions that updates of alerts began, and times that the bound held one back.',
    { outcome: ['revised', 'held'] },
  );
  let nextWaitMs = MAX_WAIT_MS;
  let timer: NodeJS.Timeout | undefined;

  const looking = repeat({
    intervalMs: () => nextWaitMs,
    async work() {
      const { begun, heldCount, nextInMs } = await store.beginDue(BATCH_SIZE, policy);
      for (const alert of begun)
        publisher.publish({ ...alert, traceparent: alert.traceparent ?? '' });
      revised.inc({ outcome: 'revised' }, begun.length);
      revised.inc({ outcome: 'held' }, heldCount);
      nextWaitMs = Math.min(Math.max(nextInMs ?? MAX_WAIT_MS, MIN_WAIT_MS), MAX_WAIT_MS);
    },
    onError: deps.onError,
  });

  return {
    expect({ isUrgent }) {
      if (isUrgent) looking.trigger();
      else {
        timer ??= setTimeout(() => {
          timer = undefined;
          looking.trigger();
        }, policy.gatheringMs + MIN_WAIT_MS).unref();
      }
    },
    async stop() {
      clearTimeout(timer);
      await looking.stop();
    },
  };
}
