import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  findFreePort,
  type PostgresServer,
  type RabbitmqServer,
  type ServiceProcess,
  startGateway,
  startServiceProcess,
} from '@calseta/local';
import { Resources } from '@calseta/platform';
import { startPrivatePostgres, startPrivateRabbitmq } from '@calseta/testing';
import { ADMIN_KEY, type Api, createApi } from './call-api.js';
import { SERVICE_NAMES, type ServiceName } from './start-service.js';

export type Member = {
  name: ServiceName;
  port: number;
  process: ServiceProcess;
  /** SIGKILL, and a start on the same port. */
  killAndRestart: () => Promise<void>;
  /** SIGTERM, a wait for its end, and a start on the same port; resolves with how it ended. */
  stopAndRestart: () => Promise<string>;
};

export type Cluster = AsyncDisposable & {
  url: string;
  api: Api;
  postgres: PostgresServer;
  rabbitmq: RabbitmqServer;
  members: Member[];
  /** Environment of all members; a change holds for a member from its next start. */
  env: NodeJS.ProcessEnv;
  named: (...names: ServiceName[]) => Member[];
};

export type ClusterOptions = {
  replicas?: Partial<Record<ServiceName, number>>;
  env?: NodeJS.ProcessEnv;
  /** Prepares the servers before anything uses them; extends the environment. */
  prepare?: (servers: Servers) => Promise<NodeJS.ProcessEnv>;
  /** Receives each line that a process writes to stdout or stderr. */
  onLine?: (line: string) => void;
};

type Servers = { postgres: PostgresServer; rabbitmq: RabbitmqServer };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built services as processes behind the gateway, on servers that the test may stop. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const resources = new Resources();
  try {
    return await compose(options, resources);
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

async function compose(options: ClusterOptions, resources: Resources): Promise<Cluster> {
  const [postgres, rabbitmq] = await Promise.all([
    startPrivatePostgres().then((server) => resources.use(server)),
    startPrivateRabbitmq().then((server) => resources.use(server)),
  ]);
  const env: NodeJS.ProcessEnv = {
    DATABASE_URL: postgres.url,
    DATABASE_POOL_SIZE: '5',
    AMQP_URL: rabbitmq.url,
    CALSETA_BOOTSTRAP_API_KEY: ADMIN_KEY,
    CALSETA_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CALSETA_EGRESS_ALLOW: '127.0.0.0/8',
    HTTP_HOST: '127.0.0.1',
    HTTP_TRUSTED_PROXY_HOPS: '1',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
    SHUTDOWN_UNREADY_MS: '1000',
    SWEEP_INTERVAL_MS: '1000',
    DELIVERY_LEASE_MS: '2000',
    ...options.env,
    ...(await options.prepare?.({ postgres, rabbitmq })),
  };
  const planned = SERVICE_NAMES.flatMap((name) =>
    Array.from({ length: options.replicas?.[name] ?? 1 }, () => name),
  );
  const members = await Promise.all(planned.map((name) => startMember(name, env, options.onLine)));
  resources.use({
    [Symbol.asyncDispose]: async () => {
      await Promise.all(members.map(async ({ process }) => await process.stop()));
    },
  });
  const named: Cluster['named'] = (...names) => members.filter(({ name }) => names.includes(name));
  const urlsOf = (name: ServiceName) => named(name).map(({ process }) => process.url);
  const gateway = await startGateway({
    port: 0,
    host: '127.0.0.1',
    ingest: urlsOf('ingest-api'),
    api: urlsOf('alerts-api'),
    readiness: members.map(({ process }) => `${process.url}/readyz`),
  });
  resources.use(gateway);
  return {
    url: gateway.url,
    api: createApi(gateway.url),
    postgres,
    rabbitmq,
    members,
    env,
    named,
    [Symbol.asyncDispose]: async () => await resources[Symbol.asyncDispose](),
  };
}

async function startMember(
  name: ServiceName,
  env: NodeJS.ProcessEnv,
  onLine: ClusterOptions['onLine'],
): Promise<Member> {
  const entry = `${root}services/${name}/dist/main.js`;
  const port = await findFreePort();
  const start = async () =>
    await startServiceProcess({ name, entry, port, env, ...(onLine && { onLine }) });
  const member: Member = {
    name,
    port,
    process: await start(),
    async killAndRestart() {
      await member.process.kill();
      member.process = await start();
    },
    async stopAndRestart() {
      await member.process.stop();
      const end = await member.process.exited;
      member.process = await start();
      return end;
    },
  };
  return member;
}
