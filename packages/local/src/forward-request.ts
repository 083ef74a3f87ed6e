import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';

/** `refused`: no connection, and the body has not been begun, so another replica can be asked. */
export type ForwardOutcome = 'answered' | 'refused' | 'broken';

/** Below what a draining service grants idle connections, so that none is used again while it closes them. */
const IDLE_CONNECTION_MS = 200;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_CONNECTIONS_PER_TARGET = 512;

const agent = new Agent({
  keepAlive: true,
  timeout: IDLE_CONNECTION_MS,
  maxSockets: MAX_CONNECTIONS_PER_TARGET,
});

/** RFC 9110, 7.6.1: they belong to one connection and are not passed on. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Passes one request on to a target and streams the answer back. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
): Promise<ForwardOutcome> {
  return new Promise((resolve) => {
    const upstream = httpRequest(new URL(target), {
      agent,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request),
    });
    let begun = false;
    upstream.on('error', () => resolve(begun ? 'broken' : 'refused'));
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      response.flushHeaders();
      pipeline(answer, response, () => {
        resolve('answered');
        // An answer may come before the end of the body; the rest is read and dropped.
        request.unpipe(upstream);
        request.resume();
      });
    });
    response.once('close', () => upstream.destroy());
    whenConnected(upstream, () => {
      begun = true;
      request.pipe(upstream);
    });
  });
}

function whenConnected(upstream: ClientRequest, callback: () => void): void {
  upstream.once('socket', (socket) => {
    if (!socket.connecting) {
      callback();
      return;
    }
    const timer = setTimeout(
      () => upstream.destroy(new Error('No connection in time')),
      CONNECT_TIMEOUT_MS,
    );
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      callback();
    });
  });
}

function requestHeaders(request: IncomingMessage): IncomingHttpHeaders {
  const client = request.socket.remoteAddress ?? '';
  const earlier = request.headers['x-forwarded-for'];
  return {
    ...endToEnd(request.headers),
    // Without a length the body is framed by chunks, whatever the method.
    ...(request.headers['transfer-encoding'] && { 'transfer-encoding': 'chunked' }),
    'x-forwarded-for': earlier ? `${String(earlier)}, ${client}` : client,
    'x-forwarded-proto': 'http',
    ...(request.headers.host && { 'x-forwarded-host': request.headers.host }),
  };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = headers.connection?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
