import { fileURLToPath } from 'node:url';
import { readClusterConfig } from './cluster-config.js';
import { startCluster } from './start-cluster.js';

// `npm run cluster`: runs until SIGINT or SIGTERM, then stops all that it started, servers last.
const root = fileURLToPath(new URL('../../..', import.meta.url));
const print = (line: string) => process.stdout.write(`${line}\n`);
const say = (line: string) => print(`cluster | ${line}`);

const stops: (() => Promise<void>)[] = [];
const stopping = new AbortController();

async function stop(exitCode: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  say('Stopping');
  for (let next = stops.pop(); next; next = stops.pop()) {
    await next().catch((error: unknown) => say(`While stopping: ${String(error)}`));
  }
  say('Stopped');
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void stop(0));
}

try {
  const config = readClusterConfig(process.env);
  const onStop = (next: () => Promise<void>) => void stops.push(next);
  const { port } = await startCluster({ config, root, say, print, onStop });
  say(`Ready on http://localhost:${port} (${config.host}); data is kept in ${config.dataDir}`);
  say(`Agents may be at public addresses and at ${config.egressAllow || 'no private ones'}`);
} catch (error) {
  if (!stopping.signal.aborted) say(error instanceof Error ? error.message : String(error));
  await stop(1);
}
