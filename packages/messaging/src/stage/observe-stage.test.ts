import { AppError, SUBSCRIPTIONS } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { type MessageHandled } from '../transport.js';
import { createStageObserver } from './observe-stage.js';

const QUEUE = 'enricher.alert-extracted';
const away = new AppError('service.unavailable', 'The database does not answer.');

/** An observer that keeps its log lines and counted events. */
function anObserver() {
  const said: [string, string][] = [];
  const counted: [string, Record<string, string>, number][] = [];
  const at = (level: string) => (event: string) => said.push([level, event]);
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  const count = (name: string) => (labels: Record<string, string>, value?: number) =>
    void counted.push([name, labels, value ?? 1]);
  const observer = createStageObserver(SUBSCRIPTIONS.enricher, {
    log: { ...log, within: () => log },
    metrics: {
      counter: (name) => ({ inc: count(name) }),
      gauge: (name) => ({ set: count(name) }),
      histogram: (name) => ({ observe: count(name) }),
    },
  });
  const handled = (event: Pick<MessageHandled, 'outcome' | 'error'>) =>
    observer.handled({
      startedAt: 0,
      parentTraceparent: undefined,
      queue: QUEUE,
      messageId: 'm',
      alertId: 'a',
      traceparent: 't',
      attempt: 1,
      durationMs: 20,
      waitMs: 10,
      ...event,
    });
  return { observer, handled, said, counted };
}

describe('createStageObserver', () => {
  test.each([
    ['info', 'acked', undefined],
    ['warn', 'retried', new Error('a defect')],
    ['info', 'retried', away],
    ['error', 'dead_lettered', new Error('a defect')],
  ] as const)('logs at %s that a message was %s (%s), and counts it', (level, outcome, error) => {
    const { handled, said, counted } = anObserver();
    handled({ outcome, ...(error && { error }) });
    expect(said).toEqual([[level, 'message.handled']]);
    expect(counted).toEqual([
      ['calseta_messages_handled_total', { queue: QUEUE, outcome }, 1],
      ['calseta_message_duration_seconds', { queue: QUEUE }, 0.02],
      ['calseta_message_wait_seconds', { queue: QUEUE }, 0.01],
    ]);
  });

  test('counts every sweep that failed, and leaves outages to those who lost the server', () => {
    const { observer, said, counted } = anObserver();
    observer.sweepFailed('enricher', away);
    expect(said).toEqual([]);
    observer.sweepFailed('enricher', new Error('a defect'));
    expect(said).toEqual([['warn', 'sweep.failed']]);
    const failed = ['calseta_sweep_failures_total', { subscription: 'enricher' }, 1];
    expect(counted).toEqual([failed, failed]);
  });
});
