import { backOffMs, pause } from '@calseta/async';
import { AppError } from '@calseta/common';
import { type Config } from '../config/load-config.js';
import { type httpConfig } from '../config/shapes.js';
import { serveRequest } from '../http/requests/observe-request.js';
import { type SchemaSource } from '../http/schema-source.js';
import { type ServiceInstance } from '../http/service-instance.js';
import { type Telemetry } from '../telemetry/telemetry.js';
import { startServer } from './start-server.js';

export type AwaitSchemaOptions = {
  name: string;
  telemetry: Telemetry;
  config: Config<typeof httpConfig>;
  /** Ends the waiting. */
  signal: AbortSignal;
};

const RETRY_AFTER_SECONDS = 5;

/**
 * Resolves when the database has every migration that this build needs. Until then the process listens: it is alive, its
 * `/readyz` answers 503 and says what is missing, and every other request gets 503. Rejects when the signal ends the waiting.
 */
export async function awaitSchema(
  schema: SchemaSource,
  { name, telemetry, config, signal }: AwaitSchemaOptions,
): Promise<void> {
  if (await isComplete(schema)) return;
  const server = await startServer(waitingInstance(name, schema, telemetry), telemetry, config);
  telemetry.log.warn('service.waiting', { port: server.port, schema_needed: schema.needed });
  try {
    for (let failures = 1; !(await isComplete(schema)); failures += 1) {
      signal.throwIfAborted();
      await pause(backOffMs(failures), signal);
    }
    signal.throwIfAborted();
  } finally {
    // Requests that are already on their way get an answer.
    await server.drain(0);
    await server.close();
  }
}

const waitingInstance = (
  name: string,
  schema: SchemaSource,
  telemetry: Telemetry,
): Omit<ServiceInstance, 'drain'> => ({
  name,
  schema,
  handleRequest: (req, res) => {
    serveRequest(req, res, { telemetry, trustedProxyHops: 0 }, refuse);
  },
});

const refuse = async (): Promise<void> =>
  await Promise.reject(
    new AppError(
      'service.unavailable',
      'The service waits for its database to be there and to be migrated.',
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    ),
  );

/** The owner of the schema logs why it is not. */
const isComplete = async (schema: SchemaSource): Promise<boolean> =>
  await schema.read().then(
    ({ missing }) => missing.length === 0,
    () => false,
  );
