import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400];

export type Metrics = ReturnType<typeof createMetrics>;

/** Declares every instrument once; label values are low in number by construction. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets = SECONDS,
  ) => new Histogram({ name, help, labelNames, buckets, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  return {
    registry,
    httpRequests: counter('calseta_http_requests_total', 'HTTP requests answered.', [
      'method',
      'route',
      'status',
    ]),
    httpDuration: histogram(
      'calseta_http_request_duration_seconds',
      'Time from the request to the end of the answer.',
      ['method', 'route'],
    ),
    authFailures: counter('calseta_auth_failures_total', 'Authentications refused.', ['code']),
    alertsIngested: counter('calseta_alerts_ingested_total', 'Alerts accepted by ingest-api.', [
      'source',
      'status',
    ]),
    messagesHandled: counter('calseta_messages_handled_total', 'Pipeline messages handled.', [
      'queue',
      'outcome',
    ]),
    messageDuration: histogram(
      'calseta_message_duration_seconds',
      'Work time of a pipeline message.',
      ['queue'],
    ),
    messageWait: histogram(
      'calseta_message_wait_seconds',
      'Time from the commit of a stage until its message is taken up.',
      ['queue'],
      WAIT_SECONDS,
    ),
    publishFailures: counter(
      'calseta_publish_failures_total',
      'Messages that the broker did not confirm; the sweeper heals them.',
      ['type'],
    ),
    alertsSwept: counter('calseta_alerts_swept_total', 'Stalled alerts published again.', [
      'subscription',
    ]),
    sweepFailures: counter('calseta_sweep_failures_total', 'Sweeps that failed.', ['subscription']),
    oldestAge: gauge(
      'calseta_stage_oldest_age_seconds',
      'Age of the alert that has stood longest before a subscription.',
      ['subscription'],
    ),
    queueDepth: gauge(
      'calseta_queue_depth',
      'AMQP messages ready for a subscription; one carries up to ten alerts.',
      ['subscription'],
    ),
    providerLookups: counter('calseta_provider_lookups_total', 'Provider lookups by outcome.', [
      'provider',
      'outcome',
      'cached',
    ]),
    providerDuration: histogram(
      'calseta_provider_lookup_duration_seconds',
      'Time of a provider lookup, retries included.',
      ['provider'],
    ),
    deliveryAttempts: counter('calseta_delivery_attempts_total', 'Push attempts by outcome.', [
      'outcome',
    ]),
    deliveryDuration: histogram(
      'calseta_delivery_attempt_duration_seconds',
      'Time of a push attempt.',
      ['outcome'],
    ),
    deliveryLatency: histogram(
      'calseta_delivery_latency_seconds',
      'Time from the receipt of an alert to its first successful push.',
      [],
      WAIT_SECONDS,
    ),
  };
}
