import { createSingleFlight } from '@calseta/async';
import { LRUCache } from 'lru-cache';

type AlertRevision = { alertId: string; revision: number };

/**
 * The bodies of pushes as bytes: rendered once for an alert's revision, for all its agents and for retries soon
 * after.
 */
export interface Payloads {
  put(alert: AlertRevision, body: string): void;
  /** Undefined when the alert is gone. */
  get(alert: AlertRevision): Promise<Uint8Array | undefined>;
}

export type PayloadsOptions = {
  /** Loads the alert and renders its body. */
  render: (alert: AlertRevision) => Promise<string | undefined>;
  maxBytes: number;
  /** Older bodies are rendered again from the alert as it is by then. */
  maxAgeMs: number;
};

/** Keeps recent bodies in bounded memory; a body that was dropped is rendered again when needed. */
export function createPayloads({ render, maxBytes, maxAgeMs }: PayloadsOptions): Payloads {
  const cache = new LRUCache<string, Uint8Array>({
    maxSize: maxBytes,
    sizeCalculation: (body) => body.byteLength,
    ttl: maxAgeMs,
  });
  const rendering = createSingleFlight<string, Uint8Array | undefined>();
  const keyOf = ({ alertId, revision }: AlertRevision) => `${alertId}:${revision}`;

  const renderOnce = async (alert: AlertRevision): Promise<Uint8Array | undefined> => {
    const key = keyOf(alert);
    const body = await rendering.run(key, async () => await encode(render(alert)));
    if (body !== undefined) cache.set(key, body);
    return body;
  };

  return {
    put: (alert, body) => void cache.set(keyOf(alert), Buffer.from(body)),
    get: async (alert) => cache.get(keyOf(alert)) ?? (await renderOnce(alert)),
  };
}

async function encode(rendered: Promise<string | undefined>): Promise<Uint8Array | undefined> {
  const body = await rendered;
  return body === undefined ? undefined : Buffer.from(body);
}
