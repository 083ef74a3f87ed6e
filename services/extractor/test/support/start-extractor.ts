import { PassThrough } from 'node:stream';
import { type AlertMessage, makeMessage, SUBSCRIPTIONS } from '@calseta/common';
import { type Database, openDatabase } from '@calseta/database';
import { createInProcessTransport, type PipelineTransport } from '@calseta/messaging';
import { createTelemetry, type ServiceInstance } from '@calseta/platform';
import { type ExtractorConfig } from '../../src/config.js';
import { createExtractor } from '../../src/service.js';

export const telemetry = createTelemetry({
  service: 'test',
  logLevel: 'error',
  stream: new PassThrough().resume(),
});

const SETTINGS: ExtractorConfig = {
  AMQP_PREFETCH: 32,
  SWEEP_INTERVAL_MS: 60_000,
  SWEEP_BATCH_SIZE: 100,
  CALSETA_OWN_DOMAINS: new Set<string>(),
};

export type RunningExtractor = {
  transport: PipelineTransport;
  extractor: ServiceInstance;
  /** What the enricher would have received. */
  published: AlertMessage[];
  ingested(alertId: string, more?: { revision?: number }): Promise<void>;
  stop(): Promise<void>;
};

/** An extractor on a transport of its own, and a listener in the enricher's place. */
export async function startExtractor(
  database: Database,
  settings: Partial<ExtractorConfig> = {},
): Promise<RunningExtractor> {
  const transport = createInProcessTransport();
  const published: AlertMessage[] = [];
  const listener = await transport.consume(
    SUBSCRIPTIONS.enricher,
    async (message) => {
      published.push(message);
      return undefined;
    },
    { prefetch: 100, observer: { handled: () => undefined }, onDeadLetter: async () => undefined },
  );
  const config = { ...SETTINGS, ...settings };
  const extractor = await createExtractor({ config, database, transport, telemetry });
  return {
    transport,
    extractor,
    published,
    ingested: async (alertId, { revision = 1 } = {}) =>
      await transport.publish(
        makeMessage({ type: 'alert.ingested', alertId, revision, severity: 'Medium' }),
      ),
    async stop() {
      await extractor.drain();
      await listener.drain();
      await transport[Symbol.asyncDispose]();
    },
  };
}

export const openTestDatabase = async (url: string): Promise<Database> =>
  await openDatabase({ url, poolSize: 6, applicationName: 'test', statementTimeoutMs: 10_000 });
