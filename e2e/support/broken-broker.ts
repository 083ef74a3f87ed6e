import { SUBSCRIPTIONS } from '@calseta/common';
import { renderTopology } from '@calseta/messaging';
import { connect } from 'amqplib';

/** Deletes every queue of the pipeline with its messages; returns the number of messages. */
export async function deleteAllQueues(amqpUrl: string): Promise<number> {
  const connection = await connect(amqpUrl);
  try {
    const channel = await connection.createChannel();
    let lost = 0;
    for (const { name } of renderTopology(Object.values(SUBSCRIPTIONS)).queues) {
      lost += (await channel.deleteQueue(name)).messageCount;
    }
    return lost;
  } finally {
    await connection.close();
  }
}
