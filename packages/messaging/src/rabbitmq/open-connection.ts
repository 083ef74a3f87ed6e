import { type Writable } from 'node:stream';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { MAX_DELAY_MS, withDeadline } from '@calseta/async';
import { declareTopology } from './declare-topology.js';
import { closeQuietly } from './keep-channel.js';
import { type Topology } from './topology.js';
import { type TransportLog } from '../transport-log.js';
import { writeTogether } from './write-together.js';

const HEARTBEAT_SECONDS = 10;
/** From dialling to the end of the AMQP handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A closing handshake that a dead broker does not answer is given up after this time. */
const CLOSE_TIMEOUT_MS = 2_000;

export type ConnectionOptions = {
  url: string;
  connectionName: string;
  topology: Topology;
  log: TransportLog;
  /** Called with the broker's reason when it stops taking messages, and with undefined afterwards. */
  onBlocked?: (reason: string | undefined) => void;
};

export interface BrokerConnection {
  isConnected(): boolean;
  /** These wait for the connection when there is none. */
  createChannel(): Promise<Channel>;
  createConfirmChannel(): Promise<ConfirmChannel>;
  close(): Promise<void>;
}

/**
 * A connection that comes back whenever it is lost, and then declares the topology again. Resolves after
 * the first try, successful or not: a service may start before its broker.
 */
export async function openConnection(options: ConnectionOptions): Promise<BrokerConnection> {
  const { connectionName, topology, log, onBlocked = () => undefined } = options;
  const model = await connect(withHeartbeat(options.url), {
    noDelay: true,
    timeout: HANDSHAKE_TIMEOUT_MS,
    clientProperties: { connection_name: connectionName },
    recovery: {
      waitForConnect: false,
      maxDelay: MAX_DELAY_MS,
      setup: async (opened: ChannelModel) => {
        writeTogether(socketOf(opened));
        await declareOn(opened, topology);
      },
    },
  });
  let isConnected = false;
  model.on('blocked', onBlocked);
  model.on('unblocked', () => onBlocked(undefined));
  model.on('error', (error) => log.warn('amqp.connection_error', { error: error.message }));
  model.on('connect', () => {
    isConnected = true;
    onBlocked(undefined);
    log.info('amqp.connected', { connection: connectionName });
  });
  model.on('disconnect', (error) => {
    isConnected = false;
    log.warn('amqp.disconnected', { error: error.message });
  });
  model.on('connect-failed', (error) => {
    // A refused connection to a name with several addresses is an AggregateError without a message.
    log.warn('amqp.connect_failed', { error: error.message || reasonOf(error) });
  });
  await new Promise<void>((resolve) => {
    model.once('connect', () => resolve());
    model.once('connect-failed', () => resolve());
  });
  return {
    isConnected: () => isConnected,
    createChannel: () => model.createChannel(),
    createConfirmChannel: () => model.createConfirmChannel(),
    close: async () => {
      isConnected = false;
      await withDeadline(model.close(), CLOSE_TIMEOUT_MS, () => undefined);
    },
  };
}

const reasonOf = (error: Error): string =>
  error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name;

/** Not among amqplib's types, though there since its first version. */
const socketOf = ({ connection }: ChannelModel): Writable =>
  (connection as unknown as { stream: Writable }).stream;

async function declareOn(model: ChannelModel, topology: Topology): Promise<void> {
  // Without a listener an error during the declarations would be thrown at nobody.
  model.on('error', () => undefined);
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  await declareTopology(channel, topology);
  await closeQuietly(channel);
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) {
    parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  }
  return parsed.href;
}
