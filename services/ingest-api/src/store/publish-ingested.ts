import { isOutage, makeMessage, type MessageType, type Severity } from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { type Telemetry } from '@calseta/platform';

export type CommittedAlert = {
  alertId: string;
  severity: Severity;
  traceparent: string;
  /** `alert.ingested` unless a later revision begins. */
  type?: MessageType;
  /** 1 unless the alert was reparsed or updated. */
  revision?: number;
};

export type IngestedPublisher = {
  /** Announces the alert; never fails, never waits. */
  publish(alert: CommittedAlert): void;
  /** Resolves when every pending message is confirmed or has failed. */
  drain(): Promise<void>;
};

/** Unconfirmed messages at once: a broker's rate does not grow above this, and the transport's own limit is far higher. */
export const MAX_IN_FLIGHT = 1_000;
/** One line reports all failures since the last. */
const MIN_LOG_INTERVAL_MS = 10_000;
const TYPE = 'alert.ingested';

/**
 * Publishes alert.ingested after the commit. Unconfirmed messages are left to the extractor's sweeper, since the
 * alert is stored and its sender has its 202.
 */
export function createIngestedPublisher(options: {
  transport: Pick<PipelineTransport, 'publish'>;
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  /** Messages that wait or are unconfirmed. */
  maxPending: number;
}): IngestedPublisher {
  const { transport, telemetry, maxPending } = options;
  let waiting: CommittedAlert[] = [];
  let inFlight = 0;
  const onIdle: (() => void)[] = [];
  const publishFailures = telemetry.metrics.counter(
    'calseta_publish_failures_total',
    'Messages that the broker did not confirm; the sweeper heals them.',
    { type: [TYPE] },
  );
  let failures = 0;
  let loggedAtMs = 0;

  const fail = (count: number, error: unknown): void => {
    publishFailures.inc({ type: TYPE }, count);
    if (isOutage(error)) return;
    failures += count;
    if (Date.now() - loggedAtMs < MIN_LOG_INTERVAL_MS) return;
    telemetry.log.warn('message.publish_failed', { type: TYPE, failures, error });
    loggedAtMs = Date.now();
    failures = 0;
  };
  /** After one failed message, the broker would refuse those that wait too. */
  const giveUp = (error: unknown): void => {
    fail(1 + waiting.length, error);
    waiting = [];
  };

  function settled(): void {
    inFlight -= 1;
    publishNext();
    if (inFlight === 0) for (const resolve of onIdle.splice(0)) resolve();
  }
  function failed(error: unknown): void {
    giveUp(error);
    settled();
  }

  function publishNext(): void {
    while (inFlight < MAX_IN_FLIGHT) {
      const next = waiting.shift();
      if (!next) return;
      const { alertId, severity, traceparent, type = TYPE, revision = 1 } = next;
      const message = makeMessage({ type, alertId, revision, severity });
      inFlight += 1;
      transport.publish(message, { traceparent }).then(settled, failed);
    }
  }

  return {
    publish(alert) {
      if (waiting.length + inFlight >= maxPending) {
        fail(1, new Error('Too many messages are on their way.'));
        return;
      }
      waiting.push(alert);
      publishNext();
    },
    async drain() {
      if (inFlight > 0) await new Promise<void>((resolve) => onIdle.push(resolve));
    },
  };
}
