import { LANES, queueName, SUBSCRIPTIONS, type Subscription } from '@calseta/common';
import { connect } from 'amqplib';
import { type System } from './start-system.js';

const allQueues = (subscriptions: readonly Subscription[]): string[] =>
  subscriptions.flatMap((subscription) => LANES.map((lane) => queueName(subscription, lane)));

/** Messages that wait in the queues of these subscriptions. */
export async function countMessages(
  { rabbitmq }: Pick<System, 'rabbitmq'>,
  subscriptions: readonly Subscription[] = Object.values(SUBSCRIPTIONS),
): Promise<number> {
  const connection = await connect(rabbitmq.url);
  try {
    const channel = await connection.createChannel();
    let count = 0;
    for (const queue of allQueues(subscriptions)) {
      count += (await channel.checkQueue(queue)).messageCount;
    }
    return count;
  } finally {
    await connection.close();
  }
}

/** Empties all queues of the pipeline, or takes them away altogether. */
export async function clearQueues(
  { rabbitmq }: Pick<System, 'rabbitmq'>,
  how: 'purge' | 'delete',
): Promise<void> {
  const connection = await connect(rabbitmq.url);
  try {
    const channel = await connection.createChannel();
    for (const queue of allQueues(Object.values(SUBSCRIPTIONS))) {
      await (how === 'purge' ? channel.purgeQueue(queue) : channel.deleteQueue(queue));
    }
  } finally {
    await connection.close();
  }
}
