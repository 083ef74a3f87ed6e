import { describe, expect, test } from '@jest/globals';
import { type AttemptPlace } from './agent-attempts.js';
import { createAgentQueues } from './agent-queues.js';
import { type LeasedDelivery } from './leased-delivery.js';

const nextTurn = async () => await new Promise((done) => setImmediate(done));

/** Queues of an agent that takes one delivery at a time; no attempt is recorded. */
function setUp() {
  const started: string[] = [];
  let place: AttemptPlace | undefined;
  const queues = createAgentQueues({
    agents: { find: () => undefined },
    limits: { maxQueued: 10, maxUrgentExtra: 0 },
    breakerPolicy: { failureThreshold: 1, minOpenMs: 1, maxOpenMs: 1 },
    attempt: async ({ id, leaseToken }, _breaker, given) => {
      started.push(`${id} under ${leaseToken}`);
      place = given;
      await new Promise(() => undefined);
    },
    room: { reserve: () => ({ resize: () => undefined, release: () => undefined }) },
    maxBodyBytes: () => 1,
    giveBack: () => undefined,
    onCapacity: () => undefined,
  });
  const take = (id: string, leaseToken: string): void => {
    const delivery: LeasedDelivery = {
      id,
      leaseToken,
      leasedUntilMs: Number.POSITIVE_INFINITY,
      severity: 'Low',
      agentId: 'agent',
      alertId: 'alert',
      revision: 1,
      attemptCount: 0,
      earlierAttempts: 0,
      openedAtMs: 0,
      receivedAt: new Date(0),
    };
    queues.take([delivery], []);
  };
  return {
    queues,
    started,
    take,
    answer: async () => {
      place?.onAnswered();
      await nextTurn();
    },
  };
}

describe('take', () => {
  test('gives the new lease to what waits or is at the agent', async () => {
    const { queues, started, take, answer } = setUp();
    for (const lease of ['lease 1', 'lease 2']) for (const id of ['a', 'b']) take(id, lease);
    expect(queues.leased()).toMatchObject([
      { id: 'b', leaseToken: 'lease 2' },
      { id: 'a', leaseToken: 'lease 2' },
    ]);
    await answer();
    expect(started).toEqual(['a under lease 1', 'b under lease 2']);
  });

  test('attempts again what was claimed before the answer to it is recorded', async () => {
    const { started, take, answer } = setUp();
    take('a', 'lease 1');
    await answer();
    take('a', 'lease 2');
    expect(started).toEqual(['a under lease 1', 'a under lease 2']);
  });
});
