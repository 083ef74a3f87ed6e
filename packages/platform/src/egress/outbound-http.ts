import { validateHeaderValue } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { type EgressGuard, EgressBlockedError } from './egress-guard.js';
import { DEFAULT_POOL_LIMITS, type PoolLimits } from './guarded-agents.js';
import { createGuardedConnector, type GuardedConnector } from './guarded-connector.js';

export type OutboundRequest = {
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** From the call to the last byte of the response, including DNS and connecting. */
  timeoutMs: number;
  /** Limit of the body; the rest is not read. */
  maxResponseBytes: number;
  signal?: AbortSignal;
};

/** By lower-case name; a repeated header has a list. */
export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** Errors name the cause, by code if there is one, and never contain the URL, a header or a body. */
export type OutboundResult =
  | {
      kind: 'response';
      status: number;
      headers: ResponseHeaders;
      body: string;
      truncated: boolean;
    }
  | { kind: 'unreachable' | 'timeout' | 'blocked'; error: string };

export interface OutboundHttp extends AsyncDisposable {
  /**
   * Posts to an untrusted URL: the guard checks it, redirects are not followed, and time and response size are limited.
   * Every behaviour of the server is a result; rejects only when `signal` aborts. An unrequested `100 Continue` is not
   * supported (undici).
   */
  post(url: string, request: OutboundRequest): Promise<OutboundResult>;
  /** Gets an untrusted URL within the same limits. */
  get(url: string, request: Omit<OutboundRequest, 'body'>): Promise<OutboundResult>;
}

type SentRequest = Omit<OutboundRequest, 'body'> & {
  method: 'GET' | 'POST';
  body: OutboundRequest['body'] | null;
};

export type OutboundHttpOptions = {
  guard: EgressGuard;
  /** `maxSocketsPerOrigin` applies to servers that keep connections open. */
  limits?: Partial<Pick<PoolLimits, 'maxSocketsPerOrigin' | 'idleTimeoutMs'>>;
  /** Covers DNS, TCP and TLS; a request also has its own time-out. */
  connectTimeoutMs?: number;
};

const CONNECT_TIMEOUT_MS = 10_000;

/** The HTTP client for webhooks, with keep-alive connections. */
export function createOutboundHttp(options: OutboundHttpOptions): OutboundHttp {
  const { guard, limits = {}, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const { maxSocketsPerOrigin, idleTimeoutMs } = { ...DEFAULT_POOL_LIMITS, ...limits };
  const connector = createGuardedConnector(guard, connectTimeoutMs);
  const agent = new Agent({
    connect: connector.connect,
    connections: maxSocketsPerOrigin,
    pipelining: 1,
    keepAliveTimeout: idleTimeoutMs,
    keepAliveMaxTimeout: idleTimeoutMs,
    // Each request has its own overall time-out.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function send(text: string, request: SentRequest): Promise<OutboundResult> {
    const { signal, timeoutMs } = request;
    signal?.throwIfAborted();
    const exchange = createExchange(agent, connector, request);
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
      if (error === late)
        return { kind: 'timeout', error: `no complete answer within ${timeoutMs} ms` };
      return describe(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    post: async (url, request) => await send(url, { ...request, method: 'POST' }),
    get: async (url, request) => await send(url, { ...request, method: 'GET', body: null }),

    async [Symbol.asyncDispose]() {
      connector.destroy();
      await agent.destroy();
    },
  };
}

/** undici's pool counts a connection as busy forever when undici itself refuses a header. */
function assertHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
}

type Exchange = {
  send(url: URL): Promise<OutboundResult>;
  /** Rejects the promise of `send`, and releases the connection. */
  cut(reason: Error): void;
};

function createExchange(
  agent: Agent,
  connector: Pick<GuardedConnector, 'isHandingOver'>,
  { method, headers, body, maxResponseBytes }: SentRequest,
): Exchange {
  let controller: Dispatcher.DispatchController | undefined;
  let cutFor: Error | undefined;
  let rejectAnswer: ((reason: Error) => void) | undefined;

  const attempt = async (url: URL) =>
    await new Promise<OutboundResult>((resolve, reject) => {
      rejectAnswer = reject;
      let isFirstOnConnection = false;
      let isAnswered = false;
      const answer = { status: 0, headers: {} as ResponseHeaders };
      const chunks: Buffer[] = [];
      let size = 0;
      const settle = (): void =>
        resolve({
          kind: 'response',
          ...answer,
          body: Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8'),
          truncated: size > maxResponseBytes,
        });
      agent.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method,
          headers: { 'accept-encoding': 'identity', ...headers },
          body,
        },
        {
          onRequestStart(given) {
            controller = given;
            isFirstOnConnection = connector.isHandingOver();
            // Skips the request; aborting it would also close the connection.
            if (cutFor) throw cutFor;
          },
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells of a 100 or a 101
          onResponseStarted() {
            isAnswered = true;
          },
          onResponseStart(_controller, status, answered) {
            answer.status = status;
            answer.headers = answered;
          },
          onResponseData(given, chunk) {
            chunks.push(chunk);
            size += chunk.length;
            if (size <= maxResponseBytes) return;
            settle();
            // Closes the connection, and drops the rest.
            given.abort(new Error('too long'));
          },
          onResponseEnd: settle,
          onResponseError(_controller, error) {
            const { code = '' }: NodeJS.ErrnoException = error;
            if (code === WRONG_LENGTH && answer.status !== 0) settle();
            // A request that was never started may be retried too.
            else if (!isFirstOnConnection && !isAnswered && CONNECTION_LOST.has(code))
              reject(new StaleConnection(error));
            else reject(error);
          },
        },
      );
    });

  return {
    async send(url) {
      try {
        return await attempt(url);
      } catch (error) {
        if (!(error instanceof StaleConnection) || cutFor) throw error;
      }
      return await attempt(url);
    },
    cut(reason) {
      cutFor = reason;
      rejectAnswer?.(reason);
      controller?.abort(reason);
    },
  };
}

/** The server closed an idle connection while a request was being sent on it. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super('The idle connection was closed.', { cause });
  }
}

const CONNECTION_LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** For example a 204 that announces a body: its status is valid. */
const WRONG_LENGTH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';

/** Well-known error codes for undici's own. */
const KNOWN_AS: Record<string, string> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
};

function describe(error: unknown): OutboundResult {
  if (error instanceof EgressBlockedError) return { kind: 'blocked', error: error.message };
  if (error instanceof StaleConnection) return describe(error.cause);
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: 'unreachable', error: code === undefined ? message : (KNOWN_AS[code] ?? code) };
}
