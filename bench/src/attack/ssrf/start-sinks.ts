import { startWebhookSink, type WebhookSink } from '@calseta/testing';
import { ALLOWED_ADDRESS } from '../target/start-target.js';

/** Loopback addresses that the operator does not allow. */
export const FORBIDDEN_ADDRESSES = ['127.0.0.2', '::1'];

/** Servers at the same port of several addresses; agents may use one of them. */
export type Sinks = AsyncDisposable & {
  port: number;
  allowed: WebhookSink;
  /** Requests that reached a forbidden address, or the allowed one with a forbidden path. */
  forbidden: () => string[];
};

/** Prefix of paths that must never receive a request at any address. */
export const FORBIDDEN_PATH = '/forbidden';

export async function startSinks(): Promise<Sinks> {
  const allowed = await startWebhookSink(0, ALLOWED_ADDRESS);
  const port = Number(new URL(allowed.url).port);
  const others = await Promise.all(
    FORBIDDEN_ADDRESSES.map(async (host) => ({ host, sink: await startWebhookSink(port, host) })),
  );
  return {
    port,
    allowed,
    forbidden: () => [
      ...others.flatMap(({ host, sink }) => sink.requests.map(({ path }) => `${host}${path}`)),
      ...allowed.requests
        .filter(({ path }) => path.startsWith(FORBIDDEN_PATH))
        .map(({ path }) => `${ALLOWED_ADDRESS}${path}`),
    ],
    async [Symbol.asyncDispose]() {
      for (const sink of [allowed, ...others.map((other) => other.sink)]) await sink.close();
    },
  };
}
