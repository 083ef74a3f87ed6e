import { describe, expect, test } from '@jest/globals';
import { makeMessage, newUuid, PermanentError, SUBSCRIPTIONS } from '@calseta/common';
import { createInProcessTransport } from '../in-process/in-process-transport.js';
import { startStage } from './start-stage.js';
import { type StalledAlert } from './start-sweeper.js';
import { type MessageHandler, type PipelineTransport } from '../transport.js';

const SUBSCRIPTION = { ...SUBSCRIPTIONS.enricher, retryDelaysSeconds: [] };

const aMessage = () =>
  makeMessage({ type: 'alert.extracted', alertId: newUuid(), revision: 3, severity: 'Low' });

/** An enricher's stage on its own transport, with all calls of its ports. */
async function stageWith(world: {
  handler?: MessageHandler;
  claim?: () => Promise<StalledAlert[]>;
  givenUp?: number;
  waiting?: number;
}) {
  const heard: unknown[] = [];
  const transport = createInProcessTransport({ subscriptions: [SUBSCRIPTION] });
  const consume: PipelineTransport['consume'] = async (...given) => ({
    ...(await transport.consume(...given)),
    waiting: (lane) => (lane === 'normal' ? (world.waiting ?? 0) : 0),
  });
  const stage = await startStage({
    subscription: SUBSCRIPTION,
    handler: world.handler ?? (async () => undefined),
    transport: { ...transport, consume },
    alerts: {
      claimStalled: async (stage, lane, limit) => {
        heard.push(['claimed', stage, lane, limit]);
        return (await world.claim?.()) ?? [];
      },
      giveUpStalled: async () => world.givenUp ?? 0,
      lookAt: async () => ({ oldestAgeSeconds: 42, backlog: 7 }),
      markFailed: async (failure) => heard.push(['failed', failure]),
    },
    observer: {
      handled: ({ outcome }) => heard.push(['handled', outcome]),
      looked: (...waiting) => heard.push(['looked', ...waiting]),
      gaveUp: (...given) => heard.push(['gave up', ...given]),
      swept: (subscription, count) => count > 0 && heard.push(['swept', subscription, count]),
      sweepFailed: (subscription, { message }) => heard.push(['lost', subscription, message]),
    },
    config: { AMQP_PREFETCH: 1, SWEEP_INTERVAL_MS: 1, SWEEP_BATCH_SIZE: 7 },
  });
  const until = async (kind: string) => {
    const find = () => heard.find((entry) => (entry as string[])[0] === kind);
    while (find() === undefined) await new Promise((resolve) => setImmediate(resolve));
    return find();
  };
  const stop = async () => {
    await stage.drain();
    await transport[Symbol.asyncDispose]();
  };
  return { transport, heard, until, stop };
}

describe('startStage', () => {
  test.each([
    [new PermanentError('message.invalid', 'Not that.'), 'message.invalid', 'Not that.'],
    [
      new TypeError('x is not a function'),
      'internal.error',
      'An internal error; the log has it under the id of the alert.',
    ],
  ])('marks the alert of a dead letter failed: %s', async (error, code, reason) => {
    const { transport, until, stop } = await stageWith({
      handler: async () => await Promise.reject(error),
    });
    const message = aMessage();
    await transport.publish(message);
    expect(await until('failed')).toEqual([
      'failed',
      {
        alertId: message.alert_id,
        revision: 3,
        stage: 'extracted',
        code,
        reason,
        actor: 'enricher',
      },
    ]);
    await stop();
  });

  test('claims what stands at its input stage and handles it', async () => {
    const stalled = [{ message: aMessage() }];
    const { until, stop } = await stageWith({ claim: async () => stalled.splice(0) });
    expect(await until('claimed')).toEqual(['claimed', 'extracted', 'normal', 7]);
    expect(await until('swept')).toEqual(['swept', 'enricher', 1]);
    expect(await until('handled')).toEqual(['handled', 'acked']);
    await stop();
  });

  test('tells how much waits, for how long, and what it gave up', async () => {
    const { until, stop } = await stageWith({ givenUp: 2 });
    const waiting = { queueDepth: 0, oldestAgeSeconds: 42, backlog: 7 };
    expect(await until('looked')).toEqual(['looked', 'enricher', waiting]);
    expect(await until('gave up')).toEqual(['gave up', 'enricher', 2]);
    await stop();
  });

  test('claims nothing of a lane of which more than a batch waits in the process itself', async () => {
    const { heard, until, stop } = await stageWith({ waiting: 8 });
    expect(await until('looked')).toMatchObject(['looked', 'enricher', { queueDepth: 8 }]);
    await until('claimed');
    await stop();
    const claims = heard.filter((entry) => (entry as string[])[0] === 'claimed');
    expect(new Set(claims.map((entry) => (entry as string[])[2]))).toEqual(new Set(['urgent']));
  });

  test('reports a sweep that failed', async () => {
    const { until, stop } = await stageWith({
      claim: async () => await Promise.reject(new Error('database away')),
    });
    expect(await until('lost')).toEqual(['lost', 'enricher', 'database away']);
    await stop();
  });
});
