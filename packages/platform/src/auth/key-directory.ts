import { createSingleFlight, pause } from '@calseta/async';
import { type Principal } from '@calseta/common';

/** A live key: what it may do, and the SHA-256 of the whole key. */
export type ApiKeyRecord = Omit<Principal, 'keyId'> & {
  id: string;
  secretHash: Uint8Array;
  /** CIDRs that the key may be used from. Null: from anywhere. */
  allowedNetworks: readonly string[] | null;
  expiresAt: Date | null;
};

export type LiveKeys = {
  /** Configuration version; increases with every change of a key. */
  version: string;
  keys: readonly ApiKeyRecord[];
};

export type KeyDirectoryOptions = {
  /** All live keys; undefined when the configuration version is still `knownVersion`. */
  readLiveKeys: (knownVersion: string | undefined) => Promise<LiveKeys | undefined>;
  nowMs: () => number;
  sleep?: (ms: number) => Promise<void>;
};

/** Age from which keys are read again while the old ones stay in use. */
export const KEYS_REFRESH_AFTER_MS = 1_000;
/** Age at which keys are no longer used, so that a revocation takes effect within 2 s. */
export const KEYS_MAX_AGE_MS = 1_750;
/** Shortest time between two reads caused by unknown keys. */
export const UNKNOWN_KEYS_INTERVAL_MS = 1_000;

/** All live keys in memory, read again when the configuration version increases. */
export function createKeyDirectory({ readLiveKeys, nowMs, sleep = pause }: KeyDirectoryOptions) {
  let records: ReadonlyMap<string, ApiKeyRecord> = new Map();
  let version: string | undefined;
  /** Start of the last successful read; later changes may be missing. */
  let readAt = -Infinity;
  /** Numbers of the last read that started, and of the last one that succeeded. */
  let begun = 0;
  let ended = 0;
  let readForUnknownAt = -Infinity;
  let nextReading: Promise<void> | undefined;
  const readings = createSingleFlight<'keys', unknown>();

  async function readNow(): Promise<void> {
    const beganAt = nowMs();
    const mine = (begun += 1);
    const live = await readLiveKeys(version);
    if (live) {
      version = live.version;
      records = new Map(live.keys.map((record) => [record.id, record]));
    }
    readAt = beganAt;
    ended = mine;
  }

  const read = async () => await readings.run('keys', readNow);

  /** Waits for a read that starts after this call; concurrent callers share it. */
  async function readAnew(): Promise<void> {
    const waitMs = readForUnknownAt + UNKNOWN_KEYS_INTERVAL_MS - nowMs();
    // Always asynchronous: the caller must store this promise before it is cleared below.
    await (waitMs > 0 ? sleep(waitMs) : Promise.resolve());
    readForUnknownAt = nowMs();
    nextReading = undefined;
    // A read in progress may have started before the key was created.
    const wanted = begun + 1;
    while (ended < wanted) await read();
  }

  return {
    /** Finds a known key; throws when the keys in memory are too old and cannot be read again. */
    async find(id: string): Promise<ApiKeyRecord | undefined> {
      const ageMs = nowMs() - readAt;
      if (ageMs >= KEYS_MAX_AGE_MS) await read();
      else if (ageMs >= KEYS_REFRESH_AFTER_MS) read().catch(() => undefined);
      return records.get(id);
    },
    /** Reads again, for a key that another process may have just created. */
    async findAnew(id: string): Promise<ApiKeyRecord | undefined> {
      if (!records.has(id)) await (nextReading ??= readAnew());
      return records.get(id);
    },
  };
}
