import { timingSafeEqual } from 'node:crypto';
import { repeat } from '@calseta/async';
import { AppError, MAX_LIVE_API_KEYS, parseApiKey, type Principal } from '@calseta/common';
import { isInNetworks } from './is-in-networks.js';
import {
  createFailureLimiter,
  DEFAULT_FAILURE_LIMITS,
  type FailureLimits,
} from './failure-limiter.js';
import {
  type ApiKeyRecord,
  createKeyDirectory,
  type KeyDirectoryOptions,
} from './key-directory.js';

import {
  createWaitingRoom,
  DEFAULT_WAITING_LIMITS,
  type WaitingRoomLimits,
} from './waiting-room.js';

export type AuthenticatorOptions = Pick<KeyDirectoryOptions, 'readLiveKeys' | 'sleep'> & {
  /** Called from time to time with the keys that were used; a failure does not fail the request. */
  touch?: (ids: string[]) => Promise<void>;
  onTouchError?: (error: unknown) => void;
  touchIntervalMs?: number;
  failureLimits?: FailureLimits;
  waitingLimits?: WaitingRoomLimits;
  nowMs?: () => number;
};

export interface Authenticator extends AsyncDisposable {
  /** Returns the principal of the Authorization header; throws auth.* otherwise. */
  authenticate(authorization: string | undefined, clientAddress: string): Promise<Principal>;
}

const TOUCH_INTERVAL_MS = 30_000;
const MAX_HEADER_LENGTH = 512;
const BEARER = /^Bearer +(\S+) *$/i;
/** Suggested retry delay when too many requests wait; the keys are read again within it. */
const NO_ROOM_RETRY_SECONDS = 1;

/**
 * Checks API keys against those in memory. A valid key costs one hash and never counts against the limit, so that
 * guessing cannot lock out its owner; wrong secrets and unknown ids count against the limit of their address.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  // Ages use a monotonic clock, so that setting the clock back does not matter; only expiry uses calendar time.
  const ageMs = options.nowMs ?? (() => performance.now());
  const nowMs = options.nowMs ?? Date.now;
  const limiter = createFailureLimiter(options.failureLimits ?? DEFAULT_FAILURE_LIMITS, ageMs);
  const waitingRoom = createWaitingRoom(options.waitingLimits ?? DEFAULT_WAITING_LIMITS);
  const keys = createKeyDirectory({ ...options, nowMs: ageMs });
  const used = createUseRecorder(options);

  async function find(id: string, clientAddress: string): Promise<ApiKeyRecord | undefined> {
    const known = await keys.find(id);
    if (known) return known;
    const found = await waitingRoom.enter(clientAddress, async () => await keys.findAnew(id));
    if (!found) throw tooManyFailures(NO_ROOM_RETRY_SECONDS);
    return found.result;
  }

  function refuse(clientAddress: string, why = UNKNOWN_KEY): never {
    const retryAfterSeconds = limiter.take(clientAddress);
    if (retryAfterSeconds > 0) throw tooManyFailures(retryAfterSeconds);
    throw new AppError('auth.invalid', why);
  }

  return {
    async authenticate(authorization, clientAddress) {
      if (authorization === undefined || authorization === '') {
        throw new AppError('auth.missing', 'Send an API key: Authorization: Bearer cai_…');
      }
      const parsed = authorization.length <= MAX_HEADER_LENGTH ? parseBearer(authorization) : null;
      if (!parsed) return refuse(clientAddress, misusedScheme(authorization));
      const record = await find(parsed.id, clientAddress);
      if (!record || !isEqual(record.secretHash, parsed.hash) || hasExpired(record, nowMs())) {
        return refuse(clientAddress);
      }
      // Told only to those who hold the key.
      requireNetwork(record, clientAddress);
      used.add(record.id);
      return toPrincipal(record);
    },
    async [Symbol.asyncDispose]() {
      await used.close();
    },
  };
}

const UNKNOWN_KEY = 'The API key is unknown, revoked or expired.';
const SCHEME = /^(?<scheme>[A-Za-z][A-Za-z-]{0,19})(?: |$)/;
const HOW =
  'Only "Authorization: Bearer cai_…" is understood. A sender that cannot set it uses a URL token: ' +
  'POST /v1/sources/{name}/url-tokens.';

/** What to send instead of a missing header or another scheme. */
function misusedScheme(authorization: string): string {
  if (authorization.startsWith('cai_')) return `The key has no "Bearer " before it. ${HOW}`;
  const scheme = SCHEME.exec(authorization)?.groups?.['scheme'];
  if (scheme === undefined || scheme.toLowerCase() === 'bearer') return UNKNOWN_KEY;
  return `The scheme "${scheme}" is not understood. ${HOW}`;
}

function parseBearer(authorization: string) {
  const key = BEARER.exec(authorization)?.[1];
  return key === undefined ? null : parseApiKey(key);
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

const hasExpired = ({ expiresAt }: ApiKeyRecord, now: number): boolean =>
  expiresAt !== null && expiresAt.getTime() <= now;

function requireNetwork({ allowedNetworks }: ApiKeyRecord, clientAddress: string): void {
  if (allowedNetworks === null || isInNetworks(clientAddress, allowedNetworks)) return;
  throw new AppError(
    'auth.network_not_allowed',
    `The API key may not be used from ${clientAddress}; see its \`allowed_networks\`.`,
  );
}

const tooManyFailures = (retryAfterSeconds: number): AppError =>
  new AppError('auth.rate_limited', 'Too many failed authentications from this address.', {
    retryAfterSeconds,
  });

function toPrincipal({
  id,
  name,
  keyType,
  principalId,
  createdBy,
  agentId,
  isShadow,
  scopes,
  allowedSources,
  urlTokenSource,
}: ApiKeyRecord): Principal {
  return {
    keyId: id,
    name,
    keyType,
    principalId,
    createdBy,
    agentId,
    isShadow,
    scopes,
    allowedSources,
    urlTokenSource,
  };
}

/** Collects the keys that were used and reports them in batches. */
function createUseRecorder(options: AuthenticatorOptions) {
  const { touch, touchIntervalMs = TOUCH_INTERVAL_MS, onTouchError = () => undefined } = options;
  const ids = new Set<string>();
  const flush = async (): Promise<void> => {
    if (!touch || ids.size === 0) return;
    const batch = [...ids];
    ids.clear();
    await touch(batch);
  };
  const flushing = repeat({
    intervalMs: () => touchIntervalMs,
    work: flush,
    onError: onTouchError,
  });
  return {
    add(id: string): void {
      if (ids.size < MAX_LIVE_API_KEYS) ids.add(id);
    },
    async close(): Promise<void> {
      await flushing.stop();
      await flush().catch(onTouchError);
    },
  };
}
