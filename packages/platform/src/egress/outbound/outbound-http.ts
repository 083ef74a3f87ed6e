import { validateHeaderValue } from 'node:http';
import { type EgressGuard, EgressBlockedError } from '../egress-guard.js';
import { explainFailure } from '../explain-failure.js';
import { DEFAULT_POOL_LIMITS, type PoolLimits } from '../guarded-agents.js';
import { type OpenTunnel } from '../proxy-tunnel.js';
import { createTlsPools } from '../tls-pools.js';
import { type Content, createExchange, type Frame, StaleConnection } from './exchange.js';
import { type OutboundRequest, type OutboundResult } from './outbound-request.js';

export interface OutboundHttp extends AsyncDisposable {
  /**
   * Posts to an untrusted URL: the guard checks it, redirects are not followed, and time and response size are limited.
   * Every behaviour of the server is a result; rejects only when `signal` aborts before there is a status. Nothing is
   * sent twice. An unrequested `100 Continue` is not supported (undici).
   */
  post(url: string, request: OutboundRequest): Promise<OutboundResult>;
  /** Gets an untrusted URL within the same limits; asks again at once on a new connection where a reused one ended. */
  get(url: string, request: Omit<OutboundRequest, 'body'>): Promise<OutboundResult>;
}

export type OutboundHttpOptions = {
  guard: EgressGuard;
  /** `maxSocketsPerOrigin` applies to servers that keep connections open. */
  limits?: Partial<Pick<PoolLimits, 'maxSocketsPerOrigin' | 'idleTimeoutMs'>>;
  /** Covers DNS, TCP and TLS; a request also has its own time-out. */
  connectTimeoutMs?: number;
  /** Certificates of authorities that are trusted besides the usual ones, in PEM. */
  authorities?: string | undefined;
  /** By way of the proxy, where there is one. */
  tunnel?: OpenTunnel | undefined;
};

const CONNECT_TIMEOUT_MS = 10_000;

/** The HTTP client for webhooks, with keep-alive connections. */
export function createOutboundHttp(options: OutboundHttpOptions): OutboundHttp {
  const {
    guard,
    limits = {},
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    authorities,
    tunnel,
  } = options;
  const pools = createTlsPools({
    guard,
    limits: { ...DEFAULT_POOL_LIMITS, ...limits },
    connectTimeoutMs,
    authorities,
    tunnel,
  });

  async function send(text: string, request: Frame, content: Content): Promise<OutboundResult> {
    const { signal, timeoutMs } = request;
    signal?.throwIfAborted();
    const exchange = createExchange(pools.of(request.tls), request, content);
    // Avoids one AbortSignal per request: combining them costs more than signing the body.
    const late = new Error('timeout');
    const timer = setTimeout(() => exchange.cut(late), timeoutMs);
    const onAbort = (): void => exchange.cut(new Error('aborted'));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      assertHeaders(request.headers);
      return await exchange.send(guard.assertUrl(text));
    } catch (error) {
      signal?.throwIfAborted();
      if (error === late) return { kind: 'timeout', error: `no answer within ${timeoutMs} ms` };
      return describe(error, schemeOf(text));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    post: async (url, request) => await send(url, request, { method: 'POST', body: request.body }),
    get: async (url, request) => await send(url, request, { method: 'GET', body: null }),

    [Symbol.asyncDispose]: pools.destroy,
  };
}

/** undici's pool counts a connection as busy forever when undici itself refuses a header. */
function assertHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
}

const schemeOf = (text: string): string | undefined =>
  URL.canParse(text) ? new URL(text).protocol : undefined;

function describe(error: unknown, scheme: string | undefined): OutboundResult {
  if (error instanceof EgressBlockedError) return { kind: 'blocked', error: error.message };
  if (error instanceof StaleConnection) {
    return {
      kind: 'interrupted',
      error: 'it closed a connection that was kept open, without an answer',
    };
  }
  return { kind: 'unreachable', error: explainFailure(error as NodeJS.ErrnoException, scheme) };
}
