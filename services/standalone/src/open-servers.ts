import { join } from 'node:path';
import { migrate, openDatabase, type Database } from '@calseta/database';
import { keepRunning, startPostgres } from '@calseta/local';
import {
  connectRabbitmq,
  createInProcessTransport,
  type PipelineTransport,
} from '@calseta/messaging';
import { type Resources, type Telemetry } from '@calseta/platform';
import { type StandaloneConfig } from './config.js';

export type Opening = {
  config: StandaloneConfig;
  dataDir: string;
  telemetry: Telemetry;
  resources: Resources;
};

/** The database that DATABASE_URL names, else the embedded one; migrated. */
export async function openMigratedDatabase(opening: Opening): Promise<Database> {
  const { config, telemetry, resources } = opening;
  const url = config.DATABASE_URL ?? (await startEmbeddedPostgres(opening));
  await migrate({
    url,
    log: (applied) => telemetry.log.info('migration.applied', applied),
  });
  return resources.use(
    await openDatabase({
      url,
      poolSize: config.DATABASE_POOL_SIZE,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      applicationName: 'calseta-standalone',
      onConnectionLost: (error) => telemetry.log.warn('database.connection_lost', { error }),
    }),
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

/** RabbitMQ where AMQP_URL names one, else the transport of this process. */
export async function openTransport(opening: Opening): Promise<PipelineTransport> {
  const { config, telemetry, resources } = opening;
  const { AMQP_URL: url } = config;
  if (url === undefined) return resources.use(createInProcessTransport({ log: telemetry.log }));
  return resources.use(
    await connectRabbitmq({
      url,
      connectionName: 'calseta-standalone',
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
}
