import { DEAD_LETTER_EXCHANGE, retryQueueName } from '@calseta/common';
import { type ConsumeMessage } from 'amqplib';
import { type Line, unbundle } from '../protocol/bundle.js';
import {
  type DeliveryWork,
  processDelivery,
  type Settlement,
  untilSafe,
} from '../protocol/process-delivery.js';
import { type PipelineTransport } from '../transport.js';
import { type Envelope } from './confirm-publisher.js';

/** An AMQP message that has arrived on a channel. */
export type ArrivedMessage = {
  delivery: ConsumeMessage;
  ack(): void;
  /** True when its channel is lost or the consumer drains: the message is redelivered. */
  isAbandoned(): boolean;
};

export type LaneWorkOptions = {
  queue: string;
  work: DeliveryWork;
  publishMessage: PipelineTransport['publish'];
  publishCopy: (envelope: Envelope) => Promise<void>;
};

export interface LaneWork {
  start(arrival: ArrivedMessage): void;
  /** Alerts that have arrived but are not started. */
  waiting(): number;
  /** Drops them; their messages are redelivered. */
  abandonWaiting(): void;
  settled(): Promise<void>;
}

/** Handles the lines of AMQP messages one by one, at most `prefetch` at once. */
export function createLaneWork({ queue, work, ...publish }: LaneWorkOptions): LaneWork {
  const waiting: (() => Promise<void>)[] = [];
  const inWork = new Set<Promise<void>>();
  /** Bundles that are being split; they do not count as alerts in work. */
  const separating = new Set<Promise<void>>();

  function startWaiting(): void {
    while (inWork.size < work.prefetch) {
      const next = waiting.shift();
      if (!next) return;
      track(next(), inWork);
    }
  }

  function track(processing: Promise<void>, among: Set<Promise<void>>): void {
    const processed = processing
      .catch((error: unknown) => {
        work.log.error('message.unsettled', { queue, error: String(error) });
      })
      .finally(() => {
        among.delete(processed);
        startWaiting();
      });
    among.add(processed);
  }

  async function handle(line: Line, arrival: ArrivedMessage, ack: () => void): Promise<void> {
    const { delivery, isAbandoned } = arrival;
    if (isAbandoned()) return;
    const { exchange, routingKey } = delivery.fields;
    const settlement: Settlement = {
      publishNext: (message, traceparent) => publish.publishMessage(message, { traceparent }),
      sendToWaitQueue: (delaySeconds, headers) =>
        publish.publishCopy({
          ...copyOf({ ...line, headers }, delivery),
          exchange: '',
          routingKey: retryQueueName(queue, delaySeconds),
        }),
      sendToDeadLetters: (headers) =>
        publish.publishCopy({
          ...copyOf({ ...line, headers }, delivery),
          exchange: DEAD_LETTER_EXCHANGE,
          routingKey: queue,
        }),
      ack,
      isAbandoned,
    };
    await processDelivery({ queue, exchange, routingKey, ...line }, settlement, work);
  }

  /** Returns each line to the queue as its own message: the last consumer may have crashed on any of them. */
  async function separate(lines: readonly Line[], arrival: ArrivedMessage): Promise<void> {
    for (const line of lines) {
      const isSafe = await untilSafe(arrival, work.signal, () =>
        publish.publishCopy({
          ...copyOf(line, arrival.delivery),
          exchange: '',
          routingKey: queue,
        }),
      );
      if (!isSafe) return;
    }
    arrival.ack();
  }

  return {
    start(arrival) {
      const { content, properties, fields } = arrival.delivery;
      const lines = unbundle(content, properties);
      if (lines.length > 1 && fields.redelivered) {
        track(separate(lines, arrival), separating);
        return;
      }
      const ack = afterCalls(lines.length, arrival.ack);
      waiting.push(...lines.map((line) => () => handle(line, arrival, ack)));
      startWaiting();
    },
    waiting: () => waiting.length,
    abandonWaiting() {
      waiting.length = 0;
    },
    async settled() {
      await Promise.all([...inWork, ...separating]);
    },
  };
}

/** A line as an AMQP message of its own. */
const copyOf = (
  { body, headers, messageId }: Line,
  { properties }: ConsumeMessage,
): Pick<Envelope, 'body' | 'properties'> => ({
  body: Buffer.from(body),
  properties: {
    contentType: 'application/json',
    ...(messageId !== undefined && { messageId }),
    ...(typeof properties.type === 'string' && { type: properties.type }),
    persistent: true,
    headers,
  },
});

/** Calls back at the last of `count` calls. */
function afterCalls(count: number, callback: () => void): () => void {
  let left = count;
  return () => {
    left -= 1;
    if (left === 0) callback();
  };
}
