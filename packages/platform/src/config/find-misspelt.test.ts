import { describe, expect, test } from '@jest/globals';
import { misspeltVariables } from './load-config.js';
import { MAX_MISSPELT } from './find-misspelt.js';

describe('misspeltVariables', () => {
  test.each([
    ['AMQP_PREFECH', 'AMQP_PREFETCH'],
    ['AMQP_URI', 'AMQP_URL'],
    ['amqp_prefetch', 'AMQP_PREFETCH'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_POOLSIZE', 'DATABASE_POOL_SIZE'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['SHUTDOWN_DEADLINE', 'SHUTDOWN_DEADLINE_MS'],
    ['CALSETA_ENCRYPTION_KEYS', 'CALSETA_ENCRYPTION_KEY'],
    // A prefix of ours, but unlike any variable of ours.
    ['DELIVERY_MAX_TRIES', 'DELIVERY_DRAIN_MS'],
  ])('finds %s and names %s', (name, nearest) => {
    expect(misspeltVariables({ [name]: 'x' })).toEqual([{ name, nearest }]);
  });

  test.each([
    ['PATH', '/bin'],
    ['APP_URL', 'http://app'],
    ['SMTP_HOST', 'mail'],
    ['IP_ADDRESS', '10.0.0.1'],
    ['NODE_OPTIONS', '--inspect'],
    ['HTTP_PROXY', 'http://proxy'],
    ['http_proxy', 'http://proxy'],
    ['POSTGRES_USER', 'calseta'],
    ['RABBITMQ_DEFAULT_PASS', 'calseta'],
    // Kubernetes sets these for the Service `ingest-api`.
    ['INGEST_API_SERVICE_HOST', '10.0.0.1'],
    ['INGEST_API_SERVICE_PORT_HTTP', '80'],
    ['INGEST_API_PORT', 'tcp://10.0.0.1:80'],
    ['INGEST_API_PORT_80_TCP_ADDR', '10.0.0.1'],
    [`CALSETA_${'X'.repeat(100_000)}`, 'x'],
  ])('takes %s for somebody else’s', (name, value) => {
    expect(misspeltVariables({ [name]: value })).toEqual([]);
  });

  test('knows the variables of every process, and of docker compose and the cluster', () => {
    const shared = {
      INGEST_MAX_QUEUED: '1',
      ENRICHMENT_DEADLINE_MS: '1',
      DELIVERY_LEASE_MS: '1',
      CALSETA_DATA_DIR: 'x',
      CALSETA_REPLICAS: 'x',
      POSTGRES_PASSWORD: 'x',
      NODE_ENV: 'production',
    };
    expect(misspeltVariables(shared)).toEqual([]);
  });

  test('tells no values, and no more than so many names', () => {
    const many = Array.from({ length: MAX_MISSPELT + 5 }, (_, index) => [
      `CALSETA_KEY_${index}`,
      'hunter2',
    ]);
    const found = misspeltVariables(Object.fromEntries(many) as NodeJS.ProcessEnv);
    expect(found).toHaveLength(MAX_MISSPELT);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});
