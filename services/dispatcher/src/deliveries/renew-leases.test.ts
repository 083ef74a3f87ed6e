import { describe, expect, test } from '@jest/globals';
import { type LeasedDelivery } from './leased-delivery.js';
import { renewLeased } from './renew-leases.js';

const held = (id: string, leaseToken = 'first'): LeasedDelivery => ({
  id,
  leaseToken,
  leasedUntilMs: 0,
  agentId: 'a',
  alertId: 'a',
  revision: 1,
  attemptCount: 0,
  earlierAttempts: 0,
  openedAtMs: 0,
  severity: 'Low',
  receivedAt: new Date(),
});

describe('renewLeased', () => {
  test('prolongs what is still owned, and returns the rest', async () => {
    const [mine, lost] = [held('mine'), held('lost')];
    const before = performance.now();
    expect(
      await renewLeased([mine, lost], async () => await Promise.resolve(new Set(['mine'])), 1_000),
    ).toEqual(new Set([lost]));
    expect(mine.leasedUntilMs).toBeGreaterThanOrEqual(before + 1_000);
    expect(lost.leasedUntilMs).toBe(0);
  });

  test('counts the lease from before it was asked for', async () => {
    const mine = held('mine');
    let askedAt = 0;
    const ask = async () => {
      askedAt = performance.now();
      await new Promise((done) => setImmediate(done));
      return new Set(['mine']);
    };
    await renewLeased([mine], ask, 1_000);
    expect(mine.leasedUntilMs).toBeLessThanOrEqual(askedAt + 1_000);
  });

  test('leaves alone what was claimed anew while it asked', async () => {
    const mine = held('mine');
    const ask = async () => {
      Object.assign(mine, { leaseToken: 'second', leasedUntilMs: 5 });
      return await Promise.resolve(new Set<string>());
    };
    expect(await renewLeased([mine], ask, 1_000)).toEqual(new Set());
    expect(mine.leasedUntilMs).toBe(5);
  });
});
