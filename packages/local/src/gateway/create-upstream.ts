import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isReady } from '../processes/is-ready.js';

/** A connection for one request, and the base URL of the replica that accepted it. */
export type UpstreamConnection = { socket: Socket; url: URL };

/** The replicas of one service. */
export type Upstream = {
  name: string;
  /** Opens a connection that holds a slot until it closes. */
  open: () => Promise<UpstreamConnection | 'overloaded' | 'unreachable'>;
  /** Watches which replicas are ready, until stopped. */
  watch: () => void;
  stop: () => void;
};

/** Most concurrent requests of a service; further ones are refused. */
export const MAX_UNDER_WAY = 1_024;
const CONNECT_TIMEOUT_MS = 2_000;
/** Short enough for several checks during the drain time of a service (SHUTDOWN_UNREADY_MS). */
const READINESS_INTERVAL_MS = 250;

type Replica = { url: URL; isInRotation: boolean };

/**
 * Uses the replicas at these base URLs in turn. A replica that is not ready, for example because it drains,
 * gets requests only while no other accepts them.
 */
export function createUpstream(
  name: string,
  urls: string[],
  say: (line: string) => void,
): Upstream {
  const replicas: Replica[] = urls.map((url) => ({ url: new URL(url), isInRotation: true }));
  const stopping = new AbortController();
  let turn = 0;
  let underWay = 0;
  let isFull = false;

  function inTurn(): Replica[] {
    const start = turn % Math.max(replicas.length, 1);
    turn += 1;
    const ordered = [...replicas.slice(start), ...replicas.slice(0, start)];
    return [
      ...ordered.filter(({ isInRotation }) => isInRotation),
      ...ordered.filter(({ isInRotation }) => !isInRotation),
    ];
  }

  async function connectToFirst(): Promise<UpstreamConnection | undefined> {
    for (const replica of inTurn()) {
      const socket = await connectTo(replica.url, CONNECT_TIMEOUT_MS);
      if (socket) return { socket, url: replica.url };
      replica.isInRotation = false;
    }
    return undefined;
  }

  function leave(): void {
    underWay -= 1;
    if (underWay < MAX_UNDER_WAY / 2) isFull = false;
  }

  return {
    name,
    async open() {
      if (underWay >= MAX_UNDER_WAY) {
        if (!isFull) say(`${name} has ${underWay} requests under way; more are refused`);
        isFull = true;
        return 'overloaded';
      }
      underWay += 1;
      const connection = await connectToFirst();
      if (connection) connection.socket.once('close', leave);
      else leave();
      return connection ?? 'unreachable';
    },
    watch() {
      // With only one replica, its readiness does not matter.
      if (replicas.length < 2) return;
      for (const replica of replicas) void watchReadiness(replica, stopping.signal);
    },
    stop: () => stopping.abort(),
  };
}

async function watchReadiness(replica: Replica, signal: AbortSignal): Promise<void> {
  const url = new URL('/readyz', replica.url).href;
  while (!signal.aborted) {
    replica.isInRotation = await isReady(url);
    await delay(READINESS_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Resolves with a new connection to the server of a base URL; undefined if it cannot connect in time. */
function connectTo({ hostname, port }: URL, timeoutMs: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const giveUp = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(giveUp, timeoutMs);
    socket.once('error', giveUp);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', giveUp);
      resolve(socket);
    });
  });
}
