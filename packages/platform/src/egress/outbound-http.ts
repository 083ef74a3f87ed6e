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

/** What cuts a request short, and why it was. */
type Cut = { short?: (reason: Error) => void; reason?: Error };

/** The client of webhooks, on keep-alive connections. */
export function createOutboundHttp({ guard, limits = {} }: OutboundHttpOptions): OutboundHttp {
  const agents = createGuardedAgents(guard, { ...DEFAULT_POOL_LIMITS, ...limits });

  const send = async (url: URL, request: OutboundRequest, cut: Cut, retriesLeft: number) =>
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
      });
      cut.short = (reason) => {
        outgoing.destroy(reason);
        reject(reason);
      };
      let isAnswered = false;
      outgoing.once('response', (incoming) => {
        isAnswered = true;
        readBounded(incoming, request.maxResponseBytes).then(resolve, reject);
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection while the request was on its way to it.
        const wasStale = outgoing.reusedSocket && error.code === 'ECONNRESET' && !isAnswered;
        if (wasStale && retriesLeft > 0 && !cut.reason)
          send(url, request, cut, retriesLeft - 1).then(resolve, reject);
        else reject(error);
      });
      // A connection may fail once more after its answer has been read.
      outgoing.on('error', () => undefined);
      outgoing.end(request.body);
    });

  return {
    async post(text, request) {
      const { signal, timeoutMs } = request;
      signal?.throwIfAborted();
      const cut: Cut = {};
      const cutShort = (reason: Error): void => {
        cut.reason = reason;
        cut.short?.(reason);
      };
      // Not an AbortSignal for each request: combining them costs more than signing the body does.
      const timer = setTimeout(() => cutShort(new Error('timeout')), timeoutMs);
      const onAbort = (): void => cutShort(new Error('aborted'));
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        return await send(guard.assertUrl(text), request, cut, 1);
      } catch (error) {
        signal?.throwIfAborted();
        if (cut.reason) {
          return { kind: 'timeout', error: `no complete answer within ${timeoutMs} ms` };
        }
        return describe(error);
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
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
  await new Promise<void>((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= maxBytes) return;
      // Destroys the connection, and with it the rest.
      incoming.destroy();
      resolve();
    });
    incoming.once('end', resolve);
    incoming.on('error', reject);
    incoming.once('close', () => reject(new Error('closed before the end')));
  });
  return {
    kind: 'response',
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'),
    truncated: size > maxBytes,
  };
}
