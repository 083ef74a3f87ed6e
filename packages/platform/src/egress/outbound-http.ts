import { validateHeaderValue } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { type EgressGuard, EgressBlockedError } from './egress-guard.js';
import { DEFAULT_POOL_LIMITS, type PoolLimits } from './guarded-agents.js';
import { createGuardedConnector, type GuardedConnector } from './guarded-connector.js';

export type OutboundRequest = {
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** From the call to the last byte of the response, DNS and connecting included. */
  timeoutMs: number;
  /** Of the body; what exceeds it is left unread. */
  maxResponseBytes: number;
  signal?: AbortSignal;
};

/** By name in lower case; a list for one that came several times. */
export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** Errors name the cause, by its code where it has one, and never repeat the URL, a header or a body. */
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
   * Posts to an untrusted URL: the guard checks it, redirects are answers and not followed, time and
   * response size are bounded. Whatever the other side does is a result; rejects only when `signal` aborts.
   * A server that sends `100 Continue` without being asked is not understood (undici does not).
   */
  post(url: string, request: OutboundRequest): Promise<OutboundResult>;
  /** Gets an untrusted URL, within the same limits. */
  get(url: string, request: Omit<OutboundRequest, 'body'>): Promise<OutboundResult>;
}

type SentRequest = Omit<OutboundRequest, 'body'> & {
  method: 'GET' | 'POST';
  body: OutboundRequest['body'] | null;
};

export type OutboundHttpOptions = {
  guard: EgressGuard;
  /** `maxSocketsPerOrigin` holds for servers that keep connections. */
  limits?: Partial<Pick<PoolLimits, 'maxSocketsPerOrigin' | 'idleTimeoutMs'>>;
  /** For DNS, TCP and TLS; a request waits no longer than its own time anyway. */
  connectTimeoutMs?: number;
};

const CONNECT_TIMEOUT_MS = 10_000;

/** The client of webhooks, on keep-alive connections. */
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
    // The time of each request is bounded as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function send(text: string, request: SentRequest): Promise<OutboundResult> {
    const { signal, timeoutMs } = request;
    signal?.throwIfAborted();
    const exchange = createExchange(agent, connector, request);
    // Not an AbortSignal for each request: combining them costs more than signing the body does.
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

/** undici's pool counts a connection as busy for good when it refuses a header itself. */
function assertHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
}

/** One request and its answer. */
type Exchange = {
  send(url: URL): Promise<OutboundResult>;
  /** Rejects what `send` promised, and lets go of the connection. */
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
            // Passed over; aborting it would take the connection with it.
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
            // Ends the connection, and with it the rest.
            given.abort(new Error('too long'));
          },
          onResponseEnd: settle,
          onResponseError(_controller, error) {
            const { code = '' }: NodeJS.ErrnoException = error;
            if (code === WRONG_LENGTH && answer.status !== 0) settle();
            // One that has not even been started may be repeated as well.
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

/** The server closed an idle connection while a request was on its way to it. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super('The idle connection was closed.', { cause });
  }
}

const CONNECTION_LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** A 204 that announces a body, for instance: its status stands. */
const WRONG_LENGTH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';

/** Names that operators know, for undici's own. */
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
