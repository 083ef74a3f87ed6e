import { PassThrough } from 'node:stream';
import { type AlertMessage, makeMessage, SUBSCRIPTIONS } from '@calseta/common';
import { type Database, openDatabase } from '@calseta/database';
import { createInProcessTransport, type PipelineTransport } from '@calseta/messaging';
import { createTelemetry } from '@calseta/platform';
import { type EnricherConfig } from '../../src/config.js';
import { type RegisteredProvider } from '../../src/domain/provider.js';
import { createEnricher } from '../../src/service.js';

export const telemetry = createTelemetry({
  service: 'test',
  logLevel: 'error',
  stream: new PassThrough().resume(),
});

export const SETTINGS: EnricherConfig = {
  AMQP_PREFETCH: 32,
  SWEEP_INTERVAL_MS: 60_000,
  SWEEP_BATCH_SIZE: 100,
  CALSETA_OWN_DOMAINS: new Set<string>(),
  ENRICHMENT_DEADLINE_MS: 10_000,
  THREAT_LISTS_DIR: undefined,
  IP_INTEL_FILE: undefined,
};

export type RunningEnricher = {
  transport: PipelineTransport;
  /** What the dispatcher would have received. */
  published: AlertMessage[];
  extracted(alertId: string, more?: { revision?: number }): Promise<void>;
  stop(): Promise<void>;
};

/** An enricher on a transport of its own, and a listener in the dispatcher's place. */
export async function startEnricher(
  database: Database,
  providers: readonly RegisteredProvider[] = [],
  settings: Partial<EnricherConfig> = {},
): Promise<RunningEnricher> {
  const transport = createInProcessTransport();
  const published: AlertMessage[] = [];
  const listener = await transport.consume(
    SUBSCRIPTIONS.dispatcher,
    async (message) => {
      published.push(message);
      return undefined;
    },
    { prefetch: 100, observer: { handled: () => undefined }, onDeadLetter: async () => undefined },
  );
  const config = { ...SETTINGS, ...settings };
  const enricher = await createEnricher({ config, database, transport, telemetry, providers });
  return {
    transport,
    published,
    extracted: async (alertId, { revision = 1 } = {}) =>
      await transport.publish(
        makeMessage({ type: 'alert.extracted', alertId, revision, severity: 'High' }),
      ),
    async stop() {
      await enricher.drain();
      await listener.drain();
      await transport[Symbol.asyncDispose]();
    },
  };
}

export const openTestDatabase = async (url: string): Promise<Database> =>
  await openDatabase({ url, poolSize: 6, applicationName: 'test', statementTimeoutMs: 10_000 });
