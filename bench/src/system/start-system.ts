import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Database, migrate, openDatabase } from '@calseta/database';
import {
  findFreePort,
  type PostgresServer,
  type RabbitmqServer,
  type ServiceProcess,
  startPostgres,
  startRabbitmq,
  startEndingProcess,
  startServiceProcess,
} from '@calseta/local';
import { readServerVersions } from './server-versions.js';

export const SERVICES = [
  'alerts-api',
  'ingest-api',
  'extractor',
  'enricher',
  'dispatcher',
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** One instance of a service; it keeps its port when its process is replaced. */
export type Instance = {
  service: ServiceName;
  name: string;
  url: string;
  process: () => ServiceProcess;
  /** Starts its process again; the previous one must have ended. */
  restart: (options?: Launch) => Promise<void>;
  /** Starts a process that is going to end by itself, perhaps before it is ready. */
  startEnding: (options: Launch) => Promise<void>;
};

/** Command of a process, if it is not `node services/<name>/dist/main.js`. */
export type Launch = { entry?: string; args?: string[]; nodeArgs?: string[] };

export type System = AsyncDisposable & {
  directory: string;
  /** Versions of the servers. */
  serverVersions: string;
  apiKey: string;
  apiUrl: string;
  ingestUrl: string;
  postgres: PostgresServer;
  rabbitmq: RabbitmqServer;
  /** A separate connection for the measuring side. */
  database: Database;
  instances: Instance[];
  instancesOf: (...services: ServiceName[]) => Instance[];
  /** Starts one more instance. */
  add: (service: ServiceName) => Promise<Instance>;
};

export type SystemOptions = {
  /** Number of instances of each service; one by default. */
  replicas?: Partial<Record<ServiceName, number>>;
  env?: NodeJS.ProcessEnv;
  launch?: (service: ServiceName) => Launch;
  /** Additional arguments of node. */
  nodeArgs?: (service: ServiceName) => string[];
  /** Addresses that the services get instead of the servers' own. */
  reroute?: (urls: ServerUrls) => Promise<ServerUrls>;
};
type ServerUrls = { databaseUrl: string; amqpUrl: string };

/** Default of an installation without settings; written to a file for each process. */
const SERVICE_LOG_LEVEL = 'info';
/** Text for the method of every scenario with services. */
export const HOW_SERVICES_LOG = `The services ran with LOG_LEVEL=${SERVICE_LOG_LEVEL}, their default, and logged to files.`;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const API_KEY = 'cai_the-admin-key-of-these-measurements-0123';
const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

/** The pipeline as separate processes on a new Postgres that syncs to disk and a new RabbitMQ. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'calseta-bench-'));
    stops.push(() => rm(directory, { recursive: true, force: true }));
    const postgres = await startPostgres({ dataDir: join(directory, 'pg'), persistent: true });
    stops.push(postgres.stop);
    const rabbitmq = await startRabbitmq({ dir: join(directory, 'mq') });
    stops.push(rabbitmq.stop);
    await migrate({ url: postgres.url });
    const database = await openDatabase({
      url: postgres.url,
      poolSize: 4,
      applicationName: 'bench',
      statementTimeoutMs: 600_000,
    });
    stops.push(async () => await database[Symbol.asyncDispose]());
    const urls = { databaseUrl: postgres.url, amqpUrl: rabbitmq.url };
    const { databaseUrl, amqpUrl } = (await options.reroute?.(urls)) ?? urls;
    const env = {
      DATABASE_URL: databaseUrl,
      AMQP_URL: amqpUrl,
      CALSETA_BOOTSTRAP_API_KEY: API_KEY,
      CALSETA_ENCRYPTION_KEY: ENCRYPTION_KEY,
      CALSETA_EGRESS_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: SERVICE_LOG_LEVEL,
      ...options.env,
    };
    const instances: Instance[] = [];
    stops.push(() => Promise.all(instances.map(({ process }) => process().stop())));
    const instancesOf: System['instancesOf'] = (...services) =>
      instances.filter(({ service }) => services.includes(service));
    const add: System['add'] = async (service) => {
      const name = `${service}.${instancesOf(service).length + 1}`;
      const nodeArgs = options.nodeArgs?.(service) ?? [];
      const launch = { nodeArgs, ...options.launch?.(service) };
      const instance = await startInstance({ service, name, directory, env, launch });
      instances.push(instance);
      return instance;
    };
    for (const service of SERVICES) {
      const count = options.replicas?.[service] ?? 1;
      while (instancesOf(service).length < count) await add(service);
    }
    const urlOf = (service: ServiceName) => instancesOf(service)[0]?.url ?? '';
    return {
      directory,
      serverVersions: await readServerVersions({ database, rabbitmq }),
      apiKey: API_KEY,
      apiUrl: urlOf('alerts-api'),
      ingestUrl: urlOf('ingest-api'),
      postgres,
      rabbitmq,
      database,
      instances,
      instancesOf,
      add,
      [Symbol.asyncDispose]: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

type InstanceOptions = Pick<Instance, 'service' | 'name'> & {
  directory: string;
  env: NodeJS.ProcessEnv;
  launch: Launch;
};

async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { service, name, directory, env } = options;
  const port = await findFreePort();
  const command = ({ entry, ...how }: Launch) => ({
    name,
    entry: entry ?? join(ROOT, 'services', service, 'dist', 'main.js'),
    port,
    env,
    logFile: join(directory, `${name}.log`),
    ...how,
  });
  let process = await startServiceProcess(command(options.launch));
  return {
    service,
    name,
    url: process.url,
    process: () => process,
    async restart(launch = options.launch) {
      process = await startServiceProcess(command(launch));
    },
    async startEnding(launch) {
      process = await startEndingProcess(command(launch));
    },
  };
}
