import { loadConfig } from '@calseta/platform';
import { describe, expect, test } from '@jest/globals';
import { extractorConfig } from './config.js';

const required = {
  DATABASE_URL: 'postgresql://calseta@localhost/calseta',
  AMQP_URL: 'amqp://guest:guest@localhost',
};

describe('extractorConfig', () => {
  test('needs nothing but the two servers', () => {
    expect(loadConfig(extractorConfig, required)).toMatchObject({
      AMQP_PREFETCH: 256,
      SWEEP_INTERVAL_MS: 5_000,
      SWEEP_BATCH_SIZE: 100,
      EXTRACTION_MAX_BYTES: 8_388_608,
    });
  });

  test.each([
    ['AMQP_PREFETCH', '0'],
    ['AMQP_PREFETCH', '1001'],
    ['SWEEP_INTERVAL_MS', '99'],
    ['SWEEP_BATCH_SIZE', '1001'],
    ['EXTRACTION_MAX_BYTES', '1048575'],
    ['EXTRACTION_MAX_BYTES', '1073741825'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => loadConfig(extractorConfig, { ...required, [name]: value })).toThrow(name);
  });
});
