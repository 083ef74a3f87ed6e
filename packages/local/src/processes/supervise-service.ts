import { setTimeout as delay } from 'node:timers/promises';
import { SERVICE_NODE_ARGS } from './heap-limits.js';
import { isReady } from './is-ready.js';
import { type ServerProcess, spawnServer } from './spawn-server.js';
import { waitUntil } from './wait-until.js';

export type SupervisedService = {
  name: string;
  readyUrl: string;
  /** Resolves when it is ready for the first time; rejects when it keeps ending before that. */
  firstReady: Promise<void>;
  stop: () => Promise<void>;
};

type SuperviseOptions = {
  name: string;
  entry: string;
  port: number;
  env: NodeJS.ProcessEnv;
  /** Receives each line of its output. */
  onLine: (line: string) => void;
  say: (line: string) => void;
};

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** A service that ran this long restarts with the shortest wait. */
const STEADY_AFTER_MS = 60_000;
const MAX_EARLY_ENDS = 5;
/** Longer than the service's own SHUTDOWN_DEADLINE_MS. */
const STOP_DEADLINE_MS = 30_000;

/** Runs a service as a process and restarts it whenever it ends, with growing waits. */
export function superviseService(options: SuperviseOptions): SupervisedService {
  const { name, port, say } = options;
  const readyUrl = `http://127.0.0.1:${port}/readyz`;
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  let current: ServerProcess | undefined;
  let wasReady = false;

  const keepAlive = async () => {
    let earlyEnds = 0;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!isStopping()) {
      const startedAt = performance.now();
      current = await launch(options);
      const end = await current.exited;
      if (isStopping()) return;
      earlyEnds += wasReady ? 0 : 1;
      if (earlyEnds === MAX_EARLY_ENDS) {
        throw new Error(`${name} ended ${earlyEnds} times before it was ready; see its last lines`);
      }
      if (performance.now() - startedAt > STEADY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      say(`${name} has ended (${end}): starting it again in ${backoffMs / 1000} s`);
      await delay(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
  };
  const running = keepAlive();
  const becameReady = waitUntil(async () => isStopping() || (wasReady = await isReady(readyUrl)), {
    timeoutMs: Number.POSITIVE_INFINITY,
    intervalMs: 100,
  });
  return {
    name,
    readyUrl,
    firstReady: Promise.race([running, becameReady.then(() => undefined)]),
    async stop() {
      stopping.abort();
      await current?.stop(STOP_DEADLINE_MS);
      await running.catch(() => undefined);
    },
  };
}

const launch = ({ entry, port, env, onLine }: SuperviseOptions) =>
  spawnServer({
    command: process.execPath,
    args: ['--enable-source-maps', ...SERVICE_NODE_ARGS, entry],
    ids: {},
    env: { ...process.env, ...env, HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port) },
    output: { onLine },
    stopSignal: 'SIGTERM',
  });
