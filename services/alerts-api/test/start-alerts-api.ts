import { PassThrough } from 'node:stream';
import { openDatabase, type Database } from '@calseta/database';
import { createInProcessTransport, type InProcessTransport } from '@calseta/messaging';
import { createTelemetry, loadConfig, Resources, baseConfig } from '@calseta/platform';
import { testDatabase } from '@calseta/testing';
import { startHttp } from '@calseta/testing/services';
import { alertsApiConfig, createAlertsApi } from '../src/service.js';

export const ADMIN_KEY = 'cai_the-admin-key-of-these-tests-0123456789';

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The whole body, parsed; empty when it is not JSON. */
  body: { data: never; meta: Record<string, unknown> } & Record<string, unknown>;
};

export interface TestAlertsApi extends AsyncDisposable {
  database: Database;
  databaseUrl: string;
  transport: InProcessTransport;
  url: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** As Prometheus reads them. */
  metrics(): Promise<string>;
}

type CallOptions = { body?: unknown; key?: string; headers?: Record<string, string> };

/** Starts alerts-api on its own database, or on the given one, and calls it over HTTP. */
export async function startAlertsApi(
  env: NodeJS.ProcessEnv = {},
  givenUrl?: string,
): Promise<TestAlertsApi> {
  const resources = new Resources();
  const databaseUrl = givenUrl ?? (await ownDatabase(resources));
  const telemetry = createTelemetry({
    service: 'alerts-api',
    logLevel: 'error',
    stream: new PassThrough().resume(),
  });
  const database = resources.use(
    await openDatabase({
      url: databaseUrl,
      poolSize: 5,
      applicationName: 'alerts-api',
      statementTimeoutMs: 10_000,
      metrics: telemetry.metrics,
    }),
  );
  const transport = resources.use(createInProcessTransport());
  const config = loadConfig(
    { ...alertsApiConfig, ...baseConfig },
    { CALSETA_BOOTSTRAP_API_KEY: ADMIN_KEY, CALSETA_EGRESS_ALLOW: '127.0.0.0/8', ...env },
  );
  const service = await createAlertsApi({
    config,
    database,
    transport,
    telemetry,
    announceAdminKey: () => undefined,
  });
  const { url } = resources.use(await startHttp(service, { telemetry, config }));

  return {
    database,
    databaseUrl,
    transport,
    url,
    metrics: async () => await telemetry.metrics.registry.metrics(),
    async call(method, path, { body, key = ADMIN_KEY, headers = {} } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = (response.headers.get('content-type') ?? '').includes('json');
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: (isJson && text !== '' ? JSON.parse(text) : {}) as Answer['body'],
      };
    },
    [Symbol.asyncDispose]: async () => await resources[Symbol.asyncDispose](),
  };
}

async function ownDatabase(resources: Resources): Promise<string> {
  const { url, drop } = await testDatabase();
  resources.use({ [Symbol.asyncDispose]: drop });
  return url;
}
