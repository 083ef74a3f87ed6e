import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, STANDALONE_NODE_ARGS, startServiceProcess } from '@calseta/local';
import { type DnsServer, startDnsServer } from '@calseta/testing';
import { listProcesses, type TargetProcess } from './list-processes.js';
import { type LogLine, readLog } from './read-log.js';

export const MODES = ['standalone', 'cluster'] as const;
export type Mode = (typeof MODES)[number];

/** A private Calseta on loopback, started like `npm start` or `npm run cluster`. */
export type Target = AsyncDisposable & {
  mode: Mode;
  apiUrl: string;
  /** Key of an admin. */
  apiKey: string;
  /** DNS servers that it uses. */
  dns: DnsServer;
  processes: () => Promise<TargetProcess[]>;
  /** A position in the logs of its processes. */
  logEnd: () => Promise<number>;
  /** Everything that its services logged after a position. */
  logFrom: (place: number) => Promise<LogLine[]>;
};

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const ENTRIES: Record<Mode, string> = {
  standalone: 'services/standalone/dist/main.js',
  cluster: 'packages/local/dist/cluster.js',
};
const API_KEY = 'cai_the-admin-key-of-these-attacks-0123456789';
/** The only private address that agents may have; all other loopback addresses are forbidden. */
export const ALLOWED_ADDRESS = '127.0.0.1';
/** Node's own size of the young generation, which `npm start` and `npm run cluster` keep. */
const NODE_ARGS = [...STANDALONE_NODE_ARGS, '--max-semi-space-size=16'];

/** Starts it with its own data directory; `env` extends the environment. */
export async function startTarget(mode: Mode, env: NodeJS.ProcessEnv = {}): Promise<Target> {
  if (process.platform !== 'linux')
    throw new Error('The attacks need Linux: /proc, and all of 127.0.0.0/8 as local addresses.');
  const directory = await mkdtemp(join(tmpdir(), 'calseta-attack-'));
  const dns = await startDnsServer();
  const clear = async () => {
    await dns[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
  const logFile = join(directory, 'log');
  try {
    const program = await startServiceProcess({
      name: mode,
      entry: join(ROOT, ENTRIES[mode]),
      port: await findFreePort(),
      nodeArgs: NODE_ARGS,
      logFile,
      env: {
        HTTP_HOST: '127.0.0.1',
        CALSETA_DATA_DIR: join(directory, 'data'),
        CALSETA_BOOTSTRAP_API_KEY: API_KEY,
        CALSETA_EGRESS_ALLOW: `${ALLOWED_ADDRESS}/32`,
        EGRESS_DNS_SERVERS: dns.address,
        CALSETA_DEMO: 'false',
        // Logs each request with the client address that the service assumes.
        LOG_LEVEL: 'info',
        ...env,
      },
    });
    return {
      mode,
      apiUrl: program.url,
      apiKey: API_KEY,
      dns,
      processes: async () => await listProcesses(program.pid),
      logEnd: async () => (await stat(logFile)).size,
      logFrom: async (place) => await readLog(logFile, place),
      async [Symbol.asyncDispose]() {
        await program.stop();
        await clear();
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }
}
