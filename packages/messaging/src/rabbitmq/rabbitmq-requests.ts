import { withDeadline } from '@calseta/async';
import { randomUUID } from 'node:crypto';
import { childTraceparent } from '@calseta/common';
import { type Channel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { createConfirmPublisher } from './confirm-publisher.js';
import { unanswered, unavailable } from '../protocol/unavailable.js';
import { type KeptChannel, closeQuietly, keepChannel } from './keep-channel.js';
import {
  MAX_PENDING_REQUESTS,
  MAX_QUEUED_REQUESTS,
  RESPONDER_CONCURRENCY,
  decodeReply,
  encodeReply,
  encodeRequest,
  requestQueueName,
} from '../protocol/reply-envelope.js';
import { type Consumer } from '../transport.js';
import { type RawRequests, type RawResponder } from '../protocol/checked-requests.js';
import { type TransportLog } from '../transport-log.js';

/** Direct reply-to: the broker sends replies to the channel of the request, without a queue. */
const REPLY_TO = 'amq.rabbitmq.reply-to';
/** The broker deletes a request queue after this time without a responder. */
const REQUEST_QUEUE_EXPIRES_MS = 60_000;

export type Requester = Pick<RawRequests, 'request'> & { channel: KeptChannel };

/** Sends requests over the broker; replies arrive on the same channel. */
export function createRequester(options: {
  openChannel: () => Promise<ConfirmChannel>;
  confirmTimeoutMs: number;
  log: TransportLog;
  closing: AbortSignal;
}): Requester {
  const waiting = new Map<string, (reply: Buffer) => void>();
  const publisher = createConfirmPublisher({
    confirmTimeoutMs: options.confirmTimeoutMs,
    onTimeout: () => channel.replace(options.confirmTimeoutMs),
  });
  const channel = keepChannel({
    name: 'requests',
    open: options.openChannel,
    log: options.log,
    closing: options.closing,
    onLost: () => publisher.detach(),
    async setup(opened) {
      const onReply = (reply: ConsumeMessage | null): void => {
        if (reply) waiting.get(String(reply.properties.correlationId))?.(reply.content);
      };
      await opened.consume(REPLY_TO, onReply, { noAck: true });
      publisher.attach(opened);
    },
  });

  return {
    channel,
    async request(topic, body, { timeoutMs, traceparent, maxBytes }) {
      if (waiting.size >= MAX_PENDING_REQUESTS) {
        throw unavailable(`${MAX_PENDING_REQUESTS} requests are unanswered already.`);
      }
      const correlationId = randomUUID();
      const envelope = {
        exchange: '',
        routingKey: requestQueueName(topic),
        body: encodeRequest(body, maxBytes),
        properties: {
          correlationId,
          replyTo: REPLY_TO,
          contentType: 'application/json',
          expiration: String(timeoutMs),
          headers: { traceparent: childTraceparent(traceparent) },
        },
      };
      const reply = new Promise<Buffer>((resolve) => waiting.set(correlationId, resolve));
      const exchange = Promise.all([reply, publisher.publish(envelope)]);
      try {
        const [answered] = await withDeadline(exchange, timeoutMs, () =>
          unanswered(topic, timeoutMs),
        );
        return decodeReply(answered);
      } finally {
        waiting.delete(correlationId);
      }
    },
  };
}

export type RabbitmqResponder = Consumer & Pick<KeptChannel, 'isOpen' | 'firstTry'>;

/** Answers the requests of one topic, at most once each. Failures are returned as code and message. */
export function respondOverRabbitmq(options: {
  topic: string;
  responder: RawResponder;
  openChannel: () => Promise<Channel>;
  log: TransportLog;
  closing: AbortSignal;
}): RabbitmqResponder {
  const queue = requestQueueName(options.topic);
  const inWork = new Set<Promise<void>>();
  let cancel: (() => Promise<void>) | undefined;

  const kept = keepChannel({
    name: queue,
    open: options.openChannel,
    log: options.log,
    closing: options.closing,
    async setup(channel) {
      await channel.assertQueue(queue, {
        durable: true,
        expires: REQUEST_QUEUE_EXPIRES_MS,
        maxLength: MAX_QUEUED_REQUESTS,
        overflow: 'reject-publish',
      });
      await channel.prefetch(RESPONDER_CONCURRENCY);
      const { consumerTag } = await channel.consume(queue, (request) => {
        if (!request) return void closeQuietly(channel);
        const answered = answer(request, channel).finally(() => inWork.delete(answered));
        inWork.add(answered);
      });
      cancel = async () => {
        await channel.cancel(consumerTag);
      };
    },
  });

  async function answer(request: ConsumeMessage, channel: Channel): Promise<void> {
    const { headers } = request.properties;
    const replyTo: unknown = request.properties.replyTo;
    // The first delivery may have had an effect, so a second one is not answered: the caller decides whether to repeat
    // the request.
    const isAnswerable = !request.fields.redelivered && typeof replyTo === 'string';
    try {
      if (isAnswerable) {
        const parent: unknown = headers?.['traceparent'];
        const traceparent = childTraceparent(typeof parent === 'string' ? parent : undefined);
        const reply = await encodeReply(
          async () =>
            await options.responder(JSON.parse(request.content.toString('utf8')), { traceparent }),
        );
        channel.publish('', replyTo, reply, {
          correlationId: String(request.properties.correlationId),
        });
      }
      channel.ack(request);
    } catch (error) {
      options.log.warn('request.unanswered', { topic: options.topic, error: String(error) });
    }
  }

  return {
    isOpen: () => kept.isOpen(),
    firstTry: kept.firstTry,
    async drain() {
      kept.retire();
      await cancel?.().catch(() => undefined);
      await Promise.all(inWork);
      await kept.close();
    },
  };
}
