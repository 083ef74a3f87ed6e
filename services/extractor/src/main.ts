import { databaseOptions, openDatabase } from '@calseta/database';
import { connectRabbitmq, rabbitmqOptions } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { extractorProcessConfig } from './config.js';
import { createExtractor } from './service.js';

await runService(
  'extractor',
  extractorProcessConfig,
  async ({ config, telemetry, resources, untilMigrated }) => {
    const name = 'calseta-extractor';
    const database = resources.use(await openDatabase(databaseOptions(config, name, telemetry)));
    await untilMigrated(database.schema);
    const transport = resources.use(
      await connectRabbitmq(rabbitmqOptions(config, name, telemetry)),
    );
    return await createExtractor({ config, database, transport, telemetry });
  },
);
