import { createSingleFlight, pause } from '@calseta/async';
import { type Principal } from '@calseta/common';

/** A key that is neither revoked nor expired: what it may do, and the SHA-256 of the whole key. */
export type ApiKeyRecord = Omit<Principal, 'keyId'> & {
  id: string;
  secretHash: Uint8Array;
  expiresAt: Date | null;
};

export type LiveKeys = {
  /** Of the configuration; it grows with every change of a key. */
  version: string;
  keys: readonly ApiKeyRecord[];
};

export type KeyDirectoryOptions = {
  /** All live keys; undefined when the configuration still has `knownVersion`. */
  readLiveKeys: (knownVersion: string | undefined) => Promise<LiveKeys | undefined>;
  nowMs: () => number;
  sleep?: (ms: number) => Promise<void>;
};

/** From this age on, what was read is read again while it still serves. */
export const KEYS_REFRESH_AFTER_MS = 1_000;
/** Older than this it does not serve any more, so that a revocation is effective within 2 s. */
export const KEYS_MAX_AGE_MS = 1_750;
/** At most one reading in this time is made for the sake of unknown keys, however many they are. */
export const UNKNOWN_KEYS_INTERVAL_MS = 1_000;

/** All live keys in memory, read again when the version of the configuration has grown. */
export function createKeyDirectory({ readLiveKeys, nowMs, sleep = pause }: KeyDirectoryOptions) {
  let records: ReadonlyMap<string, ApiKeyRecord> = new Map();
  let version: string | undefined;
  /** When the last good reading began: a change after that may be missing. */
  let readAt = -Infinity;
  /** Numbers of the last reading that has begun, and of the last one that has ended well. */
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

  /** A reading that begins after this call; all that wait for it share it. */
  async function readAnew(): Promise<void> {
    const waitMs = readForUnknownAt + UNKNOWN_KEYS_INTERVAL_MS - nowMs();
    // In any case asynchronous: whoever asks has to note this promise before it is cleared below.
    await (waitMs > 0 ? sleep(waitMs) : Promise.resolve());
    readForUnknownAt = nowMs();
    nextReading = undefined;
    // One that is under way may have begun before the key was made.
    const wanted = begun + 1;
    while (ended < wanted) await read();
  }

  return {
    /** The key if it is known; fails when the keys can not be read and those in memory are too old. */
    async find(id: string): Promise<ApiKeyRecord | undefined> {
      const ageMs = nowMs() - readAt;
      if (ageMs >= KEYS_MAX_AGE_MS) await read();
      else if (ageMs >= KEYS_REFRESH_AFTER_MS) read().catch(() => undefined);
      return records.get(id);
    },
    /** Looks once more, for a key that may have been made a moment ago by another process. */
    async findAnew(id: string): Promise<ApiKeyRecord | undefined> {
      if (!records.has(id)) await (nextReading ??= readAnew());
      return records.get(id);
    },
  };
}
