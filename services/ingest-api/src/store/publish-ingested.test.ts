import { type AlertMessage, newUuid } from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { createTelemetry } from '@calseta/platform';
import { describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { type CommittedAlert, createIngestedPublisher, MAX_IN_FLIGHT } from './publish-ingested.js';

const anAlert = (): CommittedAlert => ({ alertId: newUuid(), severity: 'Low', traceparent: '' });

type OnItsWay = { message: AlertMessage; confirm: () => void; refuse: () => void };

function publisherOver({ maxPending }: { maxPending: number }) {
  const onTheirWay: OnItsWay[] = [];
  const publish: PipelineTransport['publish'] = async (message) => {
    await new Promise<void>((confirm, reject) => {
      const refuse = (): void => reject(new Error('Not confirmed.'));
      onTheirWay.push({ message, confirm, refuse });
    });
  };
  const telemetry = createTelemetry({
    service: 'test',
    logLevel: 'error',
    stream: new PassThrough(),
  });
  const publisher = createIngestedPublisher({ transport: { publish }, telemetry, maxPending });
  const failures = async () =>
    (await telemetry.metrics.registry
      .getSingleMetric('calseta_publish_failures_total')
      ?.get())!.values.reduce((sum, { value }) => sum + value, 0);
  return { publisher, onTheirWay, failures };
}

describe('createIngestedPublisher', () => {
  test('keeps a window of messages on their way and the others in line', async () => {
    const { publisher, onTheirWay, failures } = publisherOver({ maxPending: 2 * MAX_IN_FLIGHT });
    const alerts = Array.from({ length: MAX_IN_FLIGHT + 5 }, anAlert);
    for (const alert of alerts) publisher.publish(alert);
    expect(onTheirWay).toHaveLength(MAX_IN_FLIGHT);

    const drained = publisher.drain();
    for (let index = 0; index < alerts.length; index += 1) {
      onTheirWay[index]?.confirm();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await drained;
    expect(onTheirWay.map(({ message }) => message.alert_id)).toEqual(
      alerts.map(({ alertId }) => alertId),
    );
    expect(await failures()).toBe(0);
  });

  test('leaves what waits to the sweeper when the broker takes no more', async () => {
    const { publisher, onTheirWay, failures } = publisherOver({ maxPending: 2 * MAX_IN_FLIGHT });
    for (let count = 0; count < MAX_IN_FLIGHT + 5; count += 1) publisher.publish(anAlert());
    for (const { refuse } of onTheirWay) refuse();
    await publisher.drain();
    expect(onTheirWay).toHaveLength(MAX_IN_FLIGHT);
    expect(await failures()).toBe(MAX_IN_FLIGHT + 5);
  });

  test('takes no more than it may hold', async () => {
    const { publisher, onTheirWay, failures } = publisherOver({ maxPending: 2 });
    for (let count = 0; count < 3; count += 1) publisher.publish(anAlert());
    expect(onTheirWay).toHaveLength(2);
    expect(await failures()).toBe(1);
    for (const { confirm } of onTheirWay) confirm();
    await publisher.drain();
  });
});
