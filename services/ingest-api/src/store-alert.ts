import type { IngestItem, IngestOutcome } from '@calseta/database';
import type { Telemetry } from '@calseta/platform';
import type { IngestedPublisher } from './publish-ingested.js';
import type { TrafficRecorder } from './record-traffic.js';

export type StoreAlert = (item: IngestItem) => Promise<IngestOutcome>;

/** Commits one alert, then tells the pipeline of it and counts it. */
export const createStoreAlert =
  (deps: {
    store: StoreAlert;
    publisher: Pick<IngestedPublisher, 'publish'>;
    traffic: Pick<TrafficRecorder, 'accepted'>;
    metrics: Pick<Telemetry['metrics'], 'alertsIngested'>;
  }): StoreAlert =>
  async (item) => {
    const outcome = await deps.store(item);
    const { alertId, severity, isDuplicate, isQuarantined } = outcome;
    const traceparent = item.traceparent ?? '';
    if (!isDuplicate && !isQuarantined) deps.publisher.publish({ alertId, severity, traceparent });
    deps.traffic.accepted(item.sourceName, item.receivedAt);
    deps.metrics.alertsIngested.inc({ source: item.sourceName, status: ingestStatus(outcome) });
    return outcome;
  };

/** What the sender is told of its alert. */
export const ingestStatus = ({ isDuplicate, isQuarantined }: IngestOutcome) =>
  isDuplicate ? 'deduplicated' : isQuarantined ? 'quarantined' : 'queued';
