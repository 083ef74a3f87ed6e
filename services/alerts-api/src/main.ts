import { openDatabase } from '@calseta/database';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { alertsApiProcessConfig } from './config.js';
import { createAlertsApi } from './service.js';

await runService('alerts-api', alertsApiProcessConfig, async (context) => {
  const { config, telemetry, resources } = context;
  const database = resources.use(
    await openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      applicationName: 'calseta-alerts-api',
    }),
  );
  const transport = resources.use(
    await connectRabbitmq({
      url: config.AMQP_URL,
      connectionName: 'calseta-alerts-api',
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
  const announceAdminKey = (key: string) => {
    process.stdout.write(`Admin API key (shown once, keep it): ${key}\n`);
  };
  return await createAlertsApi({ config, database, transport, telemetry, announceAdminKey });
});
