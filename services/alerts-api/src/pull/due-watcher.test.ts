import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createDueWatcher } from './due-watcher.js';

const LIMITS = { perAgent: 2, perProcess: 3, pollIntervalMs: 5 };

function setUp() {
  const due = new Set<string>();
  const asked: string[][] = [];
  const watcher = createDueWatcher(
    {
      findDue: async (agentIds) => {
        asked.push([...agentIds]);
        return await Promise.resolve(new Set(agentIds.filter((id) => due.has(id))));
      },
    },
    LIMITS,
  );
  return { watcher, due, asked };
}

describe('createDueWatcher', () => {
  test('ends the waits of an agent that has a delivery, and asks once for all that wait', async () => {
    const { watcher, due, asked } = setUp();
    const first = watcher.wait('a', 10_000);
    const second = watcher.wait('a', 10_000);
    const other = watcher.wait('b', 50).then(() => 'over');
    due.add('a');
    await Promise.all([first, second]);
    expect(asked[0]).toEqual(['a', 'b']);
    expect(await other).toBe('over');
  });

  test('asks nothing while nobody waits', async () => {
    const { watcher, asked } = setUp();
    await watcher.wait('a', 1);
    const before = asked.length;
    await sleep(6 * LIMITS.pollIntervalMs);
    expect(asked.length - before).toBeLessThanOrEqual(1);
  });

  test('refuses more waits than an agent or a process may have', async () => {
    const { watcher } = setUp();
    const waits = [watcher.wait('a', 10_000), watcher.wait('a', 10_000)];
    await expect(watcher.wait('a', 1)).rejects.toMatchObject({ code: 'service.overloaded' });
    waits.push(watcher.wait('b', 10_000));
    await expect(watcher.wait('c', 1)).rejects.toMatchObject({ code: 'service.overloaded' });
    watcher.stop();
    await Promise.all(waits);
    await watcher.wait('a', 10_000);
  });
});
