import { type ServerProcess } from './spawn-server.js';

/** A server process that can be replaced by a new one; the functions are about the one that runs. */
export function restartable(
  first: ServerProcess,
  { launch, stopTimeoutMs }: { launch: () => Promise<ServerProcess>; stopTimeoutMs: number },
) {
  let server = first;
  const stop = async () => await server.stop(stopTimeoutMs);
  return {
    pid: () => server.pid,
    hasExited: () => server.hasExited(),
    stop,
    kill: () => server.kill(),
    async restart() {
      await stop();
      server = await launch();
    },
  };
}
