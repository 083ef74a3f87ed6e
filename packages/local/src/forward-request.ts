import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';

/** `untaken`: the target has not been given the request, so another replica can be asked. */
export type ForwardOutcome = 'answered' | 'untaken' | 'broken';

/** Below what a draining service grants idle connections, so that none is used again while it closes them. */
const IDLE_CONNECTION_MS = 200;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_CONNECTIONS_PER_TARGET = 512;

const agent = new Agent({
  keepAlive: true,
  timeout: IDLE_CONNECTION_MS,
  maxSockets: MAX_CONNECTIONS_PER_TARGET,
});

/**
 * RFC 9110, 7.6.1: they belong to one connection and are not passed on; and `expect` (10.1.1), of which each end
 * of the gateway takes care by itself.
 */
const NOT_PASSED_ON = [
  'expect',
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

/** They change nothing (RFC 9110, 9.2.1), so that they can be asked of another replica at any time. */
const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Passes one request on to a target and streams the answer back. A service that stops resets connections that
 * it has not accepted yet, and to the gateway these look like any other: on a new one, content is sent when the
 * target has said that it reads the request (RFC 9110, 10.1.1).
 */
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
    const hasContent =
      'content-length' in request.headers || 'transfer-encoding' in request.headers;
    const isRepeatable = !hasContent && SAFE_METHODS.has(request.method ?? '');
    let isTaken = false;
    upstream.on('error', () => resolve(isTaken ? 'broken' : 'untaken'));
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
    const send = () => {
      isTaken = !isRepeatable;
      request.pipe(upstream);
    };
    whenConnected(upstream, (isNew) => {
      if (!isNew || !hasContent) {
        send();
        return;
      }
      upstream.setHeader('expect', '100-continue');
      upstream.once('continue', send);
      upstream.flushHeaders();
    });
  });
}

function whenConnected(upstream: ClientRequest, callback: (isNew: boolean) => void): void {
  upstream.once('socket', (socket) => {
    if (!socket.connecting) {
      callback(false);
      return;
    }
    const timer = setTimeout(
      () => upstream.destroy(new Error('No connection in time')),
      CONNECT_TIMEOUT_MS,
    );
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      callback(true);
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
  const dropped = new Set([...NOT_PASSED_ON, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
