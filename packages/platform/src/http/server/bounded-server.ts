import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { AppError } from '@calseta/common';
import { acceptFirst } from './accept-first.js';
import { createAnswerClientError, MAX_HEADER_BYTES } from './answer-client-error.js';
import { oneAtATime } from './one-at-a-time.js';
import { watchUnreadAnswers } from './unread-answers.js';

/** How often Node looks for connections that exceed their time. */
const CONNECTION_CHECK_INTERVAL_MS = 500;
/** Requests that wait behind others of their connections, over all of them; each takes about 2.5 kB. */
export const MAX_WAITING_REQUESTS = 20_000;

export type ServerLimits = {
  maxConnections: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** Bytes of answers that clients have not read, over all connections. */
  maxUnreadBytes: number;
  /** Time without reading after which the client of an answer is cut off, ms. */
  unreadTimeoutMs: number;
};

/** Why a connection is cut: too much waits over all connections, or its client does not read. */
export const CONNECTION_BOUNDS = ['waiting_requests', 'unread_bytes', 'unread_timeout'] as const;

export type ConnectionCut = {
  bound: (typeof CONNECTION_BOUNDS)[number];
  clientAddress: string | undefined;
  /** Of this connection alone. */
  unreadBytes: number;
};

export type BoundedServerOptions = {
  limits: ServerLimits;
  /** Serves one request, after the ones before it; `request.destroyed` when its client has left meanwhile. */
  serve: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers a request that no server may take. */
  refuse: (request: IncomingMessage, response: ServerResponse, error: AppError) => void;
  onCut: (cut: ConnectionCut) => void;
  /** Told of each change. */
  onLoad?: (load: { waitingRequests?: number; unreadBytes?: number }) => void;
};

export interface BoundedServer {
  readonly server: Server;
  /** Connections whose requests are not all answered, or whose answers are not all read. */
  busyCount(): number;
  /** Cuts the connections whose answer waits for so long. */
  cutUnread(olderThanMs: number): void;
}

/**
 * Makes an HTTP server whose clients cannot make it hold much: one request at a time is worked on for each
 * connection, what they do not read is bounded in bytes and time, and what is no request gets a problem.
 */
export function createBoundedServer(options: BoundedServerOptions): BoundedServer {
  const { limits, serve, refuse, onCut, onLoad } = options;
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: CONNECTION_CHECK_INTERVAL_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Its absence gets an answer of ours.
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
    if (request.destroyed || isForOneHost(request)) serve(request, response);
    else refuse(request, response, new AppError('request.malformed', ONE_HOST));
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
  // An expectation that nobody knows may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', createAnswerClientError(lines));

  return { server, busyCount: lines.busyCount, cutUnread: unread.cutOlderThan };
}

const ONE_HOST = 'A request has exactly one Host header.';

/** RFC 9112, 3.2; HTTP/1.0 knows requests without. */
function isForOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}
