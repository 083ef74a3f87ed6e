import { openDatabase } from '@calseta/database';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { extractorProcessConfig } from './config.js';
import { createExtractor } from './service.js';

await runService('extractor', extractorProcessConfig, async (context) => {
  const { config, telemetry, resources } = context;
  const database = resources.use(
    await openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: 'calseta-extractor',
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    }),
  );
  const transport = resources.use(
    await connectRabbitmq({
      url: config.AMQP_URL,
      connectionName: 'calseta-extractor',
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
  return await createExtractor({ config, database, transport, telemetry });
});
