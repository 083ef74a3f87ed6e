import { PassThrough } from 'node:stream';
import { createDispatcher, dispatcherConfig, type DispatcherPolicy } from '@calseta/dispatcher';
import {
  type AlertRule,
  makeMessage,
  newUuid,
  type Severity,
  type TriggerFilter,
} from '@calseta/common';
import { type Database, openDatabase } from '@calseta/database';
import { createInProcessTransport, type PipelineTransport } from '@calseta/messaging';
import {
  cipherOf,
  createTelemetry,
  generateSigningSecret,
  loadConfig,
  type ServiceInstance,
} from '@calseta/platform';
import { aStoredAlert, testDatabase, type WebhookSink } from '@calseta/testing';

const AUTH_HEADER = 'Bearer your-agent-secret-0451';

export type StartOptions = { env?: NodeJS.ProcessEnv; policy?: Partial<DispatcherPolicy> };
export type World = Awaited<ReturnType<typeof createWorld>>;

export type StoredDelivery = {
  id: string;
  kind: string;
  agentId: string;
  status: string;
  attemptCount: number;
  leasedUntil: Date | null;
  lastError: string | null;
  attempts: {
    number: number;
    outcome: string;
    statusCode: number | null;
    responseBody: string | null;
    error: string | null;
    note: string | null;
  }[];
};

/** One database, and dispatchers on it as a test asks for them. */
export async function createWorld() {
  const { url, drop } = await testDatabase();
  const open = async () =>
    await openDatabase({
      url,
      poolSize: 4,
      applicationName: 'dispatcher-test',
      statementTimeoutMs: 10_000,
    });
  const database = await open();
  const logs: string[] = [];
  const stops: (() => Promise<void>)[] = [];

  const start = async ({ env = {}, policy = {} }: StartOptions = {}) => {
    const stream = new PassThrough();
    stream.on('data', (line) => logs.push(String(line)));
    const transport = createInProcessTransport();
    const instance = await createDispatcher({
      config: loadConfig(dispatcherConfig, {
        CALSETA_EGRESS_ALLOW: '127.0.0.0/8',
        DELIVERY_POLL_INTERVAL_MS: '50',
        DELIVERY_DRAIN_MS: '500',
        ...env,
      }),
      database,
      transport,
      telemetry: createTelemetry({ service: 'dispatcher', logLevel: 'debug', stream }),
      policy,
    });
    const stop = once(async () => {
      await instance.drain();
      await transport[Symbol.asyncDispose]();
    });
    stops.push(stop);
    return { instance, transport, stop } satisfies {
      instance: ServiceInstance;
      transport: PipelineTransport;
      stop: () => Promise<void>;
    };
  };

  return {
    database,
    logs,
    start,
    stopAll: async () => {
      await Promise.all(stops.splice(0).map(async (stop) => await stop()));
      await database.query('TRUNCATE alerts, agents, indicators, detection_rules CASCADE');
      await database.query('TRUNCATE context_documents, workflows, mutes CASCADE');
    },
    close: async () => {
      await database[Symbol.asyncDispose]();
      await drop();
    },
    ...factories(database),
  };
}

function factories(database: Database) {
  const cipher = cipherOf(loadConfig(dispatcherConfig, {}));
  return {
    /** Registers an agent and returns it with its secret. */
    async anAgent(
      sink: Pick<WebhookSink, 'url'>,
      overrides: {
        name?: string;
        triggerFilter?: TriggerFilter;
        match?: AlertRule;
        maxConcurrency?: number;
        timeoutSeconds?: number;
        isActive?: boolean;
        events?: string[];
        receiveQuarantined?: boolean;
        previousSecret?: string;
        expiresAt?: Date;
        webhookUrl?: null;
        headers?: Record<string, string>;
        tls?: { ca: string; certificate: string; key: string };
      } = {},
    ) {
      const secret = generateSigningSecret();
      const { previousSecret, headers = {}, tls, ...columns } = overrides;
      const { id, name } = await database.prisma.agent.create({
        data: {
          name: `Agent ${newUuid()}`,
          webhookUrl: `${sink.url}/webhook`,
          authHeaderEncrypted: cipher.encrypt(AUTH_HEADER),
          signingSecretEncrypted: cipher.encrypt(secret),
          ...(previousSecret !== undefined && {
            previousSecretEncrypted: cipher.encrypt(previousSecret),
            previousSecretExpiresAt: new Date(Date.now() + 60_000),
          }),
          headers: Object.fromEntries(
            Object.entries(headers).map(([key, value]) => [key, cipher.encrypt(value)]),
          ),
          ...(tls && {
            tlsCa: tls.ca,
            tlsCertificate: tls.certificate,
            tlsKeyEncrypted: cipher.encrypt(tls.key),
          }),
          ...columns,
        },
      });
      return { id, name, secret, authHeader: AUTH_HEADER };
    },

    /** An alert that has come through enrichment, and the message that says so. */
    async anEnrichedAlert(
      overrides: {
        title?: string;
        severity?: Severity;
        tags?: string[];
        rawPayload?: string;
        detectionRuleId?: string;
      } = {},
    ) {
      const alert = {
        id: newUuid(),
        title: 'Impossible Travel Detected',
        severity: 'High' as Severity,
        tags: ['identity', 'auth'],
        rawPayload: '{"vendor": "sentinel"}',
        ...overrides,
      };
      const { rawPayload, ...columns } = alert;
      const now = new Date();
      await aStoredAlert(database, {
        ...columns,
        rawPayloadJson: rawPayload,
        sourceName: 'sentinel',
        receivedAt: now,
        stage: 'enriched',
        enrichedAt: new Date('2025-01-15T10:30:05Z'),
        enrichmentStatus: 'Enriched',
        enrichmentSucceeded: ['virustotal', 'abuseipdb'],
        malice: 'Malicious',
      });
      const message = makeMessage({
        type: 'alert.enriched',
        alertId: alert.id,
        revision: 1,
        severity: alert.severity,
        occurredAt: now,
      });
      return { ...alert, message };
    },

    deliveries: async (): Promise<StoredDelivery[]> =>
      await database.prisma.delivery.findMany({
        include: { attempts: { orderBy: { startedAt: 'asc' } } },
        orderBy: { id: 'asc' },
      }),
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return async () => await (done ??= work());
}
