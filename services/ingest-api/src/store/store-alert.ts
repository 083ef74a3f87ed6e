import { isUnreadSeverity } from '../sources/reading/severity.js';
import { INGEST_STATUSES } from '@calseta/common';
import { type IngestItem, type IngestOutcome } from '@calseta/database';
import { type Counter, type Metrics } from '@calseta/platform';
import { type IngestedPublisher } from './publish-ingested.js';
import { type TrafficRecorder } from './record-traffic.js';
import { type Revisions } from './start-revisions.js';

type IngestedCounter = Counter<'source' | 'status'>;
export type StoreAlert = (item: IngestItem) => Promise<IngestOutcome>;

/** Commits one alert, then publishes and counts it. */
export const createStoreAlert =
  (deps: {
    store: StoreAlert;
    publisher: Pick<IngestedPublisher, 'publish'>;
    revisions: Pick<Revisions, 'expect'>;
    traffic: Pick<TrafficRecorder, 'accepted' | 'quarantined'>;
    ingested: IngestedCounter;
  }): StoreAlert =>
  async (item) => {
    const outcome = await deps.store(item);
    const { alertId, severity, status, isUrgent } = outcome;
    const traceparent = item.traceparent ?? '';
    if (status === 'queued') deps.publisher.publish({ alertId, severity, traceparent });
    if (status === 'updated') deps.revisions.expect({ isUrgent });
    deps.traffic.accepted(item.sourceName, item.receivedAt, {
      isSeverityUnread: isUnreadSeverity(item.alert),
    });
    if (item.quarantineReason !== undefined) {
      deps.traffic.quarantined(item.sourceName, item.receivedAt, item.quarantineReason);
    }
    deps.ingested.inc({ source: item.sourceName, status });
    return outcome;
  };

/** Counts accepted alerts. Counts of these sources start at 0; others appear with their first alert. */
export const countIngested = (metrics: Metrics, sources: readonly string[]): IngestedCounter =>
  metrics.counter('calseta_alerts_ingested_total', 'Alerts accepted by ingest-api.', {
    source: sources,
    status: INGEST_STATUSES,
  });
