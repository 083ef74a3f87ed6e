import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, startServiceProcess } from '@calseta/local';
import { type DnsServer, startDnsServer } from '@calseta/testing';
import { listProcesses, type TargetProcess } from './list-processes.js';
import { type LogLine, readLog } from './read-log.js';

export const MODES = ['standalone', 'cluster'] as const;
export type Mode = (typeof MODES)[number];

/** A Calseta of our own on loopback, as `npm start` or `npm run cluster` would start it. */
export type Target = AsyncDisposable & {
  mode: Mode;
  apiUrl: string;
  /** Of an admin. */
  apiKey: string;
  /** Where it asks for names. */
  dns: DnsServer;
  processes: () => Promise<TargetProcess[]>;
  /** A place in what its processes have logged. */
  logEnd: () => Promise<number>;
  /** What its services have logged from a place on. */
  logFrom: (place: number) => Promise<LogLine[]>;
};

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const ENTRIES: Record<Mode, string> = {
  standalone: 'services/standalone/dist/main.js',
  cluster: 'packages/local/dist/cluster.js',
};
const API_KEY = 'cai_the-admin-key-of-these-attacks-0123456789';
/** The only private address that agents may be at; all others of loopback are forbidden ones. */
export const ALLOWED_ADDRESS = '127.0.0.1';
/** Node's own limits, which neither `npm start` nor `npm run cluster` narrows. */
const NODE_ARGS = ['--max-old-space-size=4096', '--max-semi-space-size=16'];

/** Starts it with data of its own; `env` adds to the environment. */
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
        // Each request with the address that the service takes its client to be at.
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
