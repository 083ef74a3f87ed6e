import { asPromise } from '../delivery/as-promise.js';
import { type DeliveryHeaders } from '../delivery/delivery-headers.js';
import { unavailable } from '../delivery/unavailable.js';
import {
  type Delivery,
  type DeliveryWork,
  type Settlement,
  processDelivery,
} from '../delivery/process-delivery.js';
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

/** Dead letters kept for inspection; the oldest make room. */
export const MAX_DEAD_LETTERS = 1_000;

type Lane = {
  work: DeliveryWork;
  publish: PipelineTransport['publish'];
  inWork: Set<Promise<void>>;
};

/** One lane in memory: ready messages, those waiting for a retry, those in work, and its dead letters. */
export function createMemoryQueue(options: {
  name: string;
  maxQueued: number;
  closing: AbortSignal;
}): MemoryQueue {
  const { name, maxQueued, closing } = options;
  let ready: Delivery[] = [];
  const dead: DeadLetter[] = [];
  const retries = new Set<NodeJS.Timeout>();
  const lanes = new Set<Lane>();
  closing.addEventListener('abort', () => {
    for (const timer of retries) clearTimeout(timer);
    ready = [];
  });

  const size = (): number =>
    ready.length + retries.size + [...lanes].reduce((sum, lane) => sum + lane.inWork.size, 0);

  function push(delivery: Delivery): void {
    if (closing.aborted) return;
    ready.push(delivery);
    startReady();
  }

  function startReady(): void {
    for (const lane of lanes) {
      while (lane.inWork.size < lane.work.prefetch) {
        const delivery = ready.shift();
        if (!delivery) return;
        start(delivery, lane);
      }
    }
  }

  function start(delivery: Delivery, lane: Lane): void {
    const answer = { isGiven: false };
    // Never within the publisher's call: a handler runs on a turn of its own.
    const processed = new Promise<void>((resolve) => void setImmediate(resolve))
      .then(() => processDelivery(delivery, settlementOf(delivery, lane, answer), lane.work))
      .catch((error: unknown) => {
        lane.work.log.error('message.unsettled', { queue: name, error: String(error) });
      })
      .finally(() => {
        lane.inWork.delete(processed);
        if (!answer.isGiven && !closing.aborted) ready.unshift(delivery);
        startReady();
      });
    lane.inWork.add(processed);
  }

  function settlementOf(delivery: Delivery, lane: Lane, answer: { isGiven: boolean }): Settlement {
    return {
      publishNext: (message, traceparent) => lane.publish(message, { traceparent }),
      sendToWaitQueue: (delaySeconds, headers) =>
        asPromise(() => retryLater(delivery, delaySeconds, headers)),
      sendToDeadLetters: (headers) => asPromise(() => keepDead({ ...delivery, headers })),
      ack: () => (answer.isGiven = true),
      isAbandoned: () => closing.aborted || !lanes.has(lane),
    };
  }

  function keepDead(delivery: Delivery): void {
    dead.push({ ...delivery, deadAt: new Date() });
    if (dead.length > MAX_DEAD_LETTERS) dead.shift();
  }

  function retryLater(delivery: Delivery, delaySeconds: number, headers: DeliveryHeaders): void {
    if (closing.aborted) throw unavailable('The transport is closed.');
    const timer = setTimeout(() => {
      retries.delete(timer);
      push({ ...delivery, exchange: '', routingKey: name, headers });
    }, delaySeconds * 1000);
    retries.add(timer);
  }

  return {
    name,
    push,
    isFull: () => size() >= maxQueued,
    depth: () => ready.length,
    deadLetters: () => dead,
    consume(work, publish) {
      const lane: Lane = { work, publish, inWork: new Set() };
      lanes.add(lane);
      startReady();
      return {
        async drain() {
          lanes.delete(lane);
          await Promise.all(lane.inWork);
        },
      };
    },
  };
}
