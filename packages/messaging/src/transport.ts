import {
  type AlertMessage,
  type Lane,
  type RequestContract,
  type Subscription,
} from '@calseta/common';
import { type z } from 'zod';

/** The outcome of one message at one subscription, for a log line and metrics. */
export type MessageHandled = {
  queue: string;
  messageId: string;
  alertId: string;
  /** The span of this hop. */
  traceparent: string;
  attempt: number;
  outcome: 'acked' | 'retried' | 'dead_lettered';
  durationMs: number;
  /** From the commit of the stage to the start of this attempt. */
  waitMs: number;
  error?: Error;
};

/** Port: hears the outcome of each message once. */
export interface MessageObserver {
  handled(event: MessageHandled): void;
}

export type HandlingContext = {
  /** 1 for the first attempt. */
  attempt: number;
  /** The span of this hop; the handler passes it on. */
  traceparent: string;
  /** Aborted when the transport closes. */
  signal: AbortSignal;
};

/**
 * Returns the message to publish next, or undefined when there is none. A PermanentError sends the message to the
 * dead letters at once; any other error is retried through the wait queues first.
 */
export type MessageHandler = (
  message: AlertMessage,
  context: HandlingContext,
) => Promise<AlertMessage | undefined>;

export type ConsumeOptions = {
  /** Alerts in work at once, per lane. */
  prefetch: number;
  observer: MessageObserver;
  /** Called once a message is in the dead letters: marks the alert failed. */
  onDeadLetter(message: AlertMessage, error: Error): Promise<void>;
};

export interface Consumer {
  /** Stops taking work and waits for what is in flight. */
  drain(): Promise<void>;
}

export interface StageConsumer extends Consumer {
  /** Alerts of a lane that have arrived and are not begun. */
  waiting(lane: Lane): number;
}

/** Answers one kind of request. The caller gets an AppError that it throws with its code and message. */
export type Responder<Contract extends RequestContract> = (
  body: z.output<Contract['request']>,
  context: { traceparent: string },
) => Promise<z.input<Contract['reply']>>;

/** Moves alert messages from stage to stage, at least once. */
export interface PipelineTransport extends AsyncDisposable {
  /**
   * Resolves once the broker has confirmed; rejects with `service.unavailable` or `service.overloaded` otherwise.
   */
  publish(message: AlertMessage, options?: { traceparent?: string }): Promise<void>;
  /** Consumes both lanes: parse → handler → publish the next message with confirm → ack | retry | dead-letter. */
  consume(
    subscription: Subscription,
    handler: MessageHandler,
    options: ConsumeOptions,
  ): Promise<StageConsumer>;
  /** Asks the responder of a contract; rejects with `service.unavailable` when there is no answer in time. */
  request<Contract extends RequestContract>(
    contract: Contract,
    body: z.input<Contract['request']>,
    options?: { traceparent?: string },
  ): Promise<z.output<Contract['reply']>>;
  respond<Contract extends RequestContract>(
    contract: Contract,
    responder: Responder<Contract>,
  ): Promise<Consumer>;
  /** Ready messages of a lane, as the broker counts them, without the wait queues. */
  queueDepth(subscription: Subscription, lane: Lane): Promise<number>;
  isReady(): boolean;
}
