import { setTimeout as delay } from 'node:timers/promises';
import { createDispatcher, dispatcherProcessConfig } from '@calseta/dispatcher';
import { openDatabase } from '@calseta/database';
import { createEnricher, type EnricherDeps, enricherProcessConfig } from '@calseta/enricher';
import { createExtractor, extractorProcessConfig } from '@calseta/extractor';
import { connectRabbitmq } from '@calseta/messaging';
import { runService } from '@calseta/platform';
import { crashAt } from './crash-at.js';
import { type HostOptions } from './host-options.js';

const options = JSON.parse(process.argv[2] ?? '{}') as HostOptions;

const slowProvider = (delayMs: number): NonNullable<EnricherDeps['providers']>[number] => ({
  provider: {
    name: 'bench',
    reach: 'local',
    supports: () => true,
    async lookup() {
      await delay(delayMs);
      return { kind: 'found', extracted: { known: true, score: 12 }, malice: 'Benign' };
    },
  },
  defaults: {
    isEnabled: true,
    configVersion: 1,
    indicatorTypes: [],
    reliability: 0.5,
    ttlSeconds: 3_600,
    negativeTtlSeconds: 60,
    timeoutMs: 2_000,
  },
});

const SHAPES = {
  ...extractorProcessConfig,
  ...enricherProcessConfig,
  ...dispatcherProcessConfig,
} as const;

await runService(options.service, SHAPES, async ({ config, telemetry, resources }) => {
  const database = resources.use(
    await openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: options.service,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    }),
  );
  const connected = resources.use(
    await connectRabbitmq({
      url: config.AMQP_URL,
      connectionName: options.service,
      confirmTimeoutMs: config.AMQP_CONFIRM_TIMEOUT_MS,
      log: telemetry.log,
    }),
  );
  const transport = options.crash ? crashAt(connected, options.crash) : connected;
  const deps = { config, database, transport, telemetry };
  switch (options.service) {
    case 'extractor':
      return await createExtractor(deps);
    case 'enricher': {
      const { providerDelayMs } = options;
      const providers = providerDelayMs === undefined ? [] : [slowProvider(providerDelayMs)];
      return await createEnricher({ ...deps, providers });
    }
    case 'dispatcher':
      return await createDispatcher(deps);
  }
});
