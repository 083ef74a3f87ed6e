import { databaseOptions, openDatabase } from '@calseta/database';
import { connectRabbitmq, rabbitmqOptions } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { dispatcherProcessConfig } from './config.js';
import { createDispatcher } from './service.js';

await runService(
  'dispatcher',
  dispatcherProcessConfig,
  async ({ config, telemetry, resources, untilMigrated }) => {
    const name = 'calseta-dispatcher';
    const database = resources.use(await openDatabase(databaseOptions(config, name, telemetry)));
    await untilMigrated(database.schema);
    const transport = resources.use(
      await connectRabbitmq(rabbitmqOptions(config, name, telemetry)),
    );
    return await createDispatcher({ config, database, transport, telemetry });
  },
);
