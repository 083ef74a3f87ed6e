import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { stageConfig } from './stage-config.js';

const schema = z.object(stageConfig);

describe('stageConfig', () => {
  test('needs nothing', () => {
    expect(schema.parse({})).toEqual({
      AMQP_PREFETCH: 256,
      SWEEP_INTERVAL_MS: 5_000,
      SWEEP_BATCH_SIZE: 100,
    });
  });

  test.each([
    ['AMQP_PREFETCH', 1, 1_000],
    ['SWEEP_INTERVAL_MS', 100, 600_000],
    ['SWEEP_BATCH_SIZE', 1, 1_000],
  ])('takes %s from %i to %i', (name, least, most) => {
    const isTaken = (value: number) => schema.safeParse({ [name]: String(value) }).success;
    expect([least - 1, least, most, most + 1].map(isTaken)).toEqual([false, true, true, false]);
  });
});
