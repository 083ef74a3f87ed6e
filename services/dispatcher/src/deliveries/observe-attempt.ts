import { ATTEMPT_OUTCOMES, webhookIdOf } from '@calseta/common';
import { type Metrics, type RecordSpan, type Telemetry } from '@calseta/platform';
import { type ObservedAttempt } from './attempt-delivery.js';

/** Histogram buckets of the time from the receipt of an alert to its push, seconds. */
const LATENCY_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400];

/** One log line and the metrics of an attempt. No URL is logged, for it may hold a token. */
export function attemptObserver({ log, metrics, trace }: Telemetry) {
  const instruments = declare(metrics);
  return function observeAttempt(attempt: ObservedAttempt): void {
    const { delivery, agent, number, sent, decision } = attempt;
    const isDelivered = decision.kind === 'delivered';
    const outcome = isDelivered ? 'delivered' : decision.outcome;
    instruments.attempts.inc({ outcome });
    instruments.duration.observe({ outcome }, sent.durationMs / 1_000);
    if (isDelivered && !delivery.event) {
      const latencyMs = sent.startedAt.getTime() + sent.durationMs - delivery.receivedAt.getTime();
      instruments.latency.observe(Math.max(0, latencyMs) / 1_000);
    }
    if (trace) traceAttempt(trace, attempt, outcome);
    const { traceparent } = delivery;
    const traced = traceparent === undefined ? log : log.within({ traceparent });
    traced[isDelivered ? 'info' : 'warn']('delivery.attempted', {
      webhook_id: webhookIdOf(delivery.id),
      alert_id: delivery.alertId,
      event: delivery.event?.event,
      agent_id: agent.id,
      agent: agent.name,
      attempt: number,
      outcome,
      status_code: sent.result.kind === 'response' ? sent.result.status : undefined,
      duration_ms: sent.durationMs,
      error: isDelivered ? undefined : decision.error,
      retry_in_ms: decision.kind === 'retry' ? decision.delayMs : undefined,
    });
  };
}

/** No URL, for it may hold a token. What was not sent has no span. */
function traceAttempt(
  trace: RecordSpan,
  { delivery, agent, number, sent, decision }: ObservedAttempt,
  outcome: string,
): void {
  if (sent.traceparent === undefined) return;
  trace({
    name: 'POST agent',
    kind: 'client',
    traceparent: sent.traceparent,
    parent: delivery.traceparent,
    startedAt: sent.startedAt.getTime(),
    durationMs: sent.durationMs,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': sent.result.kind === 'response' ? sent.result.status : undefined,
      'calseta.agent_id': agent.id,
      'calseta.alert_id': delivery.alertId,
      'calseta.webhook_id': webhookIdOf(delivery.id),
      'calseta.attempt': number,
      'calseta.outcome': outcome,
    },
    isFailed: decision.kind !== 'delivered',
  });
}

const declare = (metrics: Metrics) => ({
  attempts: metrics.counter('calseta_delivery_attempts_total', 'Push attempts by outcome.', {
    outcome: ATTEMPT_OUTCOMES,
  }),
  duration: metrics.histogram(
    'calseta_delivery_attempt_duration_seconds',
    'Time of a push attempt.',
    {
      outcome: ATTEMPT_OUTCOMES,
    },
  ),
  latency: metrics.histogram(
    'calseta_delivery_latency_seconds',
    'Time from the receipt of an alert to its first successful push.',
    {},
    LATENCY_SECONDS,
  ),
});
