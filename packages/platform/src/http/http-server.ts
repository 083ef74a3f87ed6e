import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { AppError, PROBLEM_MEDIA_TYPE, type ErrorCode } from '@calseta/common';
import { type ReadinessChecks, type RequestHandler } from '../lifecycle/service.js';
import { type Telemetry } from '../telemetry/telemetry.js';
import { acceptFirst } from './accept-first.js';
import { answerHealth } from './health.js';
import { reportGone, serveRequest } from './observe-request.js';
import { toProblem } from './problem.js';

export type ServerLimits = {
  maxConnections: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
};

export type HttpServerOptions = {
  handleRequest?: RequestHandler;
  readiness: ReadinessChecks;
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  limits: ServerLimits;
};

export interface HttpServer {
  /** Starts listening and resolves with the port. */
  listen(port: number, host: string): Promise<number>;
  /** `/readyz` answers 503 from here on; requests are still served. */
  markUnready(): void;
  /** Stops listening and resolves when the requests in flight are answered. */
  drain(): Promise<void>;
  /** Cuts whatever is still connected. */
  close(): Promise<void>;
}

/** How often Node looks for connections that exceed their time. */
const CONNECTION_CHECK_INTERVAL_MS = 500;
const MAX_HEADER_BYTES = 16_384;
/**
 * A draining server keeps idle connections this long for requests that are on their way to it. Gateways drop
 * theirs sooner (packages/local, deploy/gateway).
 */
const IDLE_GRACE_MS = 500;
/** Time for a client to read why it is cut off; cut at once, bytes that it still sends would reset the answer. */
const LAST_ANSWER_MS = 1_000;
/** Node accepts one connection in each; a listener's backlog has 511. */
const MAX_LAST_TURNS = 1_024;
const POLL_MS = 10;

/** Makes the HTTP server of a process: health and metrics in front of the given handler. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { limits } = options;
  let isDraining = false;
  let connections = 0;
  /** Requests under way, by connection: those behind another never hear that theirs has gone. */
  const underWay = new Map<Socket, number>();
  const handle = options.handleRequest ?? answerNotFound(options);

  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: CONNECTION_CHECK_INTERVAL_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => underWay.delete(socket));
  });
  server.on('request', ({ socket }, res) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    res.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      if (left > 0) underWay.set(socket, left);
      else underWay.delete(socket);
    });
  });
  acceptFirst(server, (req, res) => {
    if (req.destroyed) {
      reportGone(req, res, options);
      return;
    }
    if (isDraining) res.setHeader('Connection', 'close');
    if (!answerHealth(req, res, { ...options, isDraining: () => isDraining })) handle(req, res);
  });
  server.maxConnections = limits.maxConnections;
  server.on('clientError', answerClientError);

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
      while (underWay.size > 0 || Date.now() - idleSince < IDLE_GRACE_MS) {
        if (underWay.size === 0 && (await connectionCount(server)) === 0) break;
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
 * Resolves when two turns of the event loop, the first of which may have begun, brought no connection:
 * closing a listener resets those that wait to be accepted.
 */
async function noneWaiting(countConnections: () => number): Promise<void> {
  let quietTurns = 0;
  for (let turn = 0; quietTurns < 2 && turn < MAX_LAST_TURNS; turn += 1) {
    const before = countConnections();
    await new Promise((resolve) => setImmediate(resolve));
    quietTurns = countConnections() === before ? quietTurns + 1 : 0;
  }
}

/** http's own close() cuts idle keep-alive connections at once, and with them requests on their way. */
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
  ({ telemetry }: HttpServerOptions): RequestHandler =>
  (req: IncomingMessage, res: ServerResponse) =>
    serveRequest(
      req,
      res,
      { telemetry, trustedProxyHops: 0 },
      async () => await Promise.reject(new AppError('route.not_found', 'No such path.')),
    );

type ClientError = Error & { code?: string };

/** What could not even be parsed as a request still gets a problem for an answer, and then its end. */
function answerClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code: ErrorCode =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'request.timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'request.too_large'
        : 'request.malformed';
  const { status, body } = toProblem(new AppError(code, CLIENT_ERRORS[code]));
  const text = JSON.stringify(body);
  // Ending closes our half alone: a client that never ends its own would keep the connection.
  const cut = setTimeout(() => socket.destroy(), LAST_ANSWER_MS);
  socket.once('close', () => clearTimeout(cut));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

const CLIENT_ERRORS = {
  'request.timeout': 'The request did not arrive in time.',
  'request.too_large': `The headers exceed ${MAX_HEADER_BYTES} bytes.`,
  'request.malformed': 'This is not an HTTP request.',
} as const;
