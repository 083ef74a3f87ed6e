import { validateHeaderValue } from 'node:http';
import { type Dispatcher } from 'undici';
import { type EgressGuard, EgressBlockedError } from './egress-guard.js';
import { explainFailure } from './explain-failure.js';
import { DEFAULT_POOL_LIMITS, type PoolLimits } from './guarded-agents.js';
import { type OpenTunnel } from './proxy-tunnel.js';
import { readAnswerText } from './read-answer-text.js';
import { createTlsPools, type TlsIdentity, type TlsPool } from './tls-pools.js';

export type OutboundRequest = {
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** From the call to the status of the response, including DNS and connecting; its body has MAX_BODY_MS besides. */
  timeoutMs: number;
  /** Limit of the body, packed and unpacked; the rest is not read. */
  maxResponseBytes: number;
  /** Whom to trust and as whom to appear where the URL is https; the defaults where it is left out. */
  tls?: TlsIdentity | undefined;
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
      /** What was wrong with the body; the status holds all the same. */
      note?: string | undefined;
    }
  /** `interrupted`: a reused connection ended without an answer; the request may have arrived. */
  | { kind: 'unreachable' | 'timeout' | 'blocked' | 'interrupted'; error: string };

type Response = Extract<OutboundResult, { kind: 'response' }>;

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

/** A body that has not ended so long after the status is left where it is. */
const MAX_BODY_MS = 2_000;

/** What is sent besides the headers. */
type Content = { method: 'GET' | 'POST'; body: OutboundRequest['body'] | null };
type Frame = Omit<OutboundRequest, 'body'>;

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

type Exchange = {
  send(url: URL): Promise<OutboundResult>;
  /** Rejects the promise of `send`, and releases the connection; an answer whose status is known counts. */
  cut(reason: Error): void;
};

type Answer = {
  begin(status: number, headers: ResponseHeaders): void;
  add(chunk: Buffer): void;
  /** The result, with as much of the body as came. */
  end(note?: string): void;
  hasStatus(): boolean;
};

/** Collects an answer; `leave` drops the rest of a body that is too long or takes too long. */
function collectAnswer(
  maxBytes: number,
  resolve: (result: Promise<OutboundResult>) => void,
  leave: () => void,
): Answer {
  let head: Pick<Response, 'status' | 'headers'> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (note?: string): void => {
    clearTimeout(timer);
    if (head) resolve(toResponse(head, Buffer.concat(chunks), { maxBytes, note }));
  };
  return {
    begin(status, headers) {
      head = { status, headers };
      timer = setTimeout(() => {
        end(`its body had not ended after ${MAX_BODY_MS} ms`);
        leave();
      }, MAX_BODY_MS);
    },
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= maxBytes) return;
      end();
      leave();
    },
    end,
    hasStatus: () => head !== undefined,
  };
}

function createExchange(
  { agent, connector }: TlsPool,
  { headers, maxResponseBytes }: Frame,
  { method, body }: Content,
): Exchange {
  let controller: Dispatcher.DispatchController | undefined;
  let cutFor: Error | undefined;
  let onCut: ((reason: Error) => void) | undefined;

  const attempt = async (url: URL) =>
    await new Promise<OutboundResult>((resolve, reject) => {
      let isFirstOnConnection = false;
      let isAnswered = false;
      let isStarted = false;
      const leave = (): void => controller?.abort(new Error('enough'));
      const answer = collectAnswer(maxResponseBytes, resolve, leave);
      onCut = (reason) => {
        if (answer.hasStatus()) answer.end('its body had not ended when its time was over');
        else reject(reason);
      };
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
            isStarted = true;
          },
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells of a 100 or a 101
          onResponseStarted() {
            isAnswered = true;
          },
          onResponseStart(_controller, status, answered) {
            if (status >= 200) answer.begin(status, answered);
          },
          onResponseData(_controller, chunk) {
            answer.add(chunk);
          },
          onResponseEnd: () => answer.end(),
          onResponseError(_controller, error) {
            const { code = '' }: NodeJS.ErrnoException = error;
            if (answer.hasStatus()) answer.end(`its body broke off: ${explainFailure(error)}`);
            else if (!isFirstOnConnection && !isAnswered && CONNECTION_LOST.has(code))
              reject(new StaleConnection(error, isStarted));
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
        const mayRepeat =
          error instanceof StaleConnection && (method === 'GET' || !error.isStarted) && !cutFor;
        if (!mayRepeat) throw error;
      }
      return await attempt(url);
    },
    cut(reason) {
      cutFor = reason;
      onCut?.(reason);
      controller?.abort(reason);
    },
  };
}

async function toResponse(
  head: Pick<Response, 'status' | 'headers'>,
  bytes: Buffer,
  { maxBytes, note }: { maxBytes: number; note: string | undefined },
): Promise<OutboundResult> {
  const encoding = head.headers['content-encoding'];
  const read = await readAnswerText(bytes.subarray(0, maxBytes), encoding, maxBytes);
  return {
    kind: 'response',
    status: head.status,
    headers: head.headers,
    body: read.body,
    truncated: bytes.length > maxBytes || read.truncated,
    note: note ?? read.note,
  };
}

/** The server closed an idle connection while a request was being sent on it. */
class StaleConnection extends Error {
  /** Whether some of the request may have arrived. */
  readonly isStarted: boolean;

  constructor(cause: Error, isStarted: boolean) {
    super('The idle connection was closed.', { cause });
    this.isStarted = isStarted;
  }
}

const CONNECTION_LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

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
