import { describe, expect, test } from '@jest/globals';
import { createBreaker } from '@calseta/async';
import { createAgentQueue } from './agent-queue.js';
import { type LeasedDelivery } from './leased-delivery.js';

const LEASE_MS = 1_000;

function setUp({ maxConcurrency = 1, maxQueued = 3, maxUrgentExtra = 2, rooms = Infinity } = {}) {
  const started: string[] = [];
  const givenBack: string[] = [];
  const finish = new Map<string, () => void>();
  const answer = new Map<string, () => void>();
  let capacityTold = 0;
  let time = 0;
  let onRoom: (() => void) | undefined;
  const breaker = createBreaker(
    { failureThreshold: 1, minOpenMs: 100, maxOpenMs: 100 },
    () => time,
  );
  const queue = createAgentQueue({
    limits: { maxQueued, maxUrgentExtra },
    breaker,
    maxConcurrency: () => maxConcurrency,
    reserveRoom: (_delivery, told) => {
      if (rooms === 0) {
        onRoom = told;
        return undefined;
      }
      rooms -= 1;
      return { resize: () => undefined, release: () => undefined };
    },
    attempt: async ({ id }, { onAnswered }) => {
      started.push(id);
      answer.set(id, onAnswered);
      await new Promise<void>((done) => finish.set(id, done));
    },
    giveBack: (deliveries) => givenBack.push(...idsOf(deliveries)),
    onCapacity: () => (capacityTold += 1),
    now: () => time,
  });
  const add = (id: string, severity: LeasedDelivery['severity'] = 'Low') =>
    queue.add(
      {
        id,
        leaseToken: 'token',
        leasedUntilMs: LEASE_MS,
        severity,
        agentId: 'a',
        alertId: 'a',
        revision: 1,
        attemptCount: 0,
        earlierAttempts: 0,
        openedAtMs: 0,
        receivedAt: new Date(),
      },
      { reserved: false },
    );
  const end = async (id: string) => {
    finish.get(id)?.();
    await new Promise((done) => setImmediate(done));
  };
  return {
    queue,
    breaker,
    started,
    givenBack,
    add,
    answer: async (id: string) => {
      answer.get(id)?.();
      await new Promise((done) => setImmediate(done));
    },
    end,
    capacityTold: () => capacityTold,
    giveRoom: (count: number) => {
      rooms += count;
      onRoom?.();
    },
    wait: (ms: number) => (time += ms),
  };
}

const idsOf = (deliveries: LeasedDelivery[]) => deliveries.map(({ id }) => id);

describe('createAgentQueue', () => {
  test('starts as many as the agent takes at a time, in order', async () => {
    const { started, add, end } = setUp({ maxConcurrency: 2 });
    for (const id of ['a', 'b', 'c', 'd']) add(id);
    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  test('keeps in order what waits for room for its body, and renews and gives back its lease', async () => {
    const { queue, breaker, started, givenBack, add, end, giveRoom } = setUp({
      maxConcurrency: 3,
      maxQueued: 10,
      rooms: 1,
    });
    for (const id of ['a', 'b', 'c', 'd']) add(id);
    add('urgent', 'Critical');
    expect(started).toEqual(['a']);
    expect(idsOf(queue.leased())).toEqual(['urgent', 'b', 'c', 'd', 'a']);
    giveRoom(1);
    expect(started).toEqual(['a', 'urgent']);
    breaker.failed();
    await end('a');
    expect(givenBack).toEqual(['b', 'c', 'd']);
    giveRoom(1);
    expect(started).toEqual(['a', 'urgent']);
  });

  test('starts none whose lease ran out while it waited for room', () => {
    const { started, add, giveRoom, wait } = setUp({ rooms: 0 });
    add('a');
    wait(LEASE_MS);
    giveRoom(1);
    expect(started).toEqual([]);
  });

  test('starts the next when the agent has answered, and waits when too many answers are not recorded', async () => {
    const { started, add, answer, end } = setUp({ maxConcurrency: 2, maxQueued: 10 });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) add(id);
    await answer('a');
    await answer('b');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    await answer('c');
    expect(started).toHaveLength(4);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
    await end('b');
    expect(started).toHaveLength(5);
    await answer('d');
    expect(started).toHaveLength(6);
  });

  test('gives back what waits as soon as an answer shows that the agent is away', async () => {
    const { breaker, givenBack, add, answer } = setUp();
    for (const id of ['a', 'b']) add(id);
    breaker.failed();
    await answer('a');
    expect(givenBack).toEqual(['b']);
  });

  test('starts urgent deliveries before those that waited longer', async () => {
    const { started, add, end } = setUp();
    add('first');
    add('low');
    add('high', 'High');
    await end('first');
    expect(started).toEqual(['first', 'high']);
  });

  test('reserves places up to its limit, and some more for urgent deliveries', () => {
    const { queue } = setUp();
    expect([1, 2, 3, 4].map(() => queue.reserve(false))).toEqual([true, true, true, false]);
    expect([1, 2, 3].map(() => queue.reserve(true))).toEqual([true, true, false]);
    queue.cancel();
    expect(queue.reserve(true)).toBe(true);
  });

  test('wants no more from Postgres than it has places, and nothing while its breaker is open', () => {
    const { queue, breaker } = setUp({ maxConcurrency: 4, maxQueued: 10 });
    expect(queue.claimLimit()).toBe(10);
    queue.reserve(false);
    expect(queue.claimLimit()).toBe(9);
    breaker.failed();
    expect(queue.claimLimit()).toBe(0);
    expect(queue.reserve(true)).toBe(false);
  });

  test('claims one probe once the breaker has waited, and no second beside it', () => {
    const { queue, breaker, started, add, wait } = setUp({ maxConcurrency: 4 });
    breaker.failed();
    expect([queue.claimLimit(), queue.isProbing()]).toEqual([0, false]);
    wait(100);
    expect([queue.claimLimit(), queue.isProbing()]).toEqual([1, true]);
    add('a');
    add('b');
    expect(started).toEqual(['a']);
    expect(queue.claimLimit()).toBe(0);
  });

  test('gives back what waits when the agent is left alone', async () => {
    const { queue, breaker, givenBack, started, add, end } = setUp();
    for (const id of ['a', 'b']) add(id);
    breaker.failed();
    await end('a');
    expect([started, givenBack, queue.leased()]).toEqual([['a'], ['b'], []]);
  });

  test('starts by severity, then by age', async () => {
    const { started, add, end } = setUp({ maxQueued: 10 });
    add('first');
    add('low 1', 'Low');
    add('high 1', 'High');
    add('critical', 'Critical');
    add('low 2', 'Low');
    add('high 2', 'High');
    for (const id of ['first', 'critical', 'high 1', 'high 2', 'low 1']) await end(id);
    expect(started).toEqual(['first', 'critical', 'high 1', 'high 2', 'low 1', 'low 2']);
  });

  test('asks for more when Postgres holds more, and not when it does not', async () => {
    const { queue, add, end, capacityTold } = setUp();
    queue.claimed(3, 3);
    add('a');
    await end('a');
    expect(capacityTold()).toBe(1);
    queue.claimed(2, 3);
    add('b');
    await end('b');
    expect(capacityTold()).toBe(1);
  });

  test('starts nothing whose lease is over, and asks for more', async () => {
    const { queue, started, add, end, capacityTold, wait } = setUp();
    for (const id of ['a', 'b', 'c']) add(id);
    queue.claimed(0, 1);
    wait(LEASE_MS - 1);
    await end('a');
    wait(1);
    await end('b');
    expect(started).toEqual(['a', 'b']);
    expect(queue.leased()).toEqual([]);
    expect(capacityTold()).toBe(1);
  });

  test('drops what was lost from its queues, and keeps what is under way', async () => {
    const { queue, started, add, end } = setUp();
    for (const id of ['a', 'b', 'c']) add(id);
    add('d', 'High');
    queue.drop(new Set(queue.leased().filter(({ id }) => id !== 'c')));
    expect(idsOf(queue.leased())).toEqual(['c', 'a']);
    await end('a');
    expect(started).toEqual(['a', 'c']);
  });

  test('once stopped, starts nothing, and settles with what was under way', async () => {
    const { queue, started, add, end } = setUp();
    add('a');
    add('b');
    expect(idsOf(queue.leased())).toEqual(['b', 'a']);
    expect(idsOf(queue.stop())).toEqual(['b']);
    expect(idsOf(queue.leased())).toEqual(['a']);
    const settled = queue.settled();
    await end('a');
    await settled;
    expect(started).toEqual(['a']);
    expect(queue.claimLimit()).toBe(0);
    expect(queue.reserve(true)).toBe(false);
  });
});
