import type { Telemetry } from '@calseta/platform';
import type { ObservedAttempt } from './deliveries/attempt-delivery.js';
import { webhookIdOf } from './webhooks/build-headers.js';

/** One log line and the metrics of an attempt; no URL, for it may hold a token. */
export const createObserveAttempt =
  ({ log, metrics }: Pick<Telemetry, 'log' | 'metrics'>) =>
  ({ delivery, agent, number, sent, decision }: ObservedAttempt): void => {
    const isDelivered = decision.kind === 'delivered';
    const outcome = isDelivered ? 'delivered' : decision.outcome;
    metrics.deliveryAttempts.inc({ outcome });
    metrics.deliveryDuration.observe({ outcome }, sent.durationMs / 1_000);
    if (isDelivered) {
      const latencyMs = sent.startedAt.getTime() + sent.durationMs - delivery.receivedAt.getTime();
      metrics.deliveryLatency.observe(Math.max(0, latencyMs) / 1_000);
    }
    const { traceparent } = delivery;
    const traced = traceparent === undefined ? log : log.within({ traceparent });
    traced[isDelivered ? 'info' : 'warn']('delivery.attempted', {
      webhook_id: webhookIdOf(delivery.id),
      alert_id: delivery.alertId,
      agent_id: agent.id,
      agent: agent.name,
      attempt: number,
      outcome,
      ...(sent.result.kind === 'response' && { status_code: sent.result.status }),
      duration_ms: sent.durationMs,
      ...(!isDelivered && { error: decision.error }),
      ...(decision.kind === 'retry' && { retry_in_ms: decision.delayMs }),
    });
  };
