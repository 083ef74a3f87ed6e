import { timingSafeEqual } from 'node:crypto';
import { AppError, parseApiKey } from '@calseta/common';
import { LRUCache } from 'lru-cache';
import {
  createFailureLimiter,
  DEFAULT_FAILURE_LIMITS,
  type FailureLimits,
} from './failure-limiter.js';
import { type Principal } from './principal.js';

/** A stored key: whose it is, what it may do, and the SHA-256 of the whole key. */
export type ApiKeyRecord = Omit<Principal, 'keyId'> & {
  id: string;
  secretHash: Uint8Array;
  expiresAt: Date | null;
  revokedAt: Date | null;
};

export type AuthenticatorOptions = {
  findKey: (id: string) => Promise<ApiKeyRecord | null>;
  /** Told now and then which keys were used; a failure is not the request's. */
  touch?: (ids: string[]) => Promise<void>;
  onTouchError?: (error: unknown) => void;
  /** How long a key, or its absence, is believed; bounds how late a revocation takes effect. */
  cacheTtlMs?: number;
  touchIntervalMs?: number;
  failureLimits?: FailureLimits;
  nowMs?: () => number;
};

export interface Authenticator extends AsyncDisposable {
  /** The principal that the Authorization header proves; throws auth.* otherwise. */
  authenticate(authorization: string | undefined, clientAddress: string): Promise<Principal>;
}

export const KEY_CACHE_TTL_MS = 1_500;
const KEY_CACHE_MAX = 10_000;
/** Keys that were good lately are looked up even for an address that has failed too often. */
const KNOWN_GOOD_TTL_MS = 3_600_000;
const TOUCH_INTERVAL_MS = 30_000;
const MAX_HEADER_LENGTH = 512;
const BEARER = /^Bearer +(\S+) *$/i;

/** Checks API keys against a short-lived cache in front of the store. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const nowMs = options.nowMs ?? Date.now;
  const perf = { now: nowMs };
  const ttl = options.cacheTtlMs ?? KEY_CACHE_TTL_MS;
  const limiter = createFailureLimiter(options.failureLimits ?? DEFAULT_FAILURE_LIMITS, nowMs);
  const records = new LRUCache<string, { record: ApiKeyRecord | null }>({
    max: KEY_CACHE_MAX,
    ttl,
    perf,
    ttlResolution: 0,
  });
  const knownGood = new LRUCache<string, Uint8Array>({
    max: KEY_CACHE_MAX,
    ttl: KNOWN_GOOD_TTL_MS,
    perf,
  });
  const lookups = new Map<string, Promise<ApiKeyRecord | null>>();
  const used = createUseRecorder(options);

  async function find(id: string): Promise<ApiKeyRecord | null> {
    const cached = records.get(id);
    if (cached) return cached.record;
    const running = lookups.get(id);
    if (running) return await running;
    const start = nowMs();
    const lookup = options.findKey(id);
    lookups.set(id, lookup);
    try {
      const record = await lookup;
      // Counted from the question, not the answer: what was read may have changed since.
      records.set(id, { record }, { start });
      return record;
    } finally {
      lookups.delete(id);
    }
  }

  function refuse(clientAddress: string): never {
    limiter.take(clientAddress);
    throw new AppError('auth.invalid', 'The API key is unknown, revoked or expired.');
  }

  /** One token pays for one look-up, so that a burst of guesses in parallel is bounded as well. */
  async function findWithinLimit(id: string, hash: Uint8Array, address: string) {
    const known = knownGood.get(id);
    if (known && isEqual(known, hash)) return await find(id);
    const retryAfterSeconds = limiter.retryAfterSeconds(address);
    if (retryAfterSeconds > 0) throw tooManyFailures(retryAfterSeconds);
    if (records.has(id) || lookups.has(id)) return await find(id);
    limiter.take(address);
    try {
      return await find(id);
    } finally {
      limiter.giveBack(address);
    }
  }

  return {
    async authenticate(authorization, clientAddress) {
      if (authorization === undefined || authorization === '') {
        throw new AppError('auth.missing', 'Send an API key: Authorization: Bearer cai_…');
      }
      const parsed = authorization.length <= MAX_HEADER_LENGTH ? parseBearer(authorization) : null;
      if (!parsed) {
        const retryAfterSeconds = limiter.retryAfterSeconds(clientAddress);
        if (retryAfterSeconds > 0) throw tooManyFailures(retryAfterSeconds);
        return refuse(clientAddress);
      }
      const record = await findWithinLimit(parsed.id, parsed.hash, clientAddress);
      if (!record || !isEqual(record.secretHash, parsed.hash) || !isLive(record, nowMs())) {
        return refuse(clientAddress);
      }
      knownGood.set(parsed.id, parsed.hash);
      used.add(parsed.id);
      return toPrincipal(record);
    },
    async [Symbol.asyncDispose]() {
      await used.close();
    },
  };
}

function parseBearer(authorization: string) {
  const key = BEARER.exec(authorization)?.[1];
  return key === undefined ? null : parseApiKey(key);
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

const isLive = (record: ApiKeyRecord, now: number): boolean =>
  record.revokedAt === null && (record.expiresAt === null || record.expiresAt.getTime() > now);

const tooManyFailures = (retryAfterSeconds: number): AppError =>
  new AppError('auth.rate_limited', 'Too many failed authentications from this address.', {
    retryAfterSeconds,
  });

function toPrincipal({
  id,
  name,
  keyType,
  scopes,
  allowedSources,
  urlTokenSource,
}: ApiKeyRecord): Principal {
  return { keyId: id, name, keyType, scopes, allowedSources, urlTokenSource };
}

/** Collects which keys were used and reports them in batches. */
function createUseRecorder(options: AuthenticatorOptions) {
  const { touch } = options;
  const ids = new Set<string>();
  const flush = async (): Promise<void> => {
    if (!touch || ids.size === 0) return;
    const batch = [...ids];
    ids.clear();
    try {
      await touch(batch);
    } catch (error) {
      options.onTouchError?.(error);
    }
  };
  const timer = setInterval(() => void flush(), options.touchIntervalMs ?? TOUCH_INTERVAL_MS);
  timer.unref();
  return {
    add(id: string): void {
      if (ids.size < KEY_CACHE_MAX) ids.add(id);
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await flush();
    },
  };
}
