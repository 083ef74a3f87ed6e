import { type Logger } from './logger.js';
import { type Metrics } from './metrics.js';

/** How the handling of one pipeline message ended. */
export type HandledMessage = {
  queue: string;
  messageId: string;
  alertId: string;
  traceparent: string;
  attempt: number;
  outcome: 'acked' | 'retried' | 'dead_lettered';
  durationMs: number;
  waitMs: number;
  error?: Error;
};

export type MessageObserver = ReturnType<typeof createMessageObserver>;

const LEVELS = { acked: 'info', retried: 'warn', dead_lettered: 'error' } as const;

/** Gives each pipeline message its one log line and its metrics, and reports sweeps. */
export function createMessageObserver(log: Logger, metrics: Metrics) {
  return {
    handled(event: HandledMessage): void {
      metrics.messagesHandled.inc({ queue: event.queue, outcome: event.outcome });
      metrics.messageDuration.observe({ queue: event.queue }, event.durationMs / 1_000);
      metrics.messageWait.observe({ queue: event.queue }, Math.max(0, event.waitMs) / 1_000);
      log
        .within({ traceparent: event.traceparent, alertId: event.alertId })
        [LEVELS[event.outcome]]('message.handled', {
          queue: event.queue,
          message_id: event.messageId,
          attempt: event.attempt,
          outcome: event.outcome,
          duration_ms: Math.round(event.durationMs),
          wait_ms: Math.round(event.waitMs),
          ...(event.error ? { error: event.error } : {}),
        });
    },
    looked(
      subscription: string,
      { queueDepth, oldestAgeSeconds }: { queueDepth: number; oldestAgeSeconds: number },
    ): void {
      metrics.queueDepth.set({ subscription }, queueDepth);
      metrics.oldestAge.set({ subscription }, oldestAgeSeconds);
    },
    gaveUp: (subscription: string, count: number): void =>
      log.error('alerts.stalled', { subscription, count }),
    swept: (subscription: string, count: number): void =>
      metrics.alertsSwept.inc({ subscription }, count),
    sweepFailed(subscription: string, error: Error): void {
      metrics.sweepFailures.inc({ subscription });
      log.warn('sweep.failed', { subscription, error });
    },
  };
}
