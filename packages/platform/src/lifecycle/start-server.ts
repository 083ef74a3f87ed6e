import { type Config } from '../config/load-config.js';
import { type httpConfig } from '../config/shapes.js';
import { createHttpServer } from '../http/http-server.js';
import { type ServerLimits } from '../http/server/bounded-server.js';
import { type Telemetry } from '../telemetry/telemetry.js';
import { type ServiceInstance } from '../http/service-instance.js';

/** The configured limits of the server. */
export const serverLimits = (config: Config<typeof httpConfig>): ServerLimits => ({
  maxConnections: config.HTTP_MAX_CONNECTIONS,
  headersTimeoutMs: config.HTTP_HEADERS_TIMEOUT_MS,
  requestTimeoutMs: config.HTTP_REQUEST_TIMEOUT_MS,
  keepAliveTimeoutMs: config.HTTP_KEEP_ALIVE_TIMEOUT_MS,
  maxUnreadBytes: config.HTTP_MAX_UNREAD_BYTES,
  unreadTimeoutMs: config.HTTP_UNREAD_TIMEOUT_MS,
});

/** Serves an instance with health and metrics. */
export async function startServer(
  instance: Omit<ServiceInstance, 'drain'>,
  telemetry: Telemetry,
  config: Config<typeof httpConfig>,
) {
  const server = createHttpServer({
    ...(instance.handleRequest ? { handleRequest: instance.handleRequest } : {}),
    readiness: instance.readiness ?? {},
    schema: instance.schema,
    telemetry,
    limits: serverLimits(config),
  });
  const port = await server.listen(config.HTTP_PORT, config.HTTP_HOST);
  return {
    port,
    /** Becomes unready but keeps listening for a while, then accepts no connections, then waits for all answers. */
    async drain(unreadyMs: number): Promise<void> {
      server.markUnready();
      instance.endStreams?.();
      if (unreadyMs > 0) await new Promise((resolve) => setTimeout(resolve, unreadyMs));
      await server.drain();
    },
    close: async (): Promise<void> => await server.close(),
  };
}
