import { describe, expect, test } from '@jest/globals';
import { AppError, DEFAULT_PAYLOAD } from '@calseta/common';
import { type AgentFailures, type AttemptRecord } from '@calseta/database';
import { type OutboundResult } from '@calseta/platform';
import { type Agent } from '../domain/agent.js';
import { createBreaker } from '@calseta/async';
import { deliveryAttempt, type ObservedAttempt } from './attempt-delivery.js';
import { type LeasedDelivery } from './leased-delivery.js';
import { bodyLoader } from './load-body.js';
import { type PushResult } from '../webhooks/send-webhook.js';

const AGENT: Agent = {
  id: 'agent',
  name: 'Agent',
  webhookUrl: 'https://agent.example.com/',
  triggerFilter: {},
  timeoutMs: 1_000,
  maxConcurrency: 1,
  isActive: true,
  receiveUpdates: true,
  receivesAlerts: true,
  expiresAt: undefined,
  secrets: {
    authHeader: undefined,
    headers: {},
    tls: undefined,
    signingKey: Buffer.alloc(32),
    previous: undefined,
  },
  payload: DEFAULT_PAYLOAD,
};
const GIVE_UP_MS = 3_600_000;

const OK: OutboundResult = {
  kind: 'response',
  status: 200,
  headers: {},
  body: '',
  truncated: false,
};

function setUp({
  getBody = async () => await Promise.resolve(Buffer.from('{}')),
  results = [],
  failures = { count: 0, forMs: 0 },
}: {
  getBody?: () => Promise<Uint8Array | undefined>;
  results?: PushResult[];
  failures?: AgentFailures;
} = {}) {
  const [disabled, madeDue]: [string[], string[]] = [[], []];
  const sent: string[] = [];
  const records: AttemptRecord[] = [];
  const recordedWhenAnswered: number[] = [];
  const [held, heldWhenRecorded]: [number[], (number | undefined)[]] = [[], []];
  const observed: ObservedAttempt[] = [];
  const breaker = createBreaker({ failureThreshold: 1, minOpenMs: 1_000, maxOpenMs: 1_000 }, () =>
    performance.now(),
  );
  const attempt = deliveryAttempt({
    agents: { find: () => AGENT },
    loadBody: bodyLoader({
      payloads: { get: getBody },
      publicUrl: 'https://calseta.example.com',
      log: { error: () => undefined },
    }),
    send: async ({ deliveryId }) => {
      sent.push(deliveryId);
      return await Promise.resolve({
        result: results.shift() ?? OK,
        startedAt: new Date(),
        durationMs: 1,
        responseBody: undefined,
        note: undefined,
      });
    },
    record: async (record) => {
      heldWhenRecorded.push(held.at(-1));
      records.push(record);
      return await Promise.resolve(failures);
    },
    release: async () => await Promise.resolve(),
    disableAgent: async (_agent, reason) => {
      disabled.push(reason);
      await Promise.resolve();
    },
    makeDue: async (agentId) => {
      madeDue.push(agentId);
      await Promise.resolve();
    },
    observe: (one) => observed.push(one),
    policy: {
      retryDelaysMs: [5_000],
      giveUpAfterMs: GIVE_UP_MS,
      disableAfterMs: 1_000,
      disableAfterFailures: 2,
    },
    signal: new AbortController().signal,
  });
  return {
    sent,
    records,
    observed,
    disabled,
    madeDue,
    breaker,
    recordedWhenAnswered,
    held,
    heldWhenRecorded,
    attempt: async (delivery: LeasedDelivery) =>
      await attempt(delivery, breaker, {
        room: { resize: (bytes) => held.push(bytes), release: () => held.push(0) },
        onAnswered: () => recordedWhenAnswered.push(records.length),
      }),
  };
}

const aDelivery = (overrides: Partial<LeasedDelivery> = {}): LeasedDelivery => ({
  id: 'delivery',
  leaseToken: 'token',
  leasedUntilMs: Number.POSITIVE_INFINITY,
  agentId: AGENT.id,
  alertId: 'alert',
  revision: 1,
  attemptCount: 0,
  earlierAttempts: 0,
  openedAtMs: performance.now(),
  severity: 'Low',
  receivedAt: new Date(),
  ...overrides,
});

const refuse = (error: Error) => async () => await Promise.reject<Uint8Array>(error);

describe('attemptDelivery', () => {
  test('records what was sent, under the lease that it was sent under', async () => {
    const { attempt, sent, records, recordedWhenAnswered } = setUp();
    await attempt(aDelivery());
    expect(sent).toEqual(['delivery']);
    expect(recordedWhenAnswered).toEqual([0]);
    expect(records).toMatchObject([
      { deliveryId: 'delivery', leaseToken: 'token', number: 1, status: 'delivered' },
    ]);
  });

  test('holds room for its body, and releases it before the attempt is recorded', async () => {
    const { attempt, held, heldWhenRecorded } = setUp({
      results: [{ kind: 'interrupted', error: 'closed' }],
    });
    await attempt(aDelivery());
    expect(held).toEqual([2, 2, 0]);
    expect(heldWhenRecorded).toEqual([2, 0]);
  });

  test('sends nothing when the lease ran out while the body was loaded', async () => {
    const delivery = aDelivery();
    const { attempt, sent, records } = setUp({
      getBody: async () => {
        delivery.leasedUntilMs = performance.now();
        return await Promise.resolve(Buffer.from('{}'));
      },
    });
    await attempt(delivery);
    expect([sent, records]).toEqual([[], []]);
  });

  test('a body that cannot be written is a failed attempt, on the schedule', async () => {
    const { attempt, sent, records, observed } = setUp({
      getBody: refuse(new TypeError('of "secret evidence"')),
    });
    await attempt(aDelivery());
    expect(sent).toEqual([]);
    expect(records).toMatchObject([
      {
        outcome: 'unrendered',
        error: 'the body could not be written: TypeError',
        status: 'pending',
        leaseToken: 'token',
        number: 1,
      },
    ]);
    expect(records[0]!.retryDelayMs).toBeGreaterThanOrEqual(5_000);
    expect(observed).toHaveLength(1);
  });

  test('a body that cannot be written when the time is over is a dead letter', async () => {
    const { attempt, records } = setUp({ getBody: refuse(new TypeError()) });
    await attempt(aDelivery({ attemptCount: 1, openedAtMs: performance.now() - GIVE_UP_MS }));
    expect(records).toMatchObject([{ status: 'dead', number: 2 }]);
  });

  test('a body that cannot be written says nothing about the agent', async () => {
    const { attempt, records, breaker } = setUp({ getBody: refuse(new TypeError()) });
    await attempt(aDelivery());
    expect(records).toMatchObject([{ isCounted: false }]);
    expect(breaker.capacity(4)).toBe(4);
  });

  test('a push whose reused connection was closed is sent again at once, as a second attempt', async () => {
    const { attempt, sent, records, breaker, recordedWhenAnswered } = setUp({
      results: [{ kind: 'interrupted', error: 'closed' }],
    });
    await attempt(aDelivery());
    expect(sent).toHaveLength(2);
    expect(recordedWhenAnswered).toEqual([1]);
    expect(records).toMatchObject([
      { number: 1, outcome: 'interrupted', status: 'pending', keepsLease: true, isCounted: false },
      { number: 2, outcome: 'delivered', status: 'delivered', keepsLease: false },
    ]);
    expect(breaker.waitMs()).toBeUndefined();
  });

  test.each([400, 413, 415, 422])('a %d blames the alert, not the agent', async (status) => {
    const { attempt, records, breaker, disabled } = setUp({
      results: [{ ...OK, status }],
      failures: { count: 100, forMs: 1_000_000 },
    });
    await attempt(aDelivery());
    expect(records).toMatchObject([{ status: 'pending', isCounted: false }]);
    expect([breaker.waitMs(), disabled]).toEqual([undefined, []]);
  });

  test.each([301, 401, 403, 404])('a %d counts for the agent, which is there', async (status) => {
    const { attempt, records, breaker } = setUp({ results: [{ ...OK, status }] });
    await attempt(aDelivery());
    expect(records).toMatchObject([{ isCounted: true }]);
    expect(breaker.waitMs()).toBeUndefined();
  });

  test.each([500, 503, 429])(
    'a %d opens the breaker, and its wait is written down',
    async (status) => {
      const { attempt, records } = setUp({ results: [{ ...OK, status }] });
      await attempt(aDelivery());
      expect(records[0]!.isCounted).toBe(true);
      expect(records[0]!.breakerWaitMs).toBeGreaterThan(0);
    },
  );

  test('an agent is disabled after failures over a long time, and not after many in a short time', async () => {
    const results = () => [{ ...OK, status: 500 }];
    const soon = setUp({ results: results(), failures: { count: 1_000, forMs: 999 } });
    await soon.attempt(aDelivery());
    expect(soon.disabled).toEqual([]);
    const once = setUp({ results: results(), failures: { count: 1, forMs: 5_000 } });
    await once.attempt(aDelivery());
    expect(once.disabled).toEqual([]);
    const long = setUp({ results: results(), failures: { count: 7, forMs: 25 * 3_600_000 } });
    await long.attempt(aDelivery());
    expect(long.disabled).toEqual([
      'Each of the last 7 attempts failed, over 25 hours; the last: answered 500.',
    ]);
  });

  test('what waits for an agent that was away is due once it is back', async () => {
    const { attempt, breaker, madeDue } = setUp();
    await attempt(aDelivery());
    expect(madeDue).toEqual([]);
    breaker.failed();
    await attempt(aDelivery());
    expect(madeDue).toEqual([AGENT.id]);
  });

  test('the schedule begins anew for a delivery that was opened again', async () => {
    const { attempt, records } = setUp({ results: [{ ...OK, status: 500 }] });
    await attempt(aDelivery({ attemptCount: 9, earlierAttempts: 9 }));
    expect(records).toMatchObject([{ number: 10, status: 'pending' }]);
    expect(records[0]!.retryDelayMs).toBeLessThanOrEqual(6_000);
  });

  test.each([
    ['the database is away', new AppError('service.unavailable', 'It does not answer.')],
    ['too much waits', new AppError('service.overloaded', 'Too many writes wait.')],
  ])('counts no attempt while %s', async (_name, error) => {
    const { attempt, records } = setUp({ getBody: refuse(error) });
    await expect(attempt(aDelivery())).rejects.toBe(error);
    expect(records).toEqual([]);
  });
});
