import { SERVICE_NODE_ARGS } from './heap-limits.js';
import { isReady } from './is-ready.js';
import { spawnServer } from './spawn-server.js';
import { waitUntil } from './wait-until.js';

export type ServiceProcess = AsyncDisposable & {
  name: string;
  port: number;
  url: string;
  pid: number;
  hasExited: () => boolean;
  /** Its exit code, or the signal that ended it. */
  exited: Promise<string>;
  /** Sends SIGTERM, and SIGKILL if it has not drained by the deadline. */
  stop: (deadlineMs?: number) => Promise<void>;
  kill: () => Promise<void>;
};

type ServiceOptions = {
  name: string;
  /** Path of the built main.js. */
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

const START_TIMEOUT_MS = 180_000;
const STOP_DEADLINE_MS = 35_000;

/** Starts a service as a separate process and resolves when its /readyz answers 200. */
export async function startServiceProcess(options: ServiceOptions): Promise<ServiceProcess> {
  const { name } = options;
  const { service, outputTail } = await spawnService(options);
  const isUp = async () => service.hasExited() || (await isReady(`${service.url}/readyz`));
  const answered = await waitUntil(isUp, { timeoutMs: START_TIMEOUT_MS, intervalMs: 100 });
  if (!answered || service.hasExited()) {
    await service.kill();
    const why = answered ? 'ended while starting' : 'did not get ready in time';
    throw new Error(`${name} ${why}:\n${await outputTail()}`);
  }
  return service;
}

/** Starts a service as a separate process that is expected to end by itself, ready or not. */
export async function startEndingProcess(options: ServiceOptions): Promise<ServiceProcess> {
  return (await spawnService(options)).service;
}

async function spawnService(options: ServiceOptions) {
  const { name, port, logFile, onLine = () => undefined, args = [], nodeArgs = [] } = options;
  const server = await spawnServer({
    command: process.execPath,
    args: ['--enable-source-maps', ...SERVICE_NODE_ARGS, ...nodeArgs, options.entry, ...args],
    ids: {},
    env: { ...process.env, ...options.env, HTTP_PORT: String(port) },
    output: logFile === undefined ? { onLine } : { file: logFile },
    stopSignal: 'SIGTERM',
  });
  const stop = (deadlineMs = STOP_DEADLINE_MS) => server.stop(deadlineMs);
  const service: ServiceProcess = {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    pid: server.pid,
    hasExited: server.hasExited,
    exited: server.exited,
    stop,
    kill: server.kill,
    [Symbol.asyncDispose]: () => stop(),
  };
  return { service, outputTail: server.outputTail };
}
