import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { sign } from '@calseta/common';

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
});
