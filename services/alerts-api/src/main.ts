import { databaseOptions, openDatabase } from '@calseta/database';
import { connectRabbitmq, rabbitmqOptions } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { alertsApiProcessConfig } from './config.js';
import { createAlertsApi } from './service.js';

await runService(
  'alerts-api',
  alertsApiProcessConfig,
  async ({ config, telemetry, resources, untilMigrated }) => {
    const name = 'calseta-alerts-api';
    const database = resources.use(await openDatabase(databaseOptions(config, name, telemetry)));
    await untilMigrated(database.schema);
    const transport = resources.use(
      await connectRabbitmq(rabbitmqOptions(config, name, telemetry)),
    );
    const announceAdminKey = (key: string) => {
      process.stdout.write(`Admin API key (shown once, keep it): ${key}\n`);
    };
    return await createAlertsApi({ config, database, transport, telemetry, announceAdminKey });
  },
);
