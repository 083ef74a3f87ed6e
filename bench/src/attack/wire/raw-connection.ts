import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { assertLoopback } from './assert-loopback.js';

/** A TCP connection that sends exactly the given bytes. */
export type RawConnection = {
  /** Ignored once the connection has ended. */
  write: (bytes: string | Buffer) => void;
  /** All bytes received so far. */
  received: () => string;
  isEnded: () => boolean;
  /** Resolves when data arrives, the connection ends, or the time is over, ms. */
  answered: (ms: number) => Promise<void>;
  /** Resolves when the other side ends the connection, or nothing arrives for this time, ms. */
  quiet: (ms: number) => Promise<void>;
  close: () => void;
  /** Ends with RST, like a client that is killed. */
  reset: () => void;
};

type RawOptions = {
  /** Local address to connect from, in 127.0.0.0/8. */
  from?: string;
  /** Whether answers are read; if not, they fill the buffers on both sides. */
  isReading?: boolean;
};

const CONNECT_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** Connects to the host of a URL; rejects when that is not loopback or does not accept in time. */
export async function openRaw(url: string, options: RawOptions = {}): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  assertLoopback(hostname);
  const { from, isReading = true } = options;
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    ...(from !== undefined && { localAddress: from }),
  });
  let received = '';
  let lastAt = performance.now();
  let isEnded = false;
  socket.setEncoding('latin1');
  socket.on('error', () => (isEnded = true));
  socket.on('close', () => (isEnded = true));
  if (isReading) {
    socket.on('end', () => (isEnded = true));
    socket.on('data', (chunk: string) => {
      received += chunk;
      lastAt = performance.now();
    });
  }
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('No connection in time')), CONNECT_TIMEOUT_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
  return {
    write(bytes) {
      lastAt = performance.now();
      if (!isEnded) socket.write(bytes);
    },
    received: () => received,
    isEnded: () => isEnded,
    async answered(ms) {
      const deadline = performance.now() + ms;
      while (!isEnded && received === '' && performance.now() < deadline) await delay(POLL_MS);
    },
    async quiet(ms) {
      while (!isEnded && performance.now() - lastAt < ms) await delay(POLL_MS);
    },
    close: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}
