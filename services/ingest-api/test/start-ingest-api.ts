import { createApiKeyStore, type Database, openDatabase } from '@calseta/database';
import { createInProcessTransport, type PipelineTransport } from '@calseta/messaging';
import { baseConfig, createTelemetry, loadConfig, Resources } from '@calseta/platform';
import { type AlertMessage } from '@calseta/common';
import { testDatabase } from '@calseta/testing';
import { startHttp } from '@calseta/testing/services';
import { PassThrough } from 'node:stream';
import { assertDeclared } from './assert-declared.js';
import { createIngestApi, ingestApiConfig, type IngestApiDeps } from '../src/service.js';

export const ADMIN_KEY = 'cai_the-admin-key-of-these-tests-0123456789';

export type Answer = { status: number; headers: Headers; body: Record<string, never> };
type PostOptions = {
  key?: string | null;
  headers?: Record<string, string>;
  method?: string;
};

export type PostedBody = NonNullable<RequestInit['body']>;

export interface TestIngestApi extends AsyncDisposable {
  database: Database;
  databaseUrl: string;
  url: string;
  published: AlertMessage[];
  logged: () => string;
  /** In Prometheus' text format. */
  metrics: () => Promise<string>;
  /** Sends a request as alerts-api does. */
  ask: PipelineTransport['request'];
  /** Fails on an undeclared answer. */
  post(source: string, body: PostedBody, options?: PostOptions): Promise<Answer>;
  rawPayload(alertId: string): Promise<string>;
}

export type StartOptions = {
  databaseUrl?: string;
  publish?: IngestApiDeps['transport']['publish'];
  env?: NodeJS.ProcessEnv;
};

/** Starts ingest-api on its own database, or on the given one, and calls it over HTTP. */
export async function startIngestApi(options: StartOptions = {}): Promise<TestIngestApi> {
  const resources = new Resources();
  let { databaseUrl } = options;
  if (databaseUrl === undefined) {
    const { url, drop } = await testDatabase();
    resources.use({ [Symbol.asyncDispose]: drop });
    databaseUrl = url;
  }
  const database = resources.use(
    await openDatabase({
      url: databaseUrl,
      poolSize: 6,
      applicationName: 'ingest-api',
      statementTimeoutMs: 10_000,
    }),
  );
  await createApiKeyStore(database).ensureAdminKey({ bootstrapKey: ADMIN_KEY });
  const inProcess = resources.use(createInProcessTransport());
  const published: AlertMessage[] = [];
  const transport: IngestApiDeps['transport'] = {
    respond: inProcess.respond,
    publish:
      options.publish ??
      (async (message, publishOptions) => {
        await inProcess.publish(message, publishOptions);
        published.push(message);
      }),
  };
  const logs: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => logs.push(chunk));
  const telemetry = createTelemetry({ service: 'ingest-api', logLevel: 'info', stream });
  const config = loadConfig({ ...ingestApiConfig, ...baseConfig }, { ...options.env });
  const service = await createIngestApi({ config, database, transport, telemetry });
  const { url } = resources.use(await startHttp(service, { telemetry, config }));

  return {
    database,
    databaseUrl,
    url,
    published,
    logged: () => Buffer.concat(logs).toString(),
    ask: inProcess.request,
    metrics: async () => await telemetry.metrics.registry.metrics(),
    async post(source, body, { key = ADMIN_KEY, headers = {}, method = 'POST' } = {}) {
      const response = await fetch(`${url}/v1/ingest/${source}`, {
        method,
        headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...headers },
        ...(method === 'POST' && { body }),
      });
      const answered = JSON.parse(await response.text()) as Answer['body'];
      assertDeclared(response.status, answered);
      return { status: response.status, headers: response.headers, body: answered };
    },
    async rawPayload(alertId) {
      const { rows } = await database.query<{ text: string }>(
        'SELECT raw_payload::text AS text FROM alerts WHERE id = $1',
        [alertId],
      );
      return rows[0]?.text ?? '';
    },
    [Symbol.asyncDispose]: async () => await resources[Symbol.asyncDispose](),
  };
}
