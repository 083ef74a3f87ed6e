import {
  type AlertMessage,
  type Lane,
  type RequestContract,
  type Subscription,
} from '@calseta/common';
import { type z } from 'zod';

/** Outcome of one message at one subscription, for its log line and metrics. */
export type MessageHandled = {
  queue: string;
  messageId: string;
  alertId: string;
  /** Span of this hop. */
  traceparent: string;
  /** Span of the hop that published the message. */
  parentTraceparent: string | undefined;
  startedAt: number;
  attempt: number;
  outcome: 'acked' | 'retried' | 'dead_lettered';
  durationMs: number;
  /** From the commit of the stage to the start of this attempt. */
  waitMs: number;
  error?: Error;
};

/** Port: receives the outcome of each message once. */
export interface MessageObserver {
  handled(event: MessageHandled): void;
}

export type HandlingContext = {
  /** 1 for the first attempt. */
  attempt: number;
  /** Span of this hop; the handler passes it on. */
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
  /** Maximum number of alerts in work at once, per lane. */
  prefetch: number;
  observer: MessageObserver;
  /** Called once a message is in the dead letters; marks the alert as failed. */
  onDeadLetter(message: AlertMessage, error: Error): Promise<void>;
};

export interface Consumer {
  /** Takes no more work and waits for work in progress. */
  drain(): Promise<void>;
}

export interface StageConsumer extends Consumer {
  /** Alerts of a lane that have arrived but are not started. */
  waiting(lane: Lane): number;
}

/** Answers one kind of request. An AppError that it throws reaches the caller with its code and message. */
export type Responder<Contract extends RequestContract> = (
  body: z.output<Contract['request']>,
  context: { traceparent: string },
) => Promise<z.input<Contract['reply']>>;

/** Moves alert messages from stage to stage, at least once. */
export interface PipelineTransport extends AsyncDisposable {
  /** Resolves once the broker has confirmed; otherwise rejects with `service.unavailable` or `service.overloaded`. */
  publish(message: AlertMessage, options?: { traceparent?: string }): Promise<void>;
  /** Consumes both lanes: parse → handler → publish the next message with confirm → ack | retry | dead-letter. */
  consume(
    subscription: Subscription,
    handler: MessageHandler,
    options: ConsumeOptions,
  ): Promise<StageConsumer>;
  /** Sends a request to its responder; rejects with `service.unavailable` without an answer in time. */
  request<Contract extends RequestContract>(
    contract: Contract,
    body: z.input<Contract['request']>,
    options?: { traceparent?: string },
  ): Promise<z.output<Contract['reply']>>;
  respond<Contract extends RequestContract>(
    contract: Contract,
    responder: Responder<Contract>,
  ): Promise<Consumer>;
  /** Ready messages of a lane as the broker counts them, without the wait queues. */
  queueDepth(subscription: Subscription, lane: Lane): Promise<number>;
  isReady(): boolean;
}
