import { openDatabase } from '@calseta/database';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { ingestApiProcessConfig } from './config.js';
import { createIngestApi } from './service.js';

await runService('ingest-api', ingestApiProcessConfig, async ({ config, telemetry, resources }) => {
  const database = resources.use(
    await openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      applicationName: 'calseta-ingest-api',
    }),
  );
  const transport = resources.use(
    await connectRabbitmq({
      url: config.AMQP_URL,
      connectionName: 'calseta-ingest-api',
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
  return await createIngestApi({ config, database, transport, telemetry });
});
