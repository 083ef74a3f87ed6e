import { AppError, type AlertMessage, STAGE_OF_MESSAGE, type Subscription } from '@calseta/common';
import { type StageConfig } from './stage-config.js';
import { startSweeper } from './start-sweeper.js';
import {
  type Consumer,
  type MessageHandler,
  type MessageObserver,
  type PipelineTransport,
} from './transport.js';

type InputStage = (typeof STAGE_OF_MESSAGE)[Subscription['consumes']];

/** Port: alerts that stand at a stage too long, and those that it gives up. */
export interface StageAlerts {
  claimStalled(stage: InputStage, limit: number): Promise<AlertMessage[]>;
  markFailed(failure: {
    alertId: string;
    revision: number;
    stage: InputStage;
    code: string;
    reason: string;
    actor: string;
  }): Promise<unknown>;
}

/** Port: hears how messages and sweeps end. */
export interface StageObserver extends MessageObserver {
  swept(subscription: string, count: number): void;
  sweepFailed(subscription: string, error: Error): void;
}

export type StageOptions = {
  subscription: Subscription;
  handler: MessageHandler;
  transport: PipelineTransport;
  alerts: StageAlerts;
  observer: StageObserver;
  config: StageConfig;
};

/** One stage of the pipeline: consumes its messages, sets poison aside, sweeps what stands still. */
export async function startStage(options: StageOptions): Promise<Consumer> {
  const { subscription, handler, transport, alerts, observer, config } = options;
  const { service } = subscription;
  const stage = STAGE_OF_MESSAGE[subscription.consumes];
  const consumer = await transport.consume(subscription, handler, {
    prefetch: config.AMQP_PREFETCH,
    observer,
    onDeadLetter: async (message, error) => {
      await alerts.markFailed({
        alertId: message.alert_id,
        revision: message.revision,
        stage,
        code: error instanceof AppError ? error.code : 'internal.error',
        reason: error.message,
        actor: service,
      });
    },
  });
  const sweeper = startSweeper({
    subscription,
    intervalMs: config.SWEEP_INTERVAL_MS,
    batchSize: config.SWEEP_BATCH_SIZE,
    claim: (limit) => alerts.claimStalled(stage, limit),
    transport,
    onSwept: (count) => observer.swept(service, count),
    onError: (error) => observer.sweepFailed(service, error),
  });
  return {
    async drain() {
      await sweeper.drain();
      await consumer.drain();
    },
  };
}
