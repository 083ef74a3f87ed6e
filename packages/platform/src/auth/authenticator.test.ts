import { afterEach, describe, expect, test } from '@jest/globals';
import {
  generateApiKey,
  requireAccess,
  requireAgent,
  requireScope,
  requireSource,
  type Scope,
  SCOPES,
} from '@calseta/common';
import {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from './authenticator.js';
import { type ApiKeyRecord, KEYS_MAX_AGE_MS, KEYS_REFRESH_AFTER_MS } from './key-directory.js';

type Made = ReturnType<typeof generateApiKey>;

const recordOf = (made: Made, changes: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id: made.id,
  name: 'a key',
  keyType: 'human',
  principalId: 'Ada',
  createdBy: null,
  agentId: null,
  isShadow: false,
  scopes: ['alerts:read'],
  allowedSources: null,
  urlTokenSource: null,
  allowedNetworks: null,
  secretHash: made.hash,
  expiresAt: null,
  ...changes,
});

const open: Authenticator[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => await one[Symbol.asyncDispose]()));
});

const START_MS = 1_000_000;

function setUp(records: ApiKeyRecord[], options: Partial<AuthenticatorOptions> = {}) {
  const clock = { ms: START_MS };
  const store = { version: 1, live: new Map(records.map((record) => [record.id, record])) };
  /** Duration of one read. */
  const slow = { ms: 0 };
  /** Start times of the reads. */
  const readings: number[] = [];
  const touched: string[][] = [];
  const authenticator = createAuthenticator({
    readLiveKeys: async (knownVersion) => {
      readings.push(clock.ms);
      const version = String(store.version);
      // The keys as they are at the start of the read.
      const keys = [...store.live.values()];
      await Promise.resolve();
      clock.ms += slow.ms;
      return version === knownVersion ? undefined : { version, keys };
    },
    sleep: async (ms) => {
      clock.ms += ms;
      await Promise.resolve();
    },
    touch: async (ids) => {
      touched.push(ids);
      await Promise.resolve();
    },
    nowMs: () => clock.ms,
    failureLimits: { burst: 5, refillPerSecond: 1, maxAddresses: 100 },
    ...options,
  });
  open.push(authenticator);
  const as = async (key: string, address = '192.0.2.1') =>
    await authenticator.authenticate(`Bearer ${key}`, address);
  const change = (work: (live: Map<string, ApiKeyRecord>) => void) => {
    work(store.live);
    store.version += 1;
  };
  return { authenticator, as, clock, slow, change, readings, touched };
}

const refusal = (code: string): Error => expect.objectContaining({ code }) as unknown as Error;

/** Sends many guesses at once, each for another key; returns the results by error code. */
async function guess(as: (key: string) => Promise<unknown>, count: number, key?: () => string) {
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, async () => await as(key?.() ?? generateApiKey().key)),
  );
  const codes = outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'passed',
  );
  return (code: string) => codes.filter((one) => one === code).length;
}

describe('createAuthenticator', () => {
  test('tells whose key it is', async () => {
    const made = generateApiKey();
    const { as } = setUp([recordOf(made)]);
    expect(await as(made.key)).toEqual({
      keyId: made.id,
      name: 'a key',
      keyType: 'human',
      principalId: 'Ada',
      createdBy: null,
      agentId: null,
      isShadow: false,
      scopes: ['alerts:read'],
      allowedSources: null,
      urlTokenSource: null,
    });
  });

  test('lets a key in from its networks alone, and tells that only to who holds it', async () => {
    const made = generateApiKey();
    const allowedNetworks = ['10.1.0.0/16', '203.0.113.7', '2001:db8:a::/48'];
    const { as } = setUp([recordOf(made, { allowedNetworks })]);
    for (const address of ['10.1.255.255', '::ffff:10.1.0.1', '203.0.113.7', '2001:db8:a::9']) {
      await expect(as(made.key, address)).resolves.toMatchObject({ keyId: made.id });
    }
    for (const address of ['10.2.0.0', '203.0.113.8', '2001:db8:b::9', 'unknown']) {
      await expect(as(made.key, address)).rejects.toThrow(refusal('auth.network_not_allowed'));
      const wrong = `${made.key.slice(0, -4)}AAAA`;
      await expect(as(wrong, address)).rejects.toThrow(refusal('auth.invalid'));
    }
  });

  test('asks for a key when none was sent', async () => {
    const { authenticator } = setUp([]);
    await expect(authenticator.authenticate(undefined, '192.0.2.1')).rejects.toThrow(
      refusal('auth.missing'),
    );
  });

  test('refuses other schemes, malformed, unknown and expired keys alike', async () => {
    const [expired, unknown, other] = [generateApiKey(), generateApiKey(), generateApiKey()];
    const { authenticator, as } = setUp([recordOf(expired, { expiresAt: new Date(START_MS) })], {
      failureLimits: { burst: 50, refillPerSecond: 1, maxAddresses: 9 },
    });
    for (const key of [expired.key, unknown.key, 'cai_short', `${other.key}x`, 'x'.repeat(600)]) {
      await expect(as(key)).rejects.toThrow(refusal('auth.invalid'));
    }
    await expect(authenticator.authenticate('Basic dTpw', '192.0.2.1')).rejects.toThrow(
      refusal('auth.invalid'),
    );
  });

  test.each([
    ['Basic dTpw', 'The scheme "Basic" is not understood. Only "Authorization: Bearer cai_…" is'],
    [`Splunk ${generateApiKey().key}`, 'The scheme "Splunk" is not understood.'],
    [generateApiKey().key, 'The key has no "Bearer " before it.'],
    [`Bearer ${generateApiKey().key}`, 'The API key is unknown, revoked or expired.'],
    ['"><script>', 'The API key is unknown, revoked or expired.'],
  ])('says what is wrong with the header %p', async (header, message) => {
    const { authenticator } = setUp([]);
    await expect(authenticator.authenticate(header, '192.0.2.1')).rejects.toThrow(message);
  });

  test('lets a key expire at its time, without a reading', async () => {
    const made = generateApiKey();
    const { as, clock, readings } = setUp([
      recordOf(made, { expiresAt: new Date(START_MS + 500) }),
    ]);
    await as(made.key);
    clock.ms += 499;
    await as(made.key);
    clock.ms += 1;
    await expect(as(made.key)).rejects.toThrow(refusal('auth.invalid'));
    expect(readings).toEqual([START_MS]);
  });

  test('refuses the id of one key with the secret of another', async () => {
    const [mine, theirs] = [generateApiKey(), generateApiKey()];
    const { as } = setUp([recordOf(mine), recordOf(theirs)]);
    await expect(as(`cai_${mine.id}_${theirs.key.slice(-43)}`)).rejects.toThrow(
      refusal('auth.invalid'),
    );
  });

  test('reads the keys once for many requests at once, and once a second after that', async () => {
    const made = generateApiKey();
    const { as, readings, clock } = setUp([recordOf(made)]);
    const asMany = async () =>
      await Promise.all(Array.from({ length: 100 }, async () => await as(made.key)));
    await asMany();
    clock.ms += KEYS_REFRESH_AFTER_MS - 1;
    await asMany();
    expect(readings).toHaveLength(1);
    clock.ms += 1;
    await asMany();
    expect(readings).toHaveLength(2);
  });

  test('a revocation is effective within 2 s, also one that happened during a reading', async () => {
    const made = generateApiKey();
    const { as, clock, change, slow } = setUp([recordOf(made)]);
    slow.ms = 500;
    const first = as(made.key);
    change((live) => live.delete(made.id));
    await first;
    slow.ms = 0;
    clock.ms = START_MS + KEYS_REFRESH_AFTER_MS - 1;
    await as(made.key);
    clock.ms = START_MS + KEYS_MAX_AGE_MS;
    await expect(as(made.key)).rejects.toThrow(refusal('auth.invalid'));
    expect(KEYS_MAX_AGE_MS).toBeLessThan(2_000);
  });

  test('believes nothing that is too old, when the keys cannot be read', async () => {
    const made = generateApiKey();
    let isAway = false;
    const { as, clock } = setUp([], {
      readLiveKeys: async () =>
        await (isAway
          ? Promise.reject(new Error('away'))
          : Promise.resolve({ version: '1', keys: [recordOf(made)] })),
    });
    await as(made.key);
    isAway = true;
    clock.ms += KEYS_MAX_AGE_MS - 1;
    await as(made.key);
    clock.ms += 1;
    await expect(as(made.key)).rejects.toThrow('away');
    isAway = false;
    await as(made.key);
  });

  test('passes an outage of the store on, and does not count it as a failure', async () => {
    const made = generateApiKey();
    const { as } = setUp([], {
      readLiveKeys: async () => await Promise.reject(new Error('away')),
    });
    for (let round = 0; round < 10; round += 1) await expect(as(made.key)).rejects.toThrow('away');
  });

  test('reports used keys in one batch', async () => {
    const [a, b] = [generateApiKey(), generateApiKey()];
    const { as, authenticator, touched } = setUp([recordOf(a), recordOf(b)]);
    for (const key of [a.key, b.key, a.key]) await as(key);
    await authenticator[Symbol.asyncDispose]();
    expect(touched).toEqual([[a.id, b.id]]);
  });
});

describe('an unknown id', () => {
  test('is known as soon as it is made, by a reading that begins after its request', async () => {
    const made = generateApiKey();
    const { as, change, readings } = setUp([]);
    await expect(as(generateApiKey().key)).rejects.toThrow(refusal('auth.invalid'));
    const before = readings.length;
    change((live) => live.set(made.id, recordOf(made)));
    expect((await as(made.key)).keyId).toBe(made.id);
    expect(readings).toHaveLength(before + 1);
  });

  test('is not answered by a reading that was under way', async () => {
    const [used, made] = [generateApiKey(), generateApiKey()];
    const live = [recordOf(used)];
    const gates: (() => void)[] = [];
    const { as, clock } = setUp([], {
      readLiveKeys: async () => {
        const keys = [...live];
        await new Promise<void>((resolve) => gates.push(resolve));
        return { version: String(gates.length), keys };
      },
    });
    const first = as(used.key);
    gates[0]?.();
    await first;
    clock.ms += KEYS_REFRESH_AFTER_MS;
    await as(used.key);
    expect(gates).toHaveLength(2);
    live.push(recordOf(made));
    const known = as(made.key);
    for (let turn = 0; turn < 20; turn += 1) {
      gates.at(-1)?.();
      await Promise.resolve();
    }
    expect((await known).keyId).toBe(made.id);
    expect(gates).toHaveLength(3);
  });

  test('makes no reading of its own: at most one a second, whatever the number of guesses', async () => {
    const { as, clock, readings } = setUp([]);
    for (let round = 0; round < 5; round += 1) await guess(as, 40);
    const seconds = (clock.ms - START_MS) / 1_000;
    // The first read is not limited: the process has no keys yet.
    expect(readings.length).toBeLessThanOrEqual(seconds + 2);
    const gaps = readings.slice(2).map((at, index) => at - (readings[index + 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  test('waits in a bounded room: what finds none is told to come back, and may', async () => {
    const made = generateApiKey();
    const { as, change } = setUp([], { waitingLimits: { max: 8, maxPerNetwork: 6 } });
    const others = guess(async (key) => await as(key, '192.0.2.9'), 10);
    const [tooMany] = await Promise.all([guess(as, 10), others]);
    // Six wait for the first address, two for the other.
    expect([(await others)('auth.rate_limited'), tooMany('auth.invalid')]).toEqual([5, 2]);
    change((live) => live.set(made.id, recordOf(made)));
    expect((await as(made.key)).keyId).toBe(made.id);
  });
});

describe('the limit of failures', () => {
  test('lets exactly the burst fail, then answers 429', async () => {
    const { as, clock } = setUp([recordOf(generateApiKey())]);
    const outcome = await guess(as, 200);
    expect([outcome('auth.invalid'), outcome('auth.rate_limited')]).toEqual([5, 195]);
    clock.ms += 999;
    await expect(as('nonsense')).rejects.toMatchObject({
      code: 'auth.rate_limited',
      retryAfterSeconds: 1,
    });
  });

  test('counts malformed keys too', async () => {
    const { as } = setUp([]);
    const outcome = await guess(as, 6, () => 'nonsense');
    expect([outcome('auth.invalid'), outcome('auth.rate_limited')]).toEqual([5, 1]);
  });

  test('counts wrong secrets of a known id, and never refuses the right one', async () => {
    const made = generateApiKey();
    const { as, readings } = setUp([recordOf(made)]);
    const wrong = () => `cai_${made.id}_${generateApiKey().key.slice(-43)}`;
    await expect(as(wrong())).rejects.toThrow(refusal('auth.invalid'));
    const outcome = await guess(as, 50, wrong);
    expect([outcome('auth.invalid'), outcome('auth.rate_limited')]).toEqual([4, 46]);
    expect((await as(made.key)).keyId).toBe(made.id);
    expect(readings).toHaveLength(1);
  });

  test('slows no good key, whether used before or made since, at the address of the guesses', async () => {
    const [used, unused, later] = [generateApiKey(), generateApiKey(), generateApiKey()];
    const { as, change } = setUp([recordOf(used), recordOf(unused)]);
    await as(used.key);
    await guess(as, 50);
    expect((await as(used.key)).keyId).toBe(used.id);
    expect((await as(unused.key)).keyId).toBe(unused.id);
    const flood = guess(as, 100);
    change((live) => live.set(later.id, recordOf(later)));
    expect((await as(later.key)).keyId).toBe(later.id);
    expect((await flood)('auth.rate_limited')).toBeGreaterThan(90);
  });

  test('forgives with time', async () => {
    const { as, clock } = setUp([]);
    await guess(as, 50, () => 'nonsense');
    await expect(as('nonsense')).rejects.toThrow(refusal('auth.rate_limited'));
    clock.ms += 1_000;
    await expect(as('nonsense')).rejects.toThrow(refusal('auth.invalid'));
    await expect(as('nonsense')).rejects.toThrow(refusal('auth.rate_limited'));
  });

  test('counts a whole IPv6 /64 as one address', async () => {
    const { as } = setUp([]);
    for (let host = 1; host <= 5; host += 1) {
      await expect(as('nonsense', `2001:db8::${host}`)).rejects.toThrow(refusal('auth.invalid'));
    }
    await expect(as('nonsense', '2001:db8:0:0:ffff::1')).rejects.toThrow(
      refusal('auth.rate_limited'),
    );
    await expect(as('nonsense', '2001:db8:0:1::1')).rejects.toThrow(refusal('auth.invalid'));
  });
});

describe('requireSource', () => {
  const principal = {
    keyId: 'k',
    name: 'k',
    keyType: 'agent',
    principalId: 'agent:k',
    createdBy: null,
    agentId: null,
    isShadow: false,
    scopes: ['alerts:ingest'],
    allowedSources: null,
    urlTokenSource: null,
  } as const;

  test.each([
    [{ allowedSources: null }, true],
    [{ allowedSources: ['splunk'] }, true],
    [{ allowedSources: ['elastic'] }, false],
    [{ allowedSources: [] }, false],
    [{ urlTokenSource: 'splunk' }, true],
    [{ urlTokenSource: 'elastic' }, false],
  ])('with %j, splunk is allowed: %s', (changes, isAllowed) => {
    const act = () => requireSource({ ...principal, ...changes }, 'splunk');
    if (isAllowed) expect(act).not.toThrow();
    else expect(act).toThrow(refusal('auth.forbidden'));
  });

  test('requireScope refuses what the key does not hold', () => {
    expect(() => requireScope(principal, 'alerts:ingest')).not.toThrow();
    expect(() => requireScope(principal, 'alerts:read')).toThrow(refusal('auth.forbidden'));
  });

  test('requireScope refuses what changes something to an agent in shadow mode', () => {
    const shadow = { ...principal, isShadow: true, scopes: SCOPES };
    const allowed = SCOPES.filter((scope) => {
      try {
        requireScope(shadow, scope);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringContaining('shadow mode') });
        return false;
      }
    });
    expect(allowed).toEqual([
      'alerts:read',
      'findings:write',
      'enrichments:read',
      'workflows:read',
      'agents:read',
    ]);
  });

  test('requireAgent lets in the agent’s own keys, and those with the other scope', () => {
    const of = (agentId: string | null, scopes: Scope[] = ['alerts:read']) => ({
      ...principal,
      agentId,
      scopes,
    });
    expect(() => requireAgent(of('a'), 'a', 'admin')).not.toThrow();
    expect(() => requireAgent(of(null, ['admin']), 'a', 'admin')).not.toThrow();
    for (const other of [of('b'), of(null)]) {
      expect(() => requireAgent(other, 'a', 'admin')).toThrow(refusal('auth.forbidden'));
    }
  });

  test('requireAccess refuses keys of the other type', () => {
    const scope = principal.scopes[0];
    expect(() => requireAccess(principal, { scope, keyType: 'agent' })).not.toThrow();
    expect(() => requireAccess(principal, { scope, keyType: 'human' })).toThrow(
      refusal('auth.forbidden'),
    );
  });
});
