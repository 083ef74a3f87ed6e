import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { sign, signInSlices } from '@calseta/common';

describe('sign', () => {
  test('agrees with the published vector', () => {
    const signature = sign(
      {
        webhookId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        timestampSeconds: 1_614_265_330,
        body: '{"test": 2432232314}',
      },
      [Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')],
    );
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('is accepted by a receiver with the old secret and by one with the new', () => {
    const keys = [randomBytes(32), randomBytes(64)];
    const message = {
      webhookId: 'msg_0192',
      timestampSeconds: Math.floor(Date.now() / 1000),
      body: JSON.stringify({ title: 'Größe 🦊' }),
    };
    const headers = {
      'webhook-id': message.webhookId,
      'webhook-timestamp': String(message.timestampSeconds),
      'webhook-signature': sign(message, keys),
    };
    for (const key of keys) {
      const receiver = new Webhook(key.toString('base64'));
      expect(receiver.verify(message.body, headers)).toEqual({ title: 'Größe 🦊' });
    }
    const stranger = new Webhook(randomBytes(32).toString('base64'));
    expect(() => stranger.verify(message.body, headers)).toThrow();
  });

  test('is accepted for a thousand random bodies, by both secrets of a rotation', () => {
    const keys = [randomBytes(32), randomBytes(32)];
    const receivers = keys.map((key) => new Webhook(key.toString('base64')));
    for (let count = 0; count < 1_000; count += 1) {
      const value = randomBytes(count % 50 === 0 ? 300_000 : count).toString(
        count % 2 === 0 ? 'utf8' : 'latin1',
      );
      const body = JSON.stringify({ count, value });
      const message = {
        webhookId: `msg_${count}`,
        timestampSeconds: Math.floor(Date.now() / 1_000),
        body: count % 3 === 0 ? body : Buffer.from(body),
      };
      const headers = {
        'webhook-id': message.webhookId,
        'webhook-timestamp': String(message.timestampSeconds),
        'webhook-signature': sign(message, keys),
      };
      for (const receiver of receivers) {
        expect(receiver.verify(body, headers)).toEqual({ count, value });
      }
    }
  });

  test('pauses within a large body, so that nothing waits for the whole of it', () => {
    const body = Buffer.alloc(900_000);
    const work = signInSlices({ webhookId: 'msg', timestampSeconds: 1, body }, [randomBytes(32)]);
    let pauses = 0;
    while (!work.next().done) pauses += 1;
    expect(pauses).toBe(Math.ceil(body.length / (128 * 1_024)));
  });
});
