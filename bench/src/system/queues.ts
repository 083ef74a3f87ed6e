import { LANES, queueName, SUBSCRIPTIONS, type Subscription } from '@calseta/common';
import { type Channel, connect, type Message } from 'amqplib';
import { type System } from './start-system.js';

type Broker = Pick<System, 'rabbitmq'>;

/** Several alert messages in one broker message, one per line. */
const BUNDLE_TYPE = 'application/x-ndjson';

const allQueues = (subscriptions: readonly Subscription[]): string[] =>
  subscriptions.flatMap((subscription) => LANES.map((lane) => queueName(subscription, lane)));

/** Removes all messages from the queues of these subscriptions, and returns the number of alert messages. */
export async function takeMessages(
  broker: Broker,
  subscriptions: readonly Subscription[],
): Promise<number> {
  return await withChannel(broker, async (channel) => {
    let count = 0;
    for (const queue of allQueues(subscriptions)) count += await takeAll(channel, queue);
    return count;
  });
}

/** Empties or deletes all queues of the pipeline. */
export async function clearQueues(broker: Broker, how: 'purge' | 'delete'): Promise<void> {
  await withChannel(broker, async (channel) => {
    for (const queue of allQueues(Object.values(SUBSCRIPTIONS))) {
      await (how === 'purge' ? channel.purgeQueue(queue) : channel.deleteQueue(queue));
    }
  });
}

async function takeAll(channel: Channel, queue: string): Promise<number> {
  const { messageCount } = await channel.checkQueue(queue);
  if (messageCount === 0) return 0;
  let taken = 0;
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    const take = (message: Message | null) => {
      if (!message) {
        reject(new Error(`The consumer of ${queue} was cancelled.`));
        return;
      }
      taken += 1;
      count += countAlertMessages(message);
      if (taken >= messageCount) resolve();
    };
    channel.consume(queue, take, { noAck: true, consumerTag: queue }).catch(reject);
  });
  await channel.cancel(queue);
  return count;
}

const countAlertMessages = ({ content, properties }: Message): number =>
  properties.contentType === BUNDLE_TYPE ? content.toString().trimEnd().split('\n').length : 1;

async function withChannel<T>(
  { rabbitmq }: Broker,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  const connection = await connect(rabbitmq.url);
  try {
    return await work(await connection.createChannel());
  } finally {
    await connection.close();
  }
}
