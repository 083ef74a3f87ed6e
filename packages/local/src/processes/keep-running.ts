export type RestartableServer = { hasExited: () => boolean; restart: () => Promise<void> };

const CHECK_INTERVAL_MS = 500;

/** Restarts a server whenever it ends unexpectedly; returns a function that stops doing so. */
export function keepRunning(
  name: string,
  server: RestartableServer,
  say: (line: string) => void,
): () => Promise<void> {
  let restarting: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (restarting || !server.hasExited()) return;
    say(`${name} has ended: starting it again`);
    restarting = server
      .restart()
      .catch((error: unknown) => say(`${name} did not start: ${String(error)}`))
      .finally(() => (restarting = undefined));
  }, CHECK_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    await restarting;
  };
}
