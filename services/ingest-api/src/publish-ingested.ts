import { makeMessage, type Severity } from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { type Telemetry } from '@calseta/platform';

export type CommittedAlert = {
  alertId: string;
  severity: Severity;
  traceparent: string;
  /** 1 unless the alert was read again. */
  revision?: number;
};

export type IngestedPublisher = {
  /** Says that the alert is there; never fails, never waits. */
  publish(alert: CommittedAlert): void;
  /** Resolves when everything on its way is confirmed or has failed. */
  drain(): Promise<void>;
};

/** During an outage of the broker, one line tells of all failures since the last. */
const MIN_LOG_INTERVAL_MS = 1_000;

/**
 * Publishes alert.ingested after the commit. What the broker does not take is left to the extractor's
 * sweeper: the alert is in the database, and its sender has been told so.
 */
export function createIngestedPublisher(options: {
  transport: Pick<PipelineTransport, 'publish'>;
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  maxInFlight: number;
}): IngestedPublisher {
  const { transport, telemetry, maxInFlight } = options;
  const inFlight = new Set<Promise<void>>();
  let failures = 0;
  let loggedAtMs = 0;

  const fail = (error?: unknown): void => {
    failures += 1;
    telemetry.metrics.publishFailures.inc({ type: 'alert.ingested' });
    if (Date.now() - loggedAtMs < MIN_LOG_INTERVAL_MS) return;
    telemetry.log.warn('message.publish_failed', { type: 'alert.ingested', failures, error });
    loggedAtMs = Date.now();
    failures = 0;
  };

  return {
    publish({ alertId, severity, traceparent, revision = 1 }) {
      if (inFlight.size >= maxInFlight) {
        fail(new Error('Too many messages are on their way.'));
        return;
      }
      const message = makeMessage({ type: 'alert.ingested', alertId, revision, severity });
      const publishing = transport
        .publish(message, { traceparent })
        .catch(fail)
        .finally(() => inFlight.delete(publishing));
      inFlight.add(publishing);
    },
    async drain() {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };
}
