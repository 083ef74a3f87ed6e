import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { AppError } from '@calseta/common';
import { acceptFirst } from './accept-first.js';
import { createAnswerClientError, MAX_HEADER_BYTES } from './answer-client-error.js';
import { oneAtATime } from './one-at-a-time.js';
import { watchUnreadAnswers } from './unread-answers.js';

/** How often Node checks connections for time-outs. */
const CONNECTION_CHECK_INTERVAL_MS = 500;
/** Maximum number of requests that wait for earlier ones, over all connections; each takes about 2.5 kB. */
export const MAX_WAITING_REQUESTS = 20_000;

export type ServerLimits = {
  maxConnections: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** Maximum number of answer bytes that clients have not read, over all connections. */
  maxUnreadBytes: number;
  /** Time after which a client that reads nothing is disconnected, ms. */
  unreadTimeoutMs: number;
};

/** Why a connection is closed: too much waits over all connections, or its client does not read. */
export const CONNECTION_BOUNDS = ['waiting_requests', 'unread_bytes', 'unread_timeout'] as const;

export type ConnectionCut = {
  bound: (typeof CONNECTION_BOUNDS)[number];
  clientAddress: string | undefined;
  /** Unread bytes of this connection alone. */
  unreadBytes: number;
};

export type BoundedServerOptions = {
  limits: ServerLimits;
  /** Serves one request after earlier ones; `request.destroyed` is true when its client has left. */
  serve: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers a request that the protocol forbids. */
  refuse: (request: IncomingMessage, response: ServerResponse, error: AppError) => void;
  onCut: (cut: ConnectionCut) => void;
  /** Called on each change. */
  onLoad?: (load: { waitingRequests?: number; unreadBytes?: number }) => void;
};

export interface BoundedServer {
  readonly server: Server;
  /** Connections with unanswered requests or unread answers. */
  busyCount(): number;
  /** Closes connections whose answer has been unread for longer than this. */
  cutUnread(olderThanMs: number): void;
}

/**
 * Creates an HTTP server that limits the memory of its clients: each connection has one request in progress, unread
 * answers are limited in bytes and time, and invalid requests get a problem.
 */
export function createBoundedServer(options: BoundedServerOptions): BoundedServer {
  const { limits, serve, refuse, onCut, onLoad } = options;
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: CONNECTION_CHECK_INTERVAL_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // A missing Host header gets our own answer.
    requireHostHeader: false,
  });
  server.maxConnections = limits.maxConnections;

  function cut(socket: Socket, bound: ConnectionCut['bound'], unreadBytes = 0): void {
    onCut({ bound, clientAddress: socket.remoteAddress, unreadBytes });
    socket.destroy();
  }
  const unread = watchUnreadAnswers({
    maxBytes: limits.maxUnreadBytes,
    timeoutMs: limits.unreadTimeoutMs,
    cut,
    onBytes: (unreadBytes) => onLoad?.({ unreadBytes }),
  });
  const serveSoon = acceptFirst(server, (request, response) => {
    const fault = request.destroyed ? undefined : findFault(request);
    if (fault === undefined) serve(request, response);
    else refuse(request, response, new AppError('request.malformed', fault));
  });
  const lines = oneAtATime(server, {
    begin(request, response) {
      unread.watch(response, request.socket);
      serveSoon(request, response);
    },
    maxWaiting: MAX_WAITING_REQUESTS,
    cut: (socket) => cut(socket, 'waiting_requests'),
    onWaiting: (waitingRequests) => onLoad?.({ waitingRequests }),
  });
  // Unknown expectations may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', createAnswerClientError(lines));

  return { server, busyCount: lines.busyCount, cutUnread: unread.cutOlderThan };
}

/** What is wrong with a request of which Node would read one header and ignore another. */
function findFault({ rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  const hosts = countHeaders(rawHeaders, 'host');
  // RFC 9112, 3.2; HTTP/1.0 allows requests without Host.
  if (hosts !== 1 && !(hosts === 0 && httpVersion === '1.0'))
    return 'A request has exactly one Host header.';
  return countHeaders(rawHeaders, 'authorization') > 1
    ? 'A request has at most one Authorization header.'
    : undefined;
}

function countHeaders(rawHeaders: readonly string[], wanted: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === wanted.length && name.toLowerCase() === wanted) count += 1;
  }
  return count;
}
