import { openDatabase } from '@calseta/database';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { dispatcherProcessConfig } from './config.js';
import { createDispatcher } from './service.js';

await runService('dispatcher', dispatcherProcessConfig, async (context) => {
  const { config, telemetry, resources } = context;
  const database = resources.use(
    await openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      applicationName: 'calseta-dispatcher',
    }),
  );
  const transport = resources.use(
    await connectRabbitmq({
      url: config.AMQP_URL,
      connectionName: 'calseta-dispatcher',
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
  return await createDispatcher({ config, database, transport, telemetry });
});
