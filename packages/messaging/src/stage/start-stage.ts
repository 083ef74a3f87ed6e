import { AppError, type Lane, STAGE_OF_MESSAGE, type Subscription } from '@calseta/common';
import { type StageConfig } from './stage-config.js';
import { type StalledAlert, startSweeper } from './start-sweeper.js';
import {
  type Consumer,
  type MessageHandler,
  type MessageObserver,
  type PipelineTransport,
} from '../transport.js';

type InputStage = (typeof STAGE_OF_MESSAGE)[Subscription['consumes']];

/** Port: alerts that wait at a stage for too long. */
export interface StageAlerts {
  claimStalled(stage: InputStage, lane: Lane, limit: number): Promise<StalledAlert[]>;
  /** Fails alerts that did not move in all sweeps; returns their number. */
  giveUpStalled(stage: InputStage, lane: Lane, limit: number): Promise<number>;
  /** Age of the oldest alert at the stage, in seconds, and how many wait there, up to a limit. */
  lookAt(stage: InputStage): Promise<{ oldestAgeSeconds: number; backlog: number }>;
  markFailed(failure: {
    alertId: string;
    revision: number;
    stage: InputStage;
    code: string;
    reason: string;
    actor: string;
  }): Promise<unknown>;
}

/** Port: receives the outcome of messages and sweeps. */
export interface StageObserver extends MessageObserver {
  /** Called at each sweep with the waiting messages of both lanes, the alerts and the age of the oldest. */
  looked(
    subscription: string,
    waiting: { queueDepth: number; oldestAgeSeconds: number; backlog: number },
  ): void;
  swept(subscription: string, count: number): void;
  gaveUp(subscription: string, count: number): void;
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

/** The text of a defect may quote a query or a payload, so it is only logged. */
const UNTOLD = 'An internal error; the log has it under the id of the alert.';

/** Runs one stage of the pipeline: consumes messages, marks failed alerts, sweeps stalled ones. */
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
        reason: error instanceof AppError ? error.message : UNTOLD,
        actor: service,
      });
    },
  });
  const sweeper = startSweeper({
    intervalMs: config.SWEEP_INTERVAL_MS,
    batchSize: config.SWEEP_BATCH_SIZE,
    async claim(lane, limit) {
      const givenUp = await alerts.giveUpStalled(stage, lane, limit);
      if (givenUp > 0) observer.gaveUp(service, givenUp);
      return await alerts.claimStalled(stage, lane, limit);
    },
    publish: (message, trace) => transport.publish(message, trace),
    // Messages that wait in this process are no longer in the queue.
    queueDepth: async (lane) =>
      (await transport.queueDepth(subscription, lane)) + consumer.waiting(lane),
    async onLook(queueDepth) {
      observer.looked(service, { queueDepth, ...(await alerts.lookAt(stage)) });
    },
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
