import { join } from 'node:path';
import {
  type Database,
  databaseOptions,
  databaseTls,
  migrate,
  openDatabase,
} from '@calseta/database';
import { keepRunning, startPostgres } from '@calseta/local';
import {
  connectRabbitmq,
  createInProcessTransport,
  type PipelineTransport,
  rabbitmqOptions,
} from '@calseta/messaging';
import { type Resources, type Telemetry } from '@calseta/platform';
import { type StandaloneConfig } from './config.js';

export type Opening = {
  config: StandaloneConfig;
  dataDir: string;
  telemetry: Telemetry;
  resources: Resources;
};

/** Opens and migrates the database in DATABASE_URL, else the embedded one. */
export async function openMigratedDatabase(opening: Opening): Promise<Database> {
  const { config, telemetry, resources } = opening;
  const url = config.DATABASE_URL ?? (await startEmbeddedPostgres(opening));
  await migrate({
    url,
    tls: databaseTls(config),
    log: (applied) => telemetry.log.info('migration.applied', applied),
    onBusy: (facts) => telemetry.log.warn('migration.waits', facts),
  });
  return resources.use(
    await openDatabase(
      databaseOptions({ ...config, DATABASE_URL: url }, 'calseta-standalone', telemetry),
    ),
  );
}

async function startEmbeddedPostgres(opening: Opening): Promise<string> {
  const { dataDir, resources, telemetry } = opening;
  const server = resources.use(
    await startPostgres({ dataDir: join(dataDir, 'postgres'), persistent: true }),
  );
  const leaveAlone = keepRunning('Postgres', server, (line) =>
    telemetry.log.warn('embedded_postgres.ended', { detail: line }),
  );
  resources.use({ [Symbol.asyncDispose]: leaveAlone });
  return server.url;
}

/** Connects to RabbitMQ in AMQP_URL, else uses the in-process transport. */
export async function openTransport(opening: Opening): Promise<PipelineTransport> {
  const { config, telemetry, resources } = opening;
  const { AMQP_URL: url } = config;
  if (url === undefined) return resources.use(createInProcessTransport({ log: telemetry.log }));
  const options = rabbitmqOptions({ ...config, AMQP_URL: url }, 'calseta-standalone', telemetry);
  return resources.use(await connectRabbitmq(options));
}
