/** A server on this machine that its owner starts, stops and may kill. */
export type LocalServer = AsyncDisposable & {
  url: string;
  port: number;
  pid: () => number;
  hasExited: () => boolean;
  stop: () => Promise<void>;
  /** SIGKILL, to simulate a crash. */
  kill: () => Promise<void>;
  /** Starts it again on the same port and data; stops it first if it runs. */
  restart: () => Promise<void>;
};
