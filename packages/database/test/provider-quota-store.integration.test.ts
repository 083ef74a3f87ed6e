import { testDatabase, type TestDatabase } from '@calseta/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database } from '../src/core/database.js';
import {
  createProviderQuotaStore,
  type ProviderQuotaStore,
  type QuotaRequest,
  type Reservation,
  WINDOW_MARGIN_MS,
} from '../src/enrichment/provider-quota-store.js';
import { type ProviderQuota } from '../src/enrichment/provider-settings-store.js';
import { createWaitingLookupStore } from '../src/pipeline/enrichment/waiting-lookup-store.js';
import { openTestDatabase } from './with-database.js';

let testDb: TestDatabase;
let replicas: Database[];
let quotas: ProviderQuotaStore[];

beforeAll(async () => {
  testDb = await testDatabase();
  replicas = await Promise.all([1, 2, 3].map(async () => await openTestDatabase(testDb.url)));
  quotas = replicas.map((database) => createProviderQuotaStore(database));
});
beforeEach(async () => {
  await replicas[0]?.query('TRUNCATE provider_requests, provider_gates, provider_lookups');
});
afterAll(async () => {
  for (const database of replicas) await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const FOUR_A_MINUTE = { limit: 4, windowSeconds: 60 };

const reserve = async (
  replica: number,
  {
    units = 1,
    limits = [FOUR_A_MINUTE],
    providerName = 'p',
    ...turn
  }: Partial<Pick<QuotaRequest, 'units' | 'providerName' | 'turn'>> & {
    limits?: ProviderQuota[];
  } = {},
) =>
  await quotas[replica % 3]!.reserve({
    providerName,
    units,
    quotas: limits,
    holdMs: 1_000,
    ...turn,
  });

/** Seconds until there is room. */
const waitOf = (reservation: Reservation): number | undefined =>
  'freeInMs' in reservation ? reservation.freeInMs / 1_000 : undefined;

/** Moves the recorded requests into the past. */
const passTime = async (seconds: number) =>
  await replicas[0]?.query(
    'UPDATE provider_requests SET sent_at = sent_at - make_interval(secs => $1)',
    [seconds],
  );

describe('the quota of a provider', () => {
  test('is never exceeded by replicas that ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => await reserve(index)),
    );
    expect(answers.filter(({ isGranted }) => isGranted)).toHaveLength(4);
  });

  test('counts each window, and says when there is room again', async () => {
    const limits = [FOUR_A_MINUTE, { limit: 6, windowSeconds: 3_600 }];
    for (let index = 0; index < 4; index += 1) await reserve(index, { limits });
    const seconds = waitOf(await reserve(0, { limits }));
    expect(seconds).toBeGreaterThan(55);
    expect(seconds).toBeLessThan(62);
    await passTime(62);
    expect((await reserve(1, { limits })).isGranted).toBe(true);
    expect((await reserve(2, { limits })).isGranted).toBe(true);
    expect(waitOf(await reserve(0, { limits }))).toBeGreaterThan(3_000);
  });

  test('grants all units of a lookup, or none', async () => {
    await reserve(0, { units: 3 });
    expect((await reserve(1, { units: 2 })).isGranted).toBe(false);
    expect((await reserve(1, { units: 1 })).isGranted).toBe(true);
  });

  test('gets back what was not sent, and counts what was from when it left', async () => {
    const given = await reserve(0, { units: 4 });
    if (!given.isGranted) throw new Error('There was room.');
    await quotas[0]!.settle(given.ids, [given.at]);
    expect((await reserve(1, { units: 3 })).isGranted).toBe(true);
    expect((await reserve(1)).isGranted).toBe(false);
  });

  test('counts a reservation as if it left as late as it may', async () => {
    for (let index = 0; index < 4; index += 1) await reserve(index);
    // 59.8 s later the one-second hold is over, but not the window that starts after it.
    await passTime(59.8);
    expect((await reserve(0)).isGranted).toBe(false);
    await passTime(1.2 + WINDOW_MARGIN_MS / 1_000);
    expect((await reserve(0)).isGranted).toBe(true);
  });

  test('is left to lookups that wait, and spent once it is', async () => {
    const waiting = createWaitingLookupStore(replicas[0]!, { maxWaiting: 10 });
    const lookup = {
      providerName: 'p',
      type: 'ip',
      value: '45.155.1.1',
      configVersion: 1,
    } as const;
    await waiting.queue([{ ...lookup, isUrgent: false, takesKept: true, reason: 'It waits.' }]);
    expect(await reserve(0)).toEqual({ isGranted: false, isOthersTurn: true });
    for (let index = 0; index < 4; index += 1)
      expect(await reserve(index, { turn: 'urgent' })).toMatchObject({ isGranted: true });
    expect(waitOf(await reserve(0))).toBeGreaterThan(55);
  });

  test('belongs to one provider', async () => {
    for (let index = 0; index < 4; index += 1) await reserve(index);
    expect((await reserve(0, { providerName: 'other' })).isGranted).toBe(true);
  });

  test('is closed for all replicas while the provider wants to be left alone', async () => {
    await quotas[0]!.close('p', 30);
    await quotas[1]!.close('p', 1);
    expect(waitOf(await reserve(2))).toBeCloseTo(30, 0);
    await quotas[0]!.close('q', 0);
    expect((await reserve(0, { providerName: 'q' })).isGranted).toBe(true);
  });
});
