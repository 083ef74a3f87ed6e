import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { AppError } from '@calseta/common';
import { type SchemaSource } from './schema-source.js';
import { type ReadinessChecks, type RequestHandler } from './service-instance.js';
import { type Telemetry } from '../telemetry/telemetry.js';
import { answerHealth } from './health.js';
import { httpMetrics } from './requests/http-metrics.js';
import { reportGone, serveRequest } from './requests/observe-request.js';
import { createBoundedServer, type ServerLimits } from './server/bounded-server.js';

export type HttpServerOptions = {
  handleRequest?: RequestHandler;
  readiness: ReadinessChecks;
  schema?: SchemaSource | undefined;
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  limits: ServerLimits;
};

export interface HttpServer {
  /** Starts listening; resolves with the port. */
  listen(port: number, host: string): Promise<number>;
  /** Makes `/readyz` answer 503; requests are still served. */
  markUnready(): void;
  /** Stops listening; resolves when all requests in progress are answered. */
  drain(): Promise<void>;
  /** Closes all remaining connections. */
  close(): Promise<void>;
}

/**
 * Time that a draining server keeps idle connections, for requests already sent on them. Our gateways (packages/local,
 * deploy/gateway) keep none; other proxies should close theirs sooner.
 */
const IDLE_GRACE_MS = 500;
/** Time that a draining server waits for clients to read their answers. */
const LAST_READ_MS = 2_000;
/** Node accepts one connection per turn; a listener's backlog holds 511. */
const MAX_LAST_TURNS = 1_024;
const POLL_MS = 10;

/** Creates the HTTP server of a process: health and metrics first, then the given handler. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { limits, telemetry } = options;
  const metrics = httpMetrics(telemetry.metrics);
  let isDraining = false;
  let connections = 0;
  const handle = options.handleRequest ?? answerNotFound(options);

  const { server, busyCount, cutUnread } = createBoundedServer({
    limits,
    serve(req, res) {
      if (req.destroyed) {
        reportGone(req, res, options);
        return;
      }
      if (isDraining) res.setHeader('Connection', 'close');
      if (!answerHealth(req, res, { ...options, isDraining: () => isDraining })) handle(req, res);
    },
    refuse(req, res, error) {
      res.setHeader('Connection', 'close');
      failRequest(req, res, options, error);
    },
    onCut({ bound, clientAddress, unreadBytes }) {
      metrics.connectionsCut.inc({ bound });
      telemetry.log.warn('http.connection_cut', {
        bound,
        client_address: clientAddress,
        unread_bytes: unreadBytes,
      });
    },
    onLoad({ waitingRequests, unreadBytes }) {
      if (waitingRequests !== undefined) metrics.waitingRequests.set(waitingRequests);
      if (unreadBytes !== undefined) metrics.unreadBytes.set(unreadBytes);
    },
  });
  server.on('connection', () => (connections += 1));

  return {
    async listen(port, host) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    markUnready: () => void (isDraining = true),
    async drain() {
      isDraining = true;
      await noneWaiting(() => connections);
      stopListening(server);
      const idleSince = Date.now();
      while (busyCount() > 0 || Date.now() - idleSince < IDLE_GRACE_MS) {
        if (busyCount() === 0 && (await connectionCount(server)) === 0) break;
        cutUnread(LAST_READ_MS);
        await pause(POLL_MS);
      }
      server.closeIdleConnections();
    },
    async close() {
      isDraining = true;
      stopListening(server);
      server.closeAllConnections();
      while ((await connectionCount(server)) > 0) await pause(POLL_MS);
    },
  };
}

/**
 * Resolves after two event-loop turns without a new connection, of which the first may have begun before: closing a
 * listener resets connections that are not accepted yet.
 */
async function noneWaiting(countConnections: () => number): Promise<void> {
  let quietTurns = 0;
  for (let turn = 0; quietTurns < 2 && turn < MAX_LAST_TURNS; turn += 1) {
    const before = countConnections();
    await new Promise((resolve) => setImmediate(resolve));
    quietTurns = countConnections() === before ? quietTurns + 1 : 0;
  }
}

/** Avoids close() of http, which closes idle keep-alive connections at once and loses requests already sent on them. */
function stopListening(server: Server): void {
  if (server.listening) NetServer.prototype.close.call(server);
}

const connectionCount = async (server: Server): Promise<number> =>
  await new Promise((resolve) =>
    server.getConnections((error, count) => resolve(error ? 0 : count)),
  );

const pause = async (ms: number): Promise<void> =>
  await new Promise((resolve) => setTimeout(resolve, ms));

const answerNotFound =
  (options: HttpServerOptions): RequestHandler =>
  (req, res) =>
    failRequest(req, res, options, new AppError('route.not_found', 'No such path.'));

const failRequest = (
  req: IncomingMessage,
  res: ServerResponse,
  { telemetry }: HttpServerOptions,
  error: AppError,
): void =>
  serveRequest(
    req,
    res,
    { telemetry, trustedProxyHops: 0 },
    async () => await Promise.reject(error),
  );
