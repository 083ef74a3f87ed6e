import { type IncomingMessage, type ServerResponse } from 'node:http';
import { discardBody, isDiscardable } from '@calseta/platform';
import { createProxyServer, type ProxyServer } from 'httpxy';
import { agentOver } from './agent-over.js';
import { type Upstream } from './create-upstream.js';
import { forwardedHeaders } from './forwarded-headers.js';
import { withoutHopByHop } from './hop-by-hop.js';
import { sendGatewayProblem } from './send-gateway-problem.js';

export type ForwardOptions = {
  /** Number of proxies between the clients and the gateway. */
  proxiesInFront: number;
  /** Time in which a service may continue its answer, ms. */
  silenceTimeoutMs: number;
  /** Whether connections close after their next answer. */
  isEnding: () => boolean;
};

export type Forward = (
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Upstream,
) => Promise<void>;

/**
 * Creates the function that forwards a request once, over a connection that no other request uses, and
 * streams the answer back. When no service answers, the client gets a problem.
 */
export function createForward(options: ForwardOptions): Forward {
  const proxy = createProxy(options);
  return async (request, response, upstream) => {
    const connection = await upstream.open();
    // The socket of a client that has left has no address, even before Node reports that it left.
    const clientAddress = request.socket.remoteAddress;
    if (connection === 'overloaded') {
      sendGatewayProblem(request, response, 'service.overloaded', 'Too much is under way.');
    } else if (connection === 'unreachable') {
      sendGatewayProblem(request, response, 'service.unavailable', NO_ANSWER);
    } else if (response.destroyed || clientAddress === undefined) {
      connection.socket.destroy();
      request.socket.destroy();
    } else {
      const { socket, url } = connection;
      const { proxiesInFront } = options;
      response.once('close', () => socket.destroy());
      request.headers = forwardedHeaders(request.headers, { clientAddress, proxiesInFront });
      const target = { target: url, agent: agentOver(socket) };
      await proxy.web(request, response, target).catch(() => {
        // httpxy cuts off an answer that has begun.
        if (response.headersSent || response.destroyed) return;
        sendGatewayProblem(request, response, 'service.unavailable', NO_ANSWER);
      });
    }
  };
}

const NO_ANSWER = 'No service has answered.';

function createProxy({ silenceTimeoutMs, isEnding }: ForwardOptions): ProxyServer {
  const proxy = createProxyServer({ proxyTimeout: silenceTimeoutMs });
  proxy.on('proxyReq', (passed, request) => {
    // The service may refuse a body before any of it arrives.
    if (!request.complete) passed.flushHeaders();
  });
  proxy.on('proxyRes', (answer, request, response) => {
    const canGoOn = response.shouldKeepAlive && (request.complete || isDiscardable(request));
    answer.headers = withoutHopByHop(answer.headers);
    answer.headers.connection = canGoOn && !isEnding() ? 'keep-alive' : 'close';
    response.once('finish', () => discardBody(request));
    // The first event may take long.
    if (answer.headers['content-type']?.startsWith('text/event-stream')) {
      queueMicrotask(() => response.flushHeaders());
    }
  });
  return proxy;
}
