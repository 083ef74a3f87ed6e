import { databaseOptions, openDatabase } from '@calseta/database';
import { connectRabbitmq, rabbitmqOptions } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { ingestApiProcessConfig } from './config.js';
import { createIngestApi } from './service.js';

await runService(
  'ingest-api',
  ingestApiProcessConfig,
  async ({ config, telemetry, resources, untilMigrated }) => {
    const name = 'calseta-ingest-api';
    const database = resources.use(await openDatabase(databaseOptions(config, name, telemetry)));
    await untilMigrated(database.schema);
    const transport = resources.use(
      await connectRabbitmq(rabbitmqOptions(config, name, telemetry)),
    );
    return await createIngestApi({ config, database, transport, telemetry });
  },
);
