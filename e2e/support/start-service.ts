import { alertsApiConfig, createAlertsApi } from '@calseta/alerts-api';
import { type Database, databaseConfig } from '@calseta/database';
import { createDispatcher, dispatcherConfig } from '@calseta/dispatcher';
import { createEnricher, enricherConfig } from '@calseta/enricher';
import { createExtractor, extractorConfig } from '@calseta/extractor';
import { createIngestApi, ingestApiConfig } from '@calseta/ingest-api';
import { type PipelineTransport, rabbitmqConfig } from '@calseta/messaging';
import {
  baseConfig,
  type Config,
  loadConfig,
  type ServiceInstance,
  type Telemetry,
} from '@calseta/platform';

export const SERVICE_NAMES = [
  'ingest-api',
  'extractor',
  'enricher',
  'dispatcher',
  'alerts-api',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const configShape = {
  ...baseConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
  ...ingestApiConfig,
  ...extractorConfig,
  ...enricherConfig,
  ...dispatcherConfig,
  ...alertsApiConfig,
} as const;
export type PipelineConfig = Config<typeof configShape>;

/** One configuration for all five, as standalone has it. */
export const loadPipelineConfig = (env: NodeJS.ProcessEnv): PipelineConfig =>
  loadConfig(configShape, env);

type Deps = {
  config: PipelineConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
};

/** Creates an instance of a service as its main.js does, on the given connections. */
export async function startService(name: ServiceName, deps: Deps): Promise<ServiceInstance> {
  switch (name) {
    case 'ingest-api':
      return await Promise.resolve(createIngestApi(deps));
    case 'extractor':
      return await createExtractor(deps);
    case 'enricher':
      return await createEnricher(deps);
    case 'dispatcher':
      return await createDispatcher(deps);
    case 'alerts-api':
      return await createAlertsApi({ ...deps, announceAdminKey: () => undefined });
  }
}
