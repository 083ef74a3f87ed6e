import { alertsApiProcessConfig } from '@calseta/alerts-api';
import { dispatcherProcessConfig } from '@calseta/dispatcher';
import { enricherProcessConfig } from '@calseta/enricher';
import { extractorProcessConfig } from '@calseta/extractor';
import { ingestApiProcessConfig } from '@calseta/ingest-api';
import { baseConfig, type ConfigShape, loadConfig } from '@calseta/platform';
import { type ServiceName } from './start-service.js';

/** What each service reads from its environment. */
export const SERVICE_SHAPES: Record<ServiceName, ConfigShape> = {
  'ingest-api': { ...baseConfig, ...ingestApiProcessConfig },
  extractor: { ...baseConfig, ...extractorProcessConfig },
  enricher: { ...baseConfig, ...enricherProcessConfig },
  dispatcher: { ...baseConfig, ...dispatcherProcessConfig },
  'alerts-api': { ...baseConfig, ...alertsApiProcessConfig },
};

export const KNOWN_VARIABLES = new Set(
  Object.values(SERVICE_SHAPES).flatMap((shape) => Object.keys(shape)),
);

/** Longest time from the stop signal to the end of a process, ms. */
export function stopMs(environment: NodeJS.ProcessEnv): number {
  const { SHUTDOWN_UNREADY_MS, SHUTDOWN_DEADLINE_MS } = loadConfig(baseConfig, environment);
  return SHUTDOWN_UNREADY_MS + SHUTDOWN_DEADLINE_MS;
}
