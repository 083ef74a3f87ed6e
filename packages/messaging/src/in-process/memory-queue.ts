import { asPromise } from '../protocol/as-promise.js';
import { type DeliveryHeaders } from '../protocol/delivery-headers.js';
import {
  type Delivery,
  type DeliveryWork,
  processDelivery,
  type Settlement,
} from '../protocol/process-delivery.js';
import { unavailable } from '../protocol/unavailable.js';
import { type Consumer, type PipelineTransport } from '../transport.js';

export type DeadLetter = Delivery & { deadAt: Date };

export interface MemoryQueue {
  readonly name: string;
  isFull(): boolean;
  push(delivery: Delivery): void;
  consume(work: DeliveryWork, publish: PipelineTransport['publish']): Consumer;
  /** Ready messages. */
  depth(): number;
  deadLetters(): readonly DeadLetter[];
}

/** Maximum number of dead letters kept; the oldest are dropped. */
export const MAX_DEAD_LETTERS = 1_000;

type Consuming = {
  work: DeliveryWork;
  publish: PipelineTransport['publish'];
  inWork: Set<Promise<void>>;
};

/** The queue of one lane in memory: messages that are ready, in work or waiting for a retry, and dead letters. */
export function createMemoryQueue(options: {
  name: string;
  maxQueued: number;
  closing: AbortSignal;
}): MemoryQueue {
  const { name, maxQueued, closing } = options;
  let ready: Delivery[] = [];
  const dead: DeadLetter[] = [];
  const retries = new Set<NodeJS.Timeout>();
  const consumers = new Set<Consuming>();
  closing.addEventListener('abort', () => {
    for (const timer of retries) clearTimeout(timer);
    ready = [];
  });

  function push(delivery: Delivery): void {
    if (closing.aborted) return;
    ready.push(delivery);
    startReady();
  }

  function startReady(): void {
    for (const consumer of consumers) {
      while (consumer.inWork.size < consumer.work.prefetch) {
        const delivery = ready.shift();
        if (!delivery) return;
        start(delivery, consumer);
      }
    }
  }

  function start(delivery: Delivery, consumer: Consuming): void {
    let isAcked = false;
    const settlement: Settlement = {
      publishNext: (message, traceparent) => consumer.publish(message, { traceparent }),
      sendToWaitQueue: (delaySeconds, headers) =>
        asPromise(() => retryLater(delivery, delaySeconds, headers)),
      sendToDeadLetters: (headers) =>
        asPromise(() => keepNewest(dead, { ...delivery, headers, deadAt: new Date() })),
      ack: () => (isAcked = true),
      isAbandoned: () => closing.aborted || !consumers.has(consumer),
    };
    // The handler never runs inside the call of the publisher.
    const processed = new Promise<void>((resolve) => void setImmediate(resolve))
      .then(() => processDelivery(delivery, settlement, consumer.work))
      .catch((error: unknown) => {
        consumer.work.log.error('message.unsettled', { queue: name, error: String(error) });
      })
      .finally(() => {
        consumer.inWork.delete(processed);
        if (!isAcked && !closing.aborted) ready.unshift(delivery);
        startReady();
      });
    consumer.inWork.add(processed);
  }

  function retryLater(delivery: Delivery, delaySeconds: number, headers: DeliveryHeaders): void {
    if (closing.aborted) throw unavailable('The transport is closed.');
    const timer = setTimeout(() => {
      retries.delete(timer);
      push({ ...delivery, exchange: '', routingKey: name, headers });
    }, delaySeconds * 1000);
    retries.add(timer);
  }

  const inWork = () => [...consumers].reduce((sum, consumer) => sum + consumer.inWork.size, 0);

  return {
    name,
    push,
    isFull: () => ready.length + retries.size + inWork() >= maxQueued,
    depth: () => ready.length,
    deadLetters: () => dead,
    consume(work, publish) {
      const consumer: Consuming = { work, publish, inWork: new Set() };
      consumers.add(consumer);
      startReady();
      return {
        async drain() {
          consumers.delete(consumer);
          await Promise.all(consumer.inWork);
        },
      };
    },
  };
}

function keepNewest(dead: DeadLetter[], letter: DeadLetter): void {
  dead.push(letter);
  if (dead.length > MAX_DEAD_LETTERS) dead.shift();
}
