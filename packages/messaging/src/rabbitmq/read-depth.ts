import { unavailable } from '../protocol/unavailable.js';
import { closeQuietly } from './keep-channel.js';
import { type BrokerConnection } from './open-connection.js';

/** Longest wait for the length of a queue; a blocked broker does not answer. */
const DEPTH_TIMEOUT_MS = 5_000;

/** Ready messages of a queue. Uses its own channel, because a missing queue (404) closes it. */
export async function readDepth(connection: BrokerConnection, queue: string): Promise<number> {
  if (!connection.isConnected()) throw unavailable('No connection to the broker.');
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    const timer = setTimeout(() => void closeQuietly(channel), DEPTH_TIMEOUT_MS);
    try {
      const { messageCount } = await channel.checkQueue(queue);
      return messageCount;
    } finally {
      clearTimeout(timer);
      await closeQuietly(channel);
    }
  } catch (cause) {
    throw unavailable(`The queue ${queue} cannot be read.`, cause);
  }
}
