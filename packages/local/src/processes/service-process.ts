import { isReady } from './is-ready.js';
import { spawnServer } from './spawn-server.js';
import { waitUntil } from './wait-until.js';

export type ServiceProcess = AsyncDisposable & {
  name: string;
  port: number;
  url: string;
  pid: number;
  hasExited: () => boolean;
  /** Its exit code or the signal that ended it. */
  exited: Promise<string>;
  /** SIGTERM, and SIGKILL when it has not drained by the deadline. */
  stop: (deadlineMs?: number) => Promise<void>;
  kill: () => Promise<void>;
};

type ServiceOptions = {
  name: string;
  /** The built main.js. */
  entry: string;
  port: number;
  /** Added to this process's environment; HTTP_PORT is set from `port`. */
  env: NodeJS.ProcessEnv;
  /** Arguments of main.js, and of node itself. */
  args?: string[];
  nodeArgs?: string[];
  /** Receives each line of its output. */
  onLine?: (line: string) => void;
  /** Receives its output instead. */
  logFile?: string;
};

/**
 * A heap that may grow to gigabytes, as Node's own limit says on a large machine, grows fourfold between two
 * collections; one with this limit stays near what it needs. The image sets the same (deploy/Dockerfile).
 */
const HEAP_LIMIT_MIB = 384;
/** Room for what is made and dropped at once: with Node's 16 MiB, more of it is carried over into the heap. */
const YOUNG_SPACE_MIB = 32;
const START_TIMEOUT_MS = 60_000;
const STOP_DEADLINE_MS = 35_000;

/** Starts a service as a process of its own and resolves when its /readyz answers 200. */
export async function startServiceProcess(options: ServiceOptions): Promise<ServiceProcess> {
  const { name, port, logFile, onLine = () => undefined, args = [], nodeArgs = [] } = options;
  const url = `http://127.0.0.1:${port}`;
  const server = await spawnServer({
    command: process.execPath,
    args: [
      '--enable-source-maps',
      `--max-old-space-size=${HEAP_LIMIT_MIB}`,
      `--max-semi-space-size=${YOUNG_SPACE_MIB}`,
      ...nodeArgs,
      options.entry,
      ...args,
    ],
    ids: {},
    env: { ...process.env, ...options.env, HTTP_PORT: String(port) },
    output: logFile === undefined ? { onLine } : { file: logFile },
    stopSignal: 'SIGTERM',
  });
  const isUp = async () => server.hasExited() || (await isReady(`${url}/readyz`));
  const answered = await waitUntil(isUp, { timeoutMs: START_TIMEOUT_MS, intervalMs: 100 });
  if (!answered || server.hasExited()) {
    await server.kill();
    const why = answered ? 'ended while starting' : 'did not get ready in time';
    throw new Error(`${name} ${why}:\n${await server.outputTail()}`);
  }
  const stop = (deadlineMs = STOP_DEADLINE_MS) => server.stop(deadlineMs);
  return {
    name,
    port,
    url,
    pid: server.pid,
    hasExited: server.hasExited,
    exited: server.exited,
    stop,
    kill: server.kill,
    [Symbol.asyncDispose]: () => stop(),
  };
}
