import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterConfig, type ServiceName, SERVICES } from './cluster-config.js';
import { keepEncryptionKey } from './encryption-key.js';
import { findFreePort } from './processes/free-port.js';
import { type Gateway, startGateway } from './gateway/start-gateway.js';
import { keepRunning, type RestartableServer } from './processes/keep-running.js';
import { startPostgres } from './servers/postgres.js';
import { startRabbitmq } from './servers/rabbitmq.js';
import { runCommand } from './processes/run-command.js';
import { superviseService, type SupervisedService } from './processes/supervise-service.js';

type ClusterOptions = {
  config: ClusterConfig;
  /** Directory of the workspace, whose built services are run. */
  root: string;
  /** Receives one line about the cluster itself. */
  say: (line: string) => void;
  /** Receives one line of a service's output. */
  print: (line: string) => void;
  /** Registers what has to be stopped; the last registered is stopped first. */
  onStop: (stop: () => Promise<void>) => void;
};

/** Starts servers, the five services and the gateway, and resolves when all are ready. */
export async function startCluster(options: ClusterOptions): Promise<Gateway> {
  const { config, say, onStop } = options;
  for (const { name, nearest } of config.misspelt) {
    say(`Nobody reads ${name}; did you mean ${nearest}?`);
  }
  await mkdir(config.dataDir, { recursive: true });
  const env = await environment(options);
  const services = await planServices(config);
  const urlsOf = (name: ServiceName) =>
    services.filter((one) => one.service === name).map(({ port }) => `http://127.0.0.1:${port}`);

  // Listens first, so that a port in use is found before anything else is started.
  const gateway = await startGateway({
    port: config.port,
    host: config.host,
    ingest: urlsOf('ingest-api'),
    api: urlsOf('alerts-api'),
    readiness: services.map(({ port }) => `http://127.0.0.1:${port}/readyz`),
    // The gateway itself is the last proxy that the services trust.
    proxiesInFront: Number(config.trustedProxyHops) - 1,
    say,
  });
  onStop(gateway.close);
  await migrate(options.root, env);
  say(`Starting ${services.map(({ name }) => name).join(', ')}`);
  const running: SupervisedService[] = [];
  onStop(async () => {
    gateway.refuse();
    await Promise.all(running.map(({ stop }) => stop()));
  });
  for (const { name, service, port } of services) {
    const onLine = (line: string) => options.print(`${name} | ${line}`);
    const entry = join(options.root, 'services', service, 'dist', 'main.js');
    running.push(superviseService({ name, entry, port, env, onLine, say }));
  }
  await Promise.all(running.map(({ firstReady }) => firstReady));
  return gateway;
}

async function planServices({ replicas }: ClusterConfig) {
  const planned: { name: string; service: ServiceName; port: number }[] = [];
  for (const service of SERVICES) {
    const count = replicas[service];
    for (let number = 1; number <= count; number += 1) {
      const name = count === 1 ? service : `${service}.${number}`;
      planned.push({ name, service, port: await findFreePort() });
    }
  }
  return planned;
}

/** Variables that the services get besides the environment of this process. */
async function environment(options: ClusterOptions): Promise<NodeJS.ProcessEnv> {
  const { config } = options;
  const [databaseUrl, amqpUrl] = await Promise.all([
    config.databaseUrl ?? ownPostgres(options),
    config.amqpUrl ?? ownRabbitmq(options),
  ]);
  const key = config.encryptionKey ?? (await keepEncryptionKey(config.dataDir));
  return {
    // A variable that has been reported once is not passed to the services, which would report it again.
    ...Object.fromEntries(config.misspelt.map(({ name }) => [name, undefined])),
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
    CALSETA_ENCRYPTION_KEY: key,
    CALSETA_EGRESS_ALLOW: config.egressAllow,
    CALSETA_PUBLIC_URL: config.publicUrl,
    LOG_LEVEL: config.logLevel,
    HTTP_TRUSTED_PROXY_HOPS: config.trustedProxyHops,
    SHUTDOWN_UNREADY_MS: config.shutdownUnreadyMs,
  };
}

async function ownPostgres(options: ClusterOptions): Promise<string> {
  const dataDir = join(options.config.dataDir, 'postgres');
  return await startOwn('Postgres', startPostgres({ dataDir, persistent: true }), options);
}

async function ownRabbitmq(options: ClusterOptions): Promise<string> {
  const { config, say } = options;
  const starting = startRabbitmq({ dir: join(config.dataDir, 'rabbitmq'), say });
  return await startOwn('RabbitMQ', starting, options);
}

type OwnServer = RestartableServer & { url: string; stop: () => Promise<void> };

async function startOwn(
  name: string,
  starting: Promise<OwnServer>,
  { say, onStop }: ClusterOptions,
): Promise<string> {
  say(`Starting ${name}`);
  // A stop signal may arrive while it is starting.
  onStop(async () => {
    const server = await starting.catch(() => undefined);
    await server?.stop();
  });
  const server = await starting;
  onStop(keepRunning(name, server, say));
  return server.url;
}

async function migrate(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  const entry = join(root, 'packages', 'database', 'dist', 'migrate-command.js');
  const result = await runCommand(process.execPath, [entry], { env: { ...process.env, ...env } });
  if (result.code !== 0) throw new Error(`The migration failed:\n${result.output.trim()}`);
}
