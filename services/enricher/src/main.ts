import { databaseOptions, openDatabase } from '@calseta/database';
import { connectRabbitmq, rabbitmqOptions } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { enricherProcessConfig } from './config.js';
import { createEnricher } from './service.js';

await runService(
  'enricher',
  enricherProcessConfig,
  async ({ config, telemetry, resources, untilMigrated }) => {
    const name = 'calseta-enricher';
    const database = resources.use(await openDatabase(databaseOptions(config, name, telemetry)));
    await untilMigrated(database.schema);
    const transport = resources.use(
      await connectRabbitmq(rabbitmqOptions(config, name, telemetry)),
    );
    return await createEnricher({ config, database, transport, telemetry });
  },
);
