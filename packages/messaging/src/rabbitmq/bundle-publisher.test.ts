import { describe, expect, test } from '@jest/globals';
import { makeMessage } from '@calseta/common';
import { createBundlePublisher } from './bundle-publisher.js';
import { MAX_BUNDLED, unbundle } from '../protocol/bundle.js';
import { type Envelope } from './confirm-publisher.js';

const aMessage = (severity: 'High' | 'Low' = 'Low') =>
  makeMessage({
    type: 'alert.ingested',
    alertId: '018f0000-0000-7000-8000-000000000001',
    revision: 1,
    severity,
  });

function underTest(send: (envelope: Envelope) => Promise<void> = async () => undefined) {
  const sent: Envelope[] = [];
  const publish = createBundlePublisher(async (envelope) => {
    sent.push(envelope);
    await send(envelope);
  });
  const linesOf = ({ body, properties }: Envelope) =>
    unbundle(body, properties).map((line) => Buffer.from(line.body).toString());
  return { sent, publish, linesOf };
}

describe('createBundlePublisher', () => {
  test('sends what is published in one turn as one message for each lane', async () => {
    const { sent, publish, linesOf } = underTest();
    const messages = [aMessage(), aMessage('High'), aMessage()];
    await Promise.all(messages.map((message) => publish(message)));
    expect(sent.map(({ routingKey }) => routingKey)).toEqual([
      'alert.ingested',
      'alert.ingested.urgent',
    ]);
    expect(sent.flatMap(linesOf).map((text) => JSON.parse(text) as unknown)).toEqual([
      messages[0],
      messages[2],
      messages[1],
    ]);
    expect(sent[0]?.properties).toMatchObject({ persistent: true, type: 'alert.ingested' });
  });

  test('sends what comes in another turn by itself', async () => {
    const { sent, publish } = underTest();
    await publish(aMessage());
    await publish(aMessage());
    expect(sent.map(({ properties }) => properties.contentType)).toEqual([
      'application/json',
      'application/json',
    ]);
  });

  test('starts another bundle when one is full', async () => {
    const { sent, publish, linesOf } = underTest();
    await Promise.all(Array.from({ length: 2 * MAX_BUNDLED + 1 }, () => publish(aMessage())));
    expect(sent.map((envelope) => linesOf(envelope).length)).toEqual([MAX_BUNDLED, MAX_BUNDLED, 1]);
  });

  test('fails each message of a bundle that is not taken, and no other', async () => {
    const { publish } = underTest(async ({ routingKey }) => {
      if (routingKey === 'alert.ingested') throw new Error('not taken');
    });
    const results = await Promise.allSettled([
      publish(aMessage()),
      publish(aMessage()),
      publish(aMessage('High')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
