import { describe, expect, test } from '@jest/globals';
import { type AlertMessage, newUuid } from '@calseta/common';
import { type StalledAlert, startSweeper } from './start-sweeper.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const aMessage = (): AlertMessage => ({
  schema_version: 1,
  message_id: newUuid(),
  type: 'alert.ingested',
  alert_id: newUuid(),
  revision: 1,
  lane: 'normal',
  occurred_at: '2026-03-01T10:00:00.000Z',
});

const aStalledAlert = (): StalledAlert => ({ message: aMessage(), traceparent: TRACEPARENT });

/**
 * A sweeper with an interval of a millisecond whose ports come from the test; the urgent lane is empty by default.
 * `until` resolves when its condition holds.
 */
function sweeperOver(world: {
  depth?: () => number;
  claim?: () => Promise<StalledAlert[]>;
  claimUrgent?: () => Promise<StalledAlert[]>;
  publish?: () => Promise<void>;
  intervalMs?: number;
}) {
  const seen = {
    claims: [] as number[],
    published: 0,
    depths: [] as number[],
    traces: [] as unknown[],
    swept: [] as number[],
    errors: [] as string[],
  };
  const sweeper = startSweeper({
    intervalMs: world.intervalMs ?? 1,
    batchSize: 10,
    claim: async (lane, limit) => {
      if (lane === 'urgent') return (await world.claimUrgent?.()) ?? [];
      seen.claims.push(limit);
      return (await world.claim?.()) ?? [aStalledAlert(), aStalledAlert()];
    },
    queueDepth: async (lane) => (lane === 'urgent' ? 0 : (world.depth?.() ?? 0)),
    publish: async (_message, options) => {
      seen.published += 1;
      seen.traces.push(options?.traceparent);
      await world.publish?.();
    },
    onLook: async (depth) => void seen.depths.push(depth),
    onError: (error) => seen.errors.push(error.message),
    onSwept: (count) => count > 0 && seen.swept.push(count),
  });
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { seen, sweeper, until };
}

describe('startSweeper', () => {
  test('publishes what it claims, time and again', async () => {
    const { seen, sweeper, until } = sweeperOver({});
    await until(() => seen.swept.length >= 2);
    await sweeper.drain();
    expect(seen.swept.slice(0, 2)).toEqual([2, 2]);
    expect(seen.claims[0]).toBe(10);
    expect(new Set(seen.traces)).toEqual(new Set([TRACEPARENT]));
  });

  test('claims nothing while more than a batch is queued', async () => {
    let looks = 0;
    const { seen, sweeper, until } = sweeperOver({
      depth: () => ((looks += 1), looks < 4 ? 11 : 10),
    });
    await until(() => seen.swept.length > 0);
    await sweeper.drain();
    expect(looks).toBeGreaterThanOrEqual(4);
    expect(seen.depths.slice(0, 4)).toEqual([11, 11, 11, 10]);
    expect(seen.claims.length).toBe(looks - 3);
  });

  test('sweeps the urgent lane while the normal one is full', async () => {
    const { seen, sweeper, until } = sweeperOver({
      depth: () => 11,
      claimUrgent: async () => [aStalledAlert()],
    });
    await until(() => seen.swept.length >= 2);
    await sweeper.drain();
    expect(seen.swept.slice(0, 2)).toEqual([1, 1]);
    expect(seen.claims).toEqual([]);
  });

  test('sweeps the urgent lane while the normal one cannot be swept', async () => {
    const { seen, sweeper, until } = sweeperOver({
      claim: async () => await Promise.reject(new Error('too slow')),
      claimUrgent: async () => [aStalledAlert()],
    });
    await until(() => seen.swept.length > 0 && seen.errors.length > 0);
    await sweeper.drain();
    expect(seen.errors[0]).toBe('too slow');
  });

  test('sweeps again at once after a full batch', async () => {
    const batches = [10, 10, 3];
    const { seen, sweeper, until } = sweeperOver({
      claim: async () => Array.from({ length: batches.shift() ?? 0 }, aStalledAlert),
      intervalMs: 1_000,
    });
    const startedAt = performance.now();
    await until(() => seen.swept.length === 3);
    const elapsedMs = performance.now() - startedAt;
    await sweeper.drain();
    expect(seen.swept).toEqual([10, 10, 3]);
    // Three full intervals, even with jitter, take longer.
    expect(elapsedMs).toBeLessThan(2_400);
  });

  test('reports an error and sweeps again', async () => {
    let claims = 0;
    const { seen, sweeper, until } = sweeperOver({
      claim: async () => {
        claims += 1;
        if (claims === 1) throw new Error('database away');
        return [aStalledAlert()];
      },
    });
    await until(() => seen.swept.length > 0);
    await sweeper.drain();
    expect(seen.errors).toEqual(['database away']);
  });

  test('counts only what was published, and reports the rest', async () => {
    let publishes = 0;
    const { seen, sweeper, until } = sweeperOver({
      publish: async () => {
        publishes += 1;
        if (publishes === 1) throw new Error('broker away');
      },
    });
    await until(() => seen.swept.length > 0);
    await sweeper.drain();
    expect(seen.swept[0]).toBe(1);
    expect(seen.errors).toEqual(['broker away']);
  });

  test('never overlaps itself, and waits for the sweep under way when drained', async () => {
    let running = 0;
    let most = 0;
    const { seen, sweeper, until } = sweeperOver({
      publish: async () => {
        most = Math.max(most, (running += 1));
        for (let turn = 0; turn < 50; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        running -= 1;
      },
      claim: async () => [aStalledAlert()],
    });
    await until(() => seen.swept.length >= 2 && running === 1);
    const sweptBefore = seen.swept.length;
    await sweeper.drain();
    expect(running).toBe(0);
    expect(seen.swept).toHaveLength(sweptBefore + 1);
    expect(most).toBe(1);
  });
});
