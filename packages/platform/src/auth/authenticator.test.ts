import { afterEach, describe, expect, test } from '@jest/globals';
import { generateApiKey } from '@calseta/common';
import {
  type ApiKeyRecord,
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from './authenticator.js';
import { requireScope, requireSource } from './principal.js';

type Made = ReturnType<typeof generateApiKey>;

const recordOf = (made: Made, changes: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id: made.id,
  name: 'a key',
  keyType: 'human',
  scopes: ['alerts:read'],
  allowedSources: null,
  urlTokenSource: null,
  secretHash: made.hash,
  expiresAt: null,
  revokedAt: null,
  ...changes,
});

const open: Authenticator[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => await one[Symbol.asyncDispose]()));
});

function setUp(records: ApiKeyRecord[], options: Partial<AuthenticatorOptions> = {}) {
  const clock = { ms: 1_000_000 };
  const store = new Map(records.map((record) => [record.id, record]));
  const asked: string[] = [];
  const touched: string[][] = [];
  const authenticator = createAuthenticator({
    findKey: async (id) => {
      asked.push(id);
      return await Promise.resolve(store.get(id) ?? null);
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
  return { authenticator, as, clock, store, asked, touched };
}

const refusal = (code: string): Error => expect.objectContaining({ code }) as unknown as Error;

describe('authenticate', () => {
  test('knows the holder of a good key', async () => {
    const made = generateApiKey();
    const { as } = setUp([recordOf(made)]);
    expect(await as(made.key)).toEqual({
      keyId: made.id,
      name: 'a key',
      keyType: 'human',
      scopes: ['alerts:read'],
      allowedSources: null,
      urlTokenSource: null,
    });
  });

  test('asks for a key when none was sent', async () => {
    const { authenticator } = setUp([]);
    await expect(authenticator.authenticate(undefined, '192.0.2.1')).rejects.toThrow(
      refusal('auth.missing'),
    );
  });

  test('refuses other schemes, malformed, unknown, revoked and expired keys alike', async () => {
    const [revoked, expired, unknown, other] = [
      generateApiKey(),
      generateApiKey(),
      generateApiKey(),
      generateApiKey(),
    ];
    const { authenticator, as } = setUp(
      [
        recordOf(revoked, { revokedAt: new Date(1) }),
        recordOf(expired, { expiresAt: new Date(1_000_000) }),
      ],
      { failureLimits: { burst: 50, refillPerSecond: 1, maxAddresses: 9 } },
    );
    for (const key of [
      revoked.key,
      expired.key,
      unknown.key,
      'cai_short',
      `${other.key}x`,
      'x'.repeat(600),
    ]) {
      await expect(as(key)).rejects.toThrow(refusal('auth.invalid'));
    }
    await expect(authenticator.authenticate('Basic dTpw', '192.0.2.1')).rejects.toThrow(
      refusal('auth.invalid'),
    );
  });

  test('refuses the id of one key with the secret of another', async () => {
    const [mine, theirs] = [generateApiKey(), generateApiKey()];
    const { as } = setUp([recordOf(mine), recordOf(theirs)]);
    await expect(as(`cai_${mine.id}_${theirs.key.slice(-43)}`)).rejects.toThrow(
      refusal('auth.invalid'),
    );
  });

  test('asks the store once for many requests at once, and again after the time of its cache', async () => {
    const made = generateApiKey();
    const { as, asked, clock } = setUp([recordOf(made)]);
    await Promise.all(Array.from({ length: 100 }, async () => await as(made.key)));
    expect(asked).toHaveLength(1);
    clock.ms += 1_600;
    await as(made.key);
    expect(asked).toHaveLength(2);
  });

  test('a revocation is effective within 2 s, also one that happened during the look-up', async () => {
    const made = generateApiKey();
    const { as, clock, store } = setUp([], {});
    store.set(made.id, recordOf(made));
    await as(made.key);
    store.set(made.id, recordOf(made, { revokedAt: new Date() }));
    clock.ms += 2_000;
    await expect(as(made.key)).rejects.toThrow(refusal('auth.invalid'));
  });

  test('a new key is known within 2 s of having been unknown', async () => {
    const made = generateApiKey();
    const { as, clock, store } = setUp([]);
    await expect(as(made.key)).rejects.toThrow(refusal('auth.invalid'));
    store.set(made.id, recordOf(made));
    clock.ms += 2_000;
    expect((await as(made.key)).keyId).toBe(made.id);
  });

  test('passes an outage of the store on, and does not count it as a failure', async () => {
    const made = generateApiKey();
    const { as } = setUp([], { findKey: async () => await Promise.reject(new Error('away')) });
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

describe('the limit of failures', () => {
  test('lets exactly the burst fail, then answers 429 without a look-up', async () => {
    const { as, asked } = setUp([]);
    for (let round = 0; round < 5; round += 1) {
      await expect(as(generateApiKey().key)).rejects.toThrow(refusal('auth.invalid'));
    }
    await expect(as(generateApiKey().key)).rejects.toMatchObject({
      code: 'auth.rate_limited',
      retryAfterSeconds: 1,
    });
    expect(asked).toHaveLength(5);
  });

  test('bounds guesses in parallel as well', async () => {
    const { as, asked } = setUp([]);
    await Promise.allSettled(
      Array.from({ length: 200 }, async () => await as(generateApiKey().key)),
    );
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  test('counts malformed keys too', async () => {
    const { as } = setUp([]);
    for (let round = 0; round < 5; round += 1)
      await expect(as('nonsense')).rejects.toThrow(refusal('auth.invalid'));
    await expect(as('nonsense')).rejects.toThrow(refusal('auth.rate_limited'));
  });

  test('slows neither a key that was good before nor another address', async () => {
    const [known, fresh] = [generateApiKey(), generateApiKey()];
    const { as, clock } = setUp([recordOf(known), recordOf(fresh)]);
    await as(known.key);
    await Promise.allSettled(Array.from({ length: 50 }, async () => await as('nonsense')));
    clock.ms += 1;
    expect((await as(known.key)).keyId).toBe(known.id);
    expect((await as(fresh.key, '192.0.2.2')).keyId).toBe(fresh.id);
  });

  test('forgives with time', async () => {
    const made = generateApiKey();
    const { as, clock } = setUp([recordOf(made)]);
    await Promise.allSettled(Array.from({ length: 50 }, async () => await as('nonsense')));
    await expect(as(made.key)).rejects.toThrow(refusal('auth.rate_limited'));
    clock.ms += 1_000;
    expect((await as(made.key)).keyId).toBe(made.id);
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
});
