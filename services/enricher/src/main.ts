import { openDatabase } from '@calseta/database';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { enricherProcessConfig } from './config.js';
import { createEnricher } from './service.js';

await runService('enricher', enricherProcessConfig, async (context) => {
  const { config, telemetry, resources } = context;
  const database = resources.use(
    await openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: 'calseta-enricher',
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    }),
  );
  const transport = resources.use(
    await connectRabbitmq({
      url: config.AMQP_URL,
      connectionName: 'calseta-enricher',
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
  return await createEnricher({ config, database, transport, telemetry });
});
