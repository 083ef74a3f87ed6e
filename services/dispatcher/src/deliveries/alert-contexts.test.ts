import { WORKER_BATCHES } from '@calseta/async';
import { type Lane } from '@calseta/common';
import { type ContextBounds, type StoredAlertContext } from '@calseta/database';
import { createTelemetry } from '@calseta/platform';
import { describe, expect, test } from '@jest/globals';
import { type AlertContexts, createAlertContexts } from './alert-contexts.js';

const SMALL: ContextBounds = { maxBytes: 10, maxIndicators: 2 };
/** Batches that come one after the other: the small load, the weighing, the large load, and once more. */
const HOPS = 6;
/** Timers end in the order of their times, so each of these ends after the wait of a batch. */
async function turn() {
  for (let hop = 0; hop < HOPS; hop += 1)
    await new Promise((resolve) => setTimeout(resolve, WORKER_BATCHES.maxWaitMs + 1));
}

/** A store of alerts that weigh what is given. */
function setUp(bytesOf: Record<string, number>, { maxSmall = 10, maxLargeBytes = 100 } = {}) {
  const asked: string[] = [];
  const contextOf = (id: string) => ({ alert: { uuid: id } }) as StoredAlertContext;
  const { metrics } = createTelemetry({ service: 'dispatcher', logLevel: 'error' });
  const contexts = createAlertContexts({
    store: {
      loadContexts: async (ids, bounds) => {
        asked.push(`${bounds ? 'small' : 'all'}:${ids.join()}`);
        const isTaken = (id: string) =>
          id in bytesOf && (bytesOf[id] ?? 0) <= (bounds?.maxBytes ?? Infinity);
        return await Promise.resolve(ids.map((id) => (isTaken(id) ? contextOf(id) : undefined)));
      },
      weighContexts: async (ids) => {
        asked.push(`weigh:${ids.join()}`);
        return await Promise.resolve(ids.map((id) => bytesOf[id]));
      },
    },
    metrics,
    limits: { small: SMALL, maxSmall, batches: WORKER_BATCHES, maxLargeBytes },
  });
  const running = new Map<string, () => void>();
  const start = (
    alertId: string,
    lane: Lane = 'normal',
    purpose: keyof AlertContexts = 'forDispatch',
  ) =>
    contexts[purpose]({ alertId, lane }, async ({ alert }) => {
      await new Promise<void>((end) => running.set(alert.uuid, end));
      running.delete(alert.uuid);
      return alert.uuid;
    });
  const ids = () => [...running.keys()];
  return { start, ids, end: (id: string) => running.get(id)?.(), asked, metrics };
}

describe('createAlertContexts', () => {
  test('loads small alerts together, with nothing asked besides', async () => {
    const { start, ids, end, asked } = setUp({ a: 10, b: 1 });
    const runs = [start('a'), start('b')];
    await turn();
    expect([ids(), asked]).toEqual([['a', 'b'], ['small:a,b']]);
    ids().forEach(end);
    expect(await Promise.all(runs)).toEqual(['a', 'b']);
  });

  test('bounds how many small alerts are held at a time', async () => {
    const { start, ids, end } = setUp({ a: 1, b: 1, c: 1 }, { maxSmall: 2 });
    const runs = [start('a'), start('b'), start('c')];
    await turn();
    expect(ids()).toEqual(['a', 'b']);
    end('a');
    await turn();
    expect(ids()).toEqual(['b', 'c']);
    ids().forEach(end);
    await Promise.all(runs);
  });

  test('weighs a larger one, and lets it wait until others are rendered', async () => {
    const { start, ids, end, metrics } = setUp({ a: 60, b: 40, c: 11, d: 1 });
    const runs = [start('a'), start('b'), start('c'), start('d')];
    await turn();
    expect(ids()).toEqual(['d', 'a', 'b']);
    expect(await metrics.registry.metrics()).toContain('calseta_alert_contexts_held_total 1');
    end('b');
    await turn();
    expect(ids()).toEqual(['d', 'a', 'c']);
    ids().forEach(end);
    await Promise.all(runs);
  });

  test('lets urgent alerts and pushes not wait for new normal ones', async () => {
    const { start, ids, end } = setUp({ a: 100, b: 11, c: 11, d: 11 });
    const runs = [start('a')];
    await turn();
    runs.push(start('b'), start('c', 'urgent'), start('d', 'normal', 'forPush'));
    await turn();
    expect(ids()).toEqual(['a', 'c', 'd']);
    end('a');
    await turn();
    expect(ids()).toEqual(['c', 'd', 'b']);
    ids().forEach(end);
    await Promise.all(runs);
  });

  test('has one in memory of those that are larger than all places', async () => {
    const { start, ids, end } = setUp({ a: 101, b: 101, c: 101, d: 100 });
    const runs = [start('a')];
    await turn();
    runs.push(start('b', 'normal', 'forPush'), start('c', 'urgent'), start('d'));
    await turn();
    expect(ids()).toEqual(['a', 'd']);
    for (const id of ['a', 'b']) {
      end(id);
      await turn();
    }
    expect(ids()).toEqual(['d', 'c']);
    ids().forEach(end);
    await Promise.all(runs);
  });

  test('does nothing with an alert that is gone', async () => {
    const { start, asked } = setUp({});
    expect(await start('a')).toBeUndefined();
    expect(asked).toEqual(['small:a', 'weigh:a']);
  });
});
