import { describe, expect, test } from '@jest/globals';
import { AppError, DEFAULT_PAYLOAD } from '@calseta/common';
import { type AttemptRecord } from '@calseta/database';
import { type OutboundResult } from '@calseta/platform';
import { type Agent } from '../domain/agent.js';
import { createBreaker } from '@calseta/async';
import { deliveryAttempt, type ObservedAttempt } from './attempt-delivery.js';
import { type LeasedDelivery } from './leased-delivery.js';
import { bodyLoader } from './load-body.js';

const AGENT: Agent = {
  id: 'agent',
  name: 'Agent',
  webhookUrl: 'https://agent.example.com/',
  triggerFilter: {},
  timeoutMs: 1_000,
  maxConcurrency: 1,
  isActive: true,
  receiveUpdates: true,
  expiresAt: undefined,
  secrets: {
    authHeader: undefined,
    headers: {},
    signingKey: Buffer.alloc(32),
    previous: undefined,
  },
  payload: DEFAULT_PAYLOAD,
};
const OK: OutboundResult = {
  kind: 'response',
  status: 200,
  headers: {},
  body: '',
  truncated: false,
};

function setUp({
  getBody = async () => await Promise.resolve(Buffer.from('{}')),
}: { getBody?: () => Promise<Uint8Array | undefined> } = {}) {
  const sent: string[] = [];
  const records: AttemptRecord[] = [];
  const observed: ObservedAttempt[] = [];
  const breaker = createBreaker({ failureThreshold: 1, minOpenMs: 1_000, maxOpenMs: 1_000 }, () =>
    performance.now(),
  );
  const attempt = deliveryAttempt({
    agents: { find: () => AGENT },
    loadBody: bodyLoader({ payloads: { get: getBody }, log: { error: () => undefined } }),
    send: async ({ deliveryId }) => {
      sent.push(deliveryId);
      return await Promise.resolve({
        result: OK,
        startedAt: new Date(),
        durationMs: 1,
        responseBody: undefined,
      });
    },
    record: async (record) => await Promise.resolve(records.push(record)),
    release: async () => await Promise.resolve(),
    disableAgent: async () => await Promise.resolve(),
    observe: (one) => observed.push(one),
    policy: { retryDelaysMs: [5_000], disableAfterFailures: 1 },
    signal: new AbortController().signal,
  });
  return {
    sent,
    records,
    observed,
    breaker,
    attempt: async (delivery: LeasedDelivery) => await attempt(delivery, breaker),
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
  severity: 'Low',
  receivedAt: new Date(),
  ...overrides,
});

const refuse = (error: Error) => async () => await Promise.reject<Uint8Array>(error);

describe('attemptDelivery', () => {
  test('records what was sent, under the lease that it was sent under', async () => {
    const { attempt, sent, records } = setUp();
    await attempt(aDelivery());
    expect(sent).toEqual(['delivery']);
    expect(records).toMatchObject([
      { deliveryId: 'delivery', leaseToken: 'token', number: 1, status: 'delivered' },
    ]);
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

  test('a body that cannot be written after the last wait is a dead letter', async () => {
    const { attempt, records } = setUp({ getBody: refuse(new TypeError()) });
    await attempt(aDelivery({ attemptCount: 1 }));
    expect(records).toMatchObject([{ status: 'dead', number: 2 }]);
  });

  test('a body that cannot be written says nothing about the agent', async () => {
    const { attempt, records, breaker } = setUp({ getBody: refuse(new TypeError()) });
    await attempt(aDelivery());
    expect(records).toMatchObject([{ isCounted: false }]);
    expect(breaker.capacity(4)).toBe(4);
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
