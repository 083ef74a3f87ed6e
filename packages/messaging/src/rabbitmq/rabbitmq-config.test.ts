import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { rabbitmqConfig } from './rabbitmq-config.js';

const schema = z.object(rabbitmqConfig);
const AMQP_URL = 'amqp://guest:guest@localhost/a%2Fb';

describe('rabbitmqConfig', () => {
  test('needs nothing but the URL', () => {
    expect(schema.parse({ AMQP_URL })).toEqual({
      AMQP_URL,
      AMQP_CONFIRM_TIMEOUT_MS: 5_000,
    });
  });

  test.each([
    [{ AMQP_URL: 'http://localhost' }],
    [{ AMQP_URL: 'localhost' }],
    [{}],
    [{ AMQP_URL, AMQP_CONFIRM_TIMEOUT_MS: '99' }],
  ])('refuses %j', (environment) => {
    expect(schema.safeParse(environment).success).toBe(false);
  });
});
