import { type Channel } from 'amqplib';
import { backOffMs } from '@calseta/async';
import { logOutage } from './log-outage.js';
import { type TransportLog } from '../transport-log.js';

export type KeptChannelOptions<C extends Channel> = {
  name: string;
  /** Waits for the connection if there is none. */
  open: () => Promise<C>;
  /** Prepares a new channel: topology, prefetch, consumers. */
  setup: (channel: C) => Promise<void>;
  onLost?: () => void;
  log: TransportLog;
  /** Aborted when the connection closes permanently. */
  closing: AbortSignal;
};

export interface KeptChannel {
  isOpen(): boolean;
  /** Settles after the first try, successful or not. */
  readonly firstTry: Promise<void>;
  /** Opens a new channel now; the current one closes after the given time. */
  replace(lingerMs: number): void;
  /** Keeps the channel closed when it closes next. */
  retire(): void;
  close(): Promise<void>;
}

/** Keeps one channel open and set up through lost connections, channel errors and cancelled consumers. */
export function keepChannel<C extends Channel>(options: KeptChannelOptions<C>): KeptChannel {
  const { name, closing } = options;
  const outage = logOutage(options.log, 'channel');
  const lingering = new Set<NodeJS.Timeout>();
  let current: C | undefined;
  let retired = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  async function tryOpen(): Promise<void> {
    let channel: C | undefined;
    try {
      channel = await options.open();
      await prepare(channel);
    } catch (error) {
      if (channel) await closeQuietly(channel);
      if (!retired) outage.failed(name, error);
      openLater();
    }
  }

  async function prepare(channel: C): Promise<void> {
    const life = { isClosed: false };
    channel.on('error', (error) => outage.failed(name, error));
    channel.on('close', () => {
      life.isClosed = true;
      if (current !== channel) return;
      current = undefined;
      options.onLost?.();
      openLater();
    });
    await options.setup(channel);
    if (life.isClosed) throw new Error('closed while it was set up');
    if (retired) {
      await closeQuietly(channel);
      return;
    }
    current = channel;
    failures = 0;
    outage.works(name);
  }

  closing.addEventListener('abort', retire, { once: true });

  function retire(): void {
    retired = true;
    clearTimeout(timer);
    for (const linger of lingering) clearTimeout(linger);
  }

  function openLater(): void {
    if (retired) return;
    failures += 1;
    timer = setTimeout(() => void tryOpen(), backOffMs(failures));
  }

  return {
    firstTry: tryOpen(),
    isOpen: () => current !== undefined,
    replace(lingerMs) {
      const former = current;
      if (!former) return;
      current = undefined;
      options.onLost?.();
      const linger = setTimeout(() => {
        lingering.delete(linger);
        void closeQuietly(former);
      }, lingerMs);
      lingering.add(linger);
      void tryOpen();
    },
    retire,
    async close() {
      retire();
      closing.removeEventListener('abort', retire);
      const last = current;
      current = undefined;
      if (last) await closeQuietly(last);
    },
  };
}

/**
 * Closes a channel; does nothing if it is closed already. If the connection is lost before the broker answers, amqplib
 * never settles the close, but emits the event.
 */
export async function closeQuietly(channel: Pick<Channel, 'close' | 'once'>): Promise<void> {
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  try {
    await Promise.race([channel.close(), closed]);
  } catch {
    return;
  }
}
