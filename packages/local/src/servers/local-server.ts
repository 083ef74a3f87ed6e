/** A server on this machine that its owner starts, stops and may crash. */
export type LocalServer = AsyncDisposable & {
  url: string;
  port: number;
  pid: () => number;
  hasExited: () => boolean;
  stop: () => Promise<void>;
  /** SIGKILL, as a crash would have it. */
  kill: () => Promise<void>;
  /** Starts it again on the same port and data, stopping it first when it runs. */
  restart: () => Promise<void>;
};
