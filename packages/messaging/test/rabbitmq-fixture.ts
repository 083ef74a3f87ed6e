import { type ConfirmChannel, connect } from 'amqplib';
import { ALERT_EXCHANGE, LANES, deadLetterQueueName, queueName, routingKey } from '@calseta/common';
import { connectRabbitmq } from '../src/rabbitmq/connect-rabbitmq.js';
import { type TransportLog } from '../src/transport-log.js';
import { FIRST, SECOND, type TransportUnderTest } from './transport-contract.js';

export type LogLine = { level: string; message: string; fields: Record<string, unknown> };

export function memoryLog(): TransportLog & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      lines.push({ level, message, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

export async function connectForTest(
  url: string,
  log: TransportLog = memoryLog(),
  confirmTimeoutMs = 2_000,
) {
  return await connectRabbitmq({
    url,
    connectionName: 'test',
    confirmTimeoutMs,
    log,
    subscriptions: [FIRST, SECOND],
  });
}

/** Runs work on a separate plain connection. */
export async function withChannel<T>(
  url: string,
  work: (channel: ConfirmChannel) => Promise<T>,
): Promise<T> {
  const connection = await connect(url);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return await work(channel);
  } finally {
    await connection.close();
  }
}

/** A transport on a broker. Its queues are deleted afterwards, so that the next test starts with empty ones. */
export async function rabbitmqUnderTest(url: string): Promise<TransportUnderTest> {
  const transport = await connectForTest(url);
  const queues = [FIRST, SECOND].flatMap((subscription) =>
    LANES.flatMap((lane) => {
      const work = queueName(subscription, lane);
      return [
        work,
        deadLetterQueueName(work),
        ...subscription.retryDelaysSeconds.map((delay) => `${work}.retry.${delay}s`),
      ];
    }),
  );
  return {
    transport,
    publishRaw: async (subscription, body) =>
      await withChannel(url, async (channel) => {
        const key = routingKey(subscription.consumes, 'normal');
        channel.publish(ALERT_EXCHANGE, key, Buffer.from(body), { persistent: true });
        await channel.waitForConfirms();
      }),
    deadLetters: async (subscription) =>
      await withChannel(url, async (channel) => {
        const letters = [];
        const queue = deadLetterQueueName(queueName(subscription, 'normal'));
        for (;;) {
          const letter = await channel.get(queue);
          if (!letter) return letters;
          letters.push({
            body: letter.content.toString(),
            headers: letter.properties.headers ?? {},
          });
        }
      }),
    close: async () => {
      await transport[Symbol.asyncDispose]();
      await withChannel(url, async (channel) => {
        for (const queue of queues) await channel.deleteQueue(queue);
      });
    },
  };
}
