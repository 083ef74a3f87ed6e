import { type Writable } from 'node:stream';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { MAX_DELAY_MS, type Outage, withDeadline } from '@calseta/async';
import { type TlsFiles } from '@calseta/common';
import { declareTopology } from './declare-topology.js';
import { closeQuietly } from './keep-channel.js';
import { type Topology } from './topology.js';
import { type TransportLog } from '../transport-log.js';
import { writeTogether } from './write-together.js';

const HEARTBEAT_SECONDS = 10;
/** From the TCP connect to the end of the AMQP handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Longest wait for the broker's answer to a close. */
const CLOSE_TIMEOUT_MS = 2_000;

export type ConnectionOptions = {
  url: string;
  tls: TlsFiles | undefined;
  connectionName: string;
  topology: Topology;
  /** Notified when the connection is lost, fails to open, or is back. */
  outage: Pick<Outage, 'failed' | 'works'>;
  log: TransportLog;
  /**
   * Called with the broker's reason when it stops accepting messages, and with undefined when it accepts them again.
   */
  onBlocked?: (reason: string | undefined) => void;
};

export interface BrokerConnection {
  isConnected(): boolean;
  /** Both wait for the connection if there is none. */
  createChannel(): Promise<Channel>;
  createConfirmChannel(): Promise<ConfirmChannel>;
  close(): Promise<void>;
}

/**
 * A connection that reopens after every loss and then declares the topology. Resolves after the first try, successful
 * or not, because a service may start before its broker.
 */
export async function openConnection(options: ConnectionOptions): Promise<BrokerConnection> {
  const { connectionName, topology, outage, log, onBlocked = () => undefined } = options;
  const model = await connect(withHeartbeat(options.url), {
    ...options.tls,
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
  // The disconnect event that follows has the same reason.
  model.on('error', () => undefined);
  model.on('connect', () => {
    isConnected = true;
    onBlocked(undefined);
    outage.works(connectionName);
    log.info('amqp.connected', { connection: connectionName });
  });
  model.on('disconnect', (error) => {
    isConnected = false;
    outage.failed(connectionName, error);
  });
  model.on('connect-failed', (error) => outage.failed(connectionName, error));
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

/** amqplib's types lack the connection's stream. */
const socketOf = ({ connection }: ChannelModel): Writable =>
  (connection as unknown as { stream: Writable }).stream;

async function declareOn(model: ChannelModel, topology: Topology): Promise<void> {
  // Without a listener, an error during the declarations would be an uncaught exception.
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
