import { createSingleFlight } from '@calseta/async';
import { LRUCache } from 'lru-cache';

type AlertRevision = { alertId: string; revision: number };

/** The bodies of pushes, as the bytes that are signed and sent: written once for an alert's revision, shared by its agents and near retries. */
export interface Payloads {
  put(alert: AlertRevision, body: string): void;
  /** Undefined when the alert is gone. */
  get(alert: AlertRevision): Promise<Uint8Array | undefined>;
}

export type PayloadsOptions = {
  /** Loads the alert and writes its body anew. */
  write: (alertId: string) => Promise<string | undefined>;
  maxBytes: number;
  /** After which a retry tells of the alert as it is by then. */
  maxAgeMs: number;
};

/** Keeps recent bodies within a bound of memory; one that was dropped is written again when needed. */
export function createPayloads({ write, maxBytes, maxAgeMs }: PayloadsOptions): Payloads {
  const cache = new LRUCache<string, Uint8Array>({
    maxSize: maxBytes,
    sizeCalculation: (body) => body.byteLength,
    ttl: maxAgeMs,
  });
  const writing = createSingleFlight<string, Uint8Array | undefined>();
  const keyOf = ({ alertId, revision }: AlertRevision) => `${alertId}:${revision}`;

  const writeOnce = async (alert: AlertRevision): Promise<Uint8Array | undefined> => {
    const key = keyOf(alert);
    const body = await writing.run(key, async () => await encode(write(alert.alertId)));
    if (body !== undefined) cache.set(key, body);
    return body;
  };

  return {
    put: (alert, body) => void cache.set(keyOf(alert), Buffer.from(body)),
    get: async (alert) => cache.get(keyOf(alert)) ?? (await writeOnce(alert)),
  };
}

async function encode(written: Promise<string | undefined>): Promise<Uint8Array | undefined> {
  const body = await written;
  return body === undefined ? undefined : Buffer.from(body);
}
