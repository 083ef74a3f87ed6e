import { Agent, type Dispatcher, request } from 'undici';
import { assertLoopback } from './assert-loopback.js';

export type ClientAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  durationMs: number;
};

export type ClientCall = {
  method: string;
  path: string;
  key?: string | undefined;
  headers?: Record<string, string>;
  /** Text and bytes are sent unchanged, anything else as JSON. */
  body?: unknown;
};

/** A well-behaved HTTP client with its own local address. */
export type Client = AsyncDisposable & {
  /** Rejects when the connection breaks or no answer arrives in time. */
  call: (call: ClientCall) => Promise<ClientAnswer>;
};

const TIMEOUT_MS = 60_000;
/** Shorter than any server's keep-alive, so that no closed connection is reused. */
const IDLE_CONNECTION_MS = 1_000;

/** `from` is the local address, in 127.0.0.0/8: servers that count by address see each as another client. */
export function createClient(url: string, from: string, timeoutMs = TIMEOUT_MS): Client {
  assertLoopback(new URL(url).hostname);
  const agent = new Agent({
    localAddress: from,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
  });
  return {
    async call({ method, path, key, headers = {}, body }) {
      const startedAt = performance.now();
      const answer = await request(url + path, {
        dispatcher: agent,
        method: method as 'GET',
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: encode(body) }),
      });
      const text = await readText(answer);
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text,
        durationMs: performance.now() - startedAt,
      };
    },
    [Symbol.asyncDispose]: async () => await agent.destroy(),
  };
}

/** A stream of events does not end by itself; that it begins is its answer. */
async function readText({ headers, body }: Dispatcher.ResponseData): Promise<string> {
  if (!String(headers['content-type']).startsWith('text/event-stream')) return await body.text();
  body.on('error', () => undefined).destroy();
  return '';
}

const encode = (body: unknown): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
