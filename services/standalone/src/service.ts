import { createAlertsApi } from '@calseta/alerts-api';
import { type Database } from '@calseta/database';
import { createDispatcher } from '@calseta/dispatcher';
import { createEnricher } from '@calseta/enricher';
import { createExtractor } from '@calseta/extractor';
import { createIngestApi } from '@calseta/ingest-api';
import { type PipelineTransport } from '@calseta/messaging';
import { type ServiceInstance, type Telemetry } from '@calseta/platform';
import { publicUrlOf, type StandaloneConfig } from './config.js';

export type StandaloneDeps = {
  config: StandaloneConfig;
  database: Database;
  transport: PipelineTransport;
  telemetry: Telemetry;
  announceAdminKey: (key: string) => void;
};

const INGEST_PATH = /^\/v1\/ingest(?:[/?]|$)/;

/** All five services in one process, with one database, one transport and one port. */
export async function createStandalone(given: StandaloneDeps): Promise<ServiceInstance> {
  const config = { ...given.config, CALSETA_PUBLIC_URL: publicUrlOf(given.config) };
  const deps = { ...given, config };
  const alertsApi = await createAlertsApi(deps);
  const dispatcher = await createDispatcher(deps);
  const enricher = await createEnricher(deps);
  const extractor = await createExtractor(deps);
  const ingestApi = await createIngestApi(deps);
  // In pipeline order, so that each service can pass on what it finishes.
  const services = [ingestApi, extractor, enricher, dispatcher, alertsApi];

  return {
    name: 'standalone',
    handleRequest: (request, response) => {
      const service = INGEST_PATH.test(request.url ?? '') ? ingestApi : alertsApi;
      service.handleRequest?.(request, response);
    },
    readiness: Object.assign({}, ...services.map(({ readiness }) => readiness)) as NonNullable<
      ServiceInstance['readiness']
    >,
    schema: given.database.schema,
    endStreams: () => {
      for (const service of services) service.endStreams?.();
    },
    drain: async () => {
      for (const service of services) await service.drain();
    },
  };
}
