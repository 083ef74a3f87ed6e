import {
  ALERT_EXCHANGE,
  deadLetterQueueName,
  LANES,
  newUuid,
  queueName,
  routingKey,
  SUBSCRIPTIONS,
} from '@calseta/common';
import { waitUntil } from '@calseta/local';
import { connect } from 'amqplib';
import { type System } from '../system/start-system.js';
import { type Fault } from './fault.js';

const DEAD_TIMEOUT_MS = 30_000;

/** Each must be dead-lettered without a retry. */
const POISON = [
  'not json',
  '[]',
  '{"schema_version":99}',
  JSON.stringify({ schema_version: 1, message_id: newUuid(), alert_id: 'not-a-uuid' }),
  `{"padding":"${'x'.repeat(20_000)}"}`,
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
];

export const poison: Fault = {
  name: 'poison',
  summary: 'Messages that nobody can read come between the others, in every queue',
  full: { alerts: 3_000, alertsPerSecond: 150, rounds: 20, pauseMs: 0 },
  short: { alerts: 100, alertsPerSecond: 30, rounds: 2, pauseMs: 0 },
  async strike({ system }, { rounds }) {
    const before = await countDeadLetters(system);
    const published = await publishPoison(system, rounds);
    let dead = 0;
    const areAside = async () => {
      dead = (await countDeadLetters(system)) - before;
      return dead >= published;
    };
    await waitUntil(areAside, { timeoutMs: DEAD_TIMEOUT_MS, intervalMs: 200 });
    const judge = () => [
      {
        name: 'messages set aside',
        wanted: String(published),
        measured: String(dead),
        isMet: dead === published,
      },
    ];
    return { judge };
  },
};

const subscriptions = Object.values(SUBSCRIPTIONS);

async function publishPoison({ rabbitmq }: System, rounds: number): Promise<number> {
  const connection = await connect(rabbitmq.url);
  const channel = await connection.createConfirmChannel();
  let count = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const { consumes } of subscriptions) {
      for (const text of POISON) {
        channel.publish(ALERT_EXCHANGE, routingKey(consumes, 'normal'), Buffer.from(text));
        count += 1;
      }
    }
  }
  await channel.waitForConfirms();
  await connection.close();
  return count;
}

async function countDeadLetters({ rabbitmq }: System): Promise<number> {
  const connection = await connect(rabbitmq.url);
  const channel = await connection.createChannel();
  let count = 0;
  for (const subscription of subscriptions) {
    for (const lane of LANES) {
      const queue = deadLetterQueueName(queueName(subscription, lane));
      count += (await channel.checkQueue(queue)).messageCount;
    }
  }
  await connection.close();
  return count;
}
