import { describe, expect, test } from '@jest/globals';
import { SUBSCRIPTIONS } from '@calseta/common';
import { renderTopology } from './topology.js';

const topology = renderTopology([SUBSCRIPTIONS.extractor]);
const queue = (name: string) => topology.queues.find((one) => one.name === name)?.arguments;

describe('renderTopology', () => {
  test('has a work queue, its wait queues and its dead letters per lane', () => {
    expect(topology.queues.map(({ name }) => name).sort()).toEqual(
      ['extractor.alert-ingested', 'extractor.alert-ingested.urgent']
        .flatMap((work) => [
          work,
          `${work}.dead`,
          `${work}.retry.120s`,
          `${work}.retry.1s`,
          `${work}.retry.30s`,
          `${work}.retry.5s`,
        ])
        .sort(),
    );
  });

  test('binds each lane to its routing key, and its dead letters to the queue’s name', () => {
    expect(topology.bindings).toContainEqual({
      queue: 'extractor.alert-ingested.urgent',
      exchange: 'calseta.alerts',
      routingKey: 'alert.ingested.urgent',
    });
    expect(topology.bindings).toContainEqual({
      queue: 'extractor.alert-ingested.dead',
      exchange: 'calseta.alerts.dead',
      routingKey: 'extractor.alert-ingested',
    });
  });

  test('dead-letters at least once, which demands reject-publish', () => {
    expect(queue('extractor.alert-ingested')).toMatchObject({
      'x-queue-type': 'quorum',
      'x-delivery-limit': 20,
      'x-dead-letter-exchange': 'calseta.alerts.dead',
      'x-dead-letter-routing-key': 'extractor.alert-ingested',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    });
  });

  test('hands waiting messages back to their work queue after the delay', () => {
    expect(queue('extractor.alert-ingested.retry.5s')).toMatchObject({
      'x-message-ttl': 5_000,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'extractor.alert-ingested',
      'x-dead-letter-strategy': 'at-least-once',
    });
  });

  test('bounds every queue', () => {
    for (const { arguments: limits } of topology.queues) {
      expect(limits['x-max-length']).toBeGreaterThan(0);
    }
  });

  test('declares a delay that occurs twice once', () => {
    const twice = renderTopology([{ ...SUBSCRIPTIONS.enricher, retryDelaysSeconds: [1, 1] }]);
    expect(twice.queues).toHaveLength(6);
  });
});
