import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type EgressGuard, EgressBlockedError } from './egress-guard.js';
import { createGuardedAgents, DEFAULT_POOL_LIMITS, type PoolLimits } from './guarded-agents.js';

export type OutboundRequest = {
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** From the call to the last byte of the response, DNS and connecting included. */
  timeoutMs: number;
  /** Of the body; what exceeds it is left unread. */
  maxResponseBytes: number;
  signal?: AbortSignal;
};

/** Errors name the cause by its code and never repeat the URL, a header or a body. */
export type OutboundResult =
  | {
      kind: 'response';
      status: number;
      headers: IncomingHttpHeaders;
      body: string;
      truncated: boolean;
    }
  | { kind: 'unreachable' | 'timeout' | 'blocked'; error: string };

export interface OutboundHttp extends AsyncDisposable {
  /**
   * Posts to an untrusted URL: the guard checks it, redirects are answers and not followed, time and
   * response size are bounded. Whatever the other side does is a result; rejects only when `signal` aborts.
   */
  post(url: string, request: OutboundRequest): Promise<OutboundResult>;
}

export type OutboundHttpOptions = { guard: EgressGuard; limits?: Partial<PoolLimits> };

class OutboundTimeoutError extends Error {
  override name = 'OutboundTimeoutError';
}

/** The client of webhooks, on keep-alive connections. */
export function createOutboundHttp({ guard, limits = {} }: OutboundHttpOptions): OutboundHttp {
  const agents = createGuardedAgents(guard, { ...DEFAULT_POOL_LIMITS, ...limits });

  const send = async (url: URL, request: OutboundRequest, retriesLeft: number) =>
    await new Promise<OutboundResult>((resolve, reject) => {
      const isSecure = url.protocol === 'https:';
      const outgoing = (isSecure ? https : http).request(url, {
        method: 'POST',
        agent: isSecure ? agents.https : agents.http,
        headers: {
          'accept-encoding': 'identity',
          ...request.headers,
          'content-length': String(Buffer.byteLength(request.body)),
        },
        ...(request.signal && { signal: request.signal }),
      });
      outgoing.once('response', (incoming) => {
        readBounded(incoming, request.maxResponseBytes).then(resolve, reject);
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection while the request was on its way to it.
        const wasStale = outgoing.reusedSocket && error.code === 'ECONNRESET' && retriesLeft > 0;
        if (wasStale) send(url, request, retriesLeft - 1).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(request.body);
    });

  return {
    async post(text, request) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(new OutboundTimeoutError()), request.timeoutMs);
      const signal = request.signal
        ? AbortSignal.any([request.signal, deadline.signal])
        : deadline.signal;
      try {
        request.signal?.throwIfAborted();
        return await send(guard.assertUrl(text), { ...request, signal }, 1);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (deadline.signal.aborted) {
          return { kind: 'timeout', error: `no complete answer within ${request.timeoutMs} ms` };
        }
        return describe(error);
      } finally {
        clearTimeout(timer);
      }
    },

    async [Symbol.asyncDispose]() {
      agents.destroy();
      await Promise.resolve();
    },
  };
}

function describe(error: unknown): OutboundResult {
  if (error instanceof EgressBlockedError) return { kind: 'blocked', error: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: 'unreachable', error: code ?? message };
}

async function readBounded(incoming: IncomingMessage, maxBytes: number): Promise<OutboundResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the connection, and with it the rest.
    if (size > maxBytes) break;
  }
  return {
    kind: 'response',
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'),
    truncated: size > maxBytes,
  };
}
