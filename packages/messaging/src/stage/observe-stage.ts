import { isOutage, LANES, queueName, SAME_IN_REPLICAS, type Subscription } from '@calseta/common';
import { type MessageHandled } from '../transport.js';
import { type TransportLog } from '../transport-log.js';
import { type Instruments } from './instruments.js';
import { type StageObserver } from './start-stage.js';

/** Port: a log whose lines can carry the ids of an alert. */
export interface StageLog extends TransportLog {
  within(ids: { traceparent: string; alertId: string }): TransportLog;
}

/** Port: receives the span of each message. */
export type RecordMessageSpan = (span: {
  name: string;
  kind: 'consumer';
  traceparent: string;
  parent: string | undefined;
  startedAt: number;
  durationMs: number;
  attributes: Record<string, string | number>;
  isFailed: boolean;
}) => void;

export type StageTelemetry = { log: StageLog; metrics: Instruments; trace?: RecordMessageSpan };

const OUTCOMES = [
  'acked',
  'retried',
  'dead_lettered',
] as const satisfies MessageHandled['outcome'][];
const LEVELS = { acked: 'info', retried: 'warn', dead_lettered: 'error' } as const;

/** In an outage every message is retried; the client of the lost server logs it once. */
const levelOf = ({ outcome, error }: MessageHandled) =>
  outcome === 'retried' && isOutage(error) ? 'info' : LEVELS[outcome];
/** Histogram buckets of the wait of a message, seconds. */
const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400];

/** Writes one log line and the metrics for each message of a stage, and reports sweeps. */
export function createStageObserver(
  subscription: Subscription,
  { log, metrics, trace }: StageTelemetry,
): StageObserver {
  const instruments = declare(subscription, metrics);
  return {
    handled(event) {
      const { queue, outcome } = event;
      instruments.handled.inc({ queue, outcome });
      instruments.duration.observe({ queue }, event.durationMs / 1_000);
      instruments.wait.observe({ queue }, Math.max(0, event.waitMs) / 1_000);
      trace?.(spanOf(event));
      log
        .within({ traceparent: event.traceparent, alertId: event.alertId })
        [levelOf(event)]('message.handled', {
          queue,
          message_id: event.messageId,
          attempt: event.attempt,
          outcome,
          duration_ms: Math.round(event.durationMs),
          wait_ms: Math.round(event.waitMs),
          ...(event.error ? { error: event.error } : {}),
        });
    },
    looked(service, { queueDepth, oldestAgeSeconds, backlog }) {
      instruments.depth.set({ subscription: service }, queueDepth);
      instruments.oldestAge.set({ subscription: service }, oldestAgeSeconds);
      instruments.backlog.set({ subscription: service }, backlog);
    },
    gaveUp: (service, count) => log.error('alerts.stalled', { subscription: service, count }),
    swept: (service, count) => instruments.swept.inc({ subscription: service }, count),
    sweepFailed(service, error) {
      instruments.sweepFailures.inc({ subscription: service });
      if (!isOutage(error)) log.warn('sweep.failed', { subscription: service, error });
    },
  };
}

const spanOf = (event: MessageHandled): Parameters<RecordMessageSpan>[0] => ({
  name: `process ${event.queue}`,
  kind: 'consumer',
  traceparent: event.traceparent,
  parent: event.parentTraceparent,
  startedAt: event.startedAt,
  durationMs: event.durationMs,
  attributes: {
    'messaging.system': 'rabbitmq',
    'messaging.operation.type': 'process',
    'messaging.destination.name': event.queue,
    'messaging.message.id': event.messageId,
    'calseta.alert_id': event.alertId,
    'calseta.attempt': event.attempt,
    'calseta.outcome': event.outcome,
  },
  isFailed: event.outcome !== 'acked',
});

function declare(subscription: Subscription, metrics: Instruments) {
  const queue = LANES.map((lane) => queueName(subscription, lane));
  const stage = { subscription: [subscription.service] };
  return {
    handled: metrics.counter('calseta_messages_handled_total', 'Pipeline messages handled.', {
      queue,
      outcome: OUTCOMES,
    }),
    duration: metrics.histogram(
      'calseta_message_duration_seconds',
      'Work time of a pipeline message.',
      {
        queue,
      },
    ),
    wait: metrics.histogram(
      'calseta_message_wait_seconds',
      'Time from the commit of a stage until its message is handled.',
      { queue },
      WAIT_SECONDS,
    ),
    swept: metrics.counter('calseta_alerts_swept_total', 'Stalled alerts published again.', stage),
    sweepFailures: metrics.counter('calseta_sweep_failures_total', 'Sweeps that failed.', stage),
    oldestAge: metrics.gauge(
      'calseta_stage_oldest_age_seconds',
      `Age of the alert that has waited longest for a subscription. ${SAME_IN_REPLICAS}`,
      ['subscription'],
    ),
    backlog: metrics.gauge(
      'calseta_stage_backlog',
      `Alerts that wait for a subscription; counted up to a limit. ${SAME_IN_REPLICAS}`,
      ['subscription'],
    ),
    depth: metrics.gauge(
      'calseta_queue_depth',
      `AMQP messages ready for a subscription; one carries up to ten alerts. ${SAME_IN_REPLICAS}`,
      ['subscription'],
    ),
  };
}
