import { describe, expect, test } from '@jest/globals';
import { parseReplicas, readClusterConfig } from './cluster-config.js';

const ONE_EACH = {
  'ingest-api': 1,
  extractor: 1,
  enricher: 1,
  dispatcher: 1,
  'alerts-api': 1,
};

describe('parseReplicas', () => {
  test.each([
    ['', ONE_EACH],
    ['extractor=2', { ...ONE_EACH, extractor: 2 }],
    [' extractor = 2 , enricher=32,', { ...ONE_EACH, extractor: 2, enricher: 32 }],
  ])('reads %j', (text, expected) => {
    expect(parseReplicas(text)).toEqual(expected);
  });

  test.each(['extractor', 'extractor=', 'extractor=0', 'extractor=33', 'extractor=1.5'])(
    'refuses %j',
    (text) => {
      expect(() => parseReplicas(text)).toThrow('extractor needs a number from 1 to 32');
    },
  );

  test('names the services when one is unknown', () => {
    expect(() => parseReplicas('worker=2')).toThrow(
      'no service "worker"; there are ingest-api, extractor',
    );
  });
});

describe('readClusterConfig', () => {
  test('allows loopback to agents, unless told otherwise', () => {
    expect(readClusterConfig({}).egressAllow).toBe('127.0.0.0/8,::1/128');
    expect(readClusterConfig({ CALSETA_EGRESS_ALLOW: '' }).egressAllow).toBe('');
  });

  test.each([
    'HTTP_PORT',
    'HTTP_HOST',
    'CALSETA_DATA_DIR',
    'DATABASE_URL',
    'AMQP_URL',
    'CALSETA_ENCRYPTION_KEY',
    'CALSETA_PUBLIC_URL',
    'LOG_LEVEL',
    'HTTP_TRUSTED_PROXY_HOPS',
    'CALSETA_REPLICAS',
  ])('takes an empty %s for one that is not set', (name) => {
    expect(readClusterConfig({ [name]: '' })).toEqual(readClusterConfig({}));
  });

  test('the gateway is for this machine alone, unless it is told otherwise', () => {
    expect(readClusterConfig({}).host).toBe('127.0.0.1');
    expect(readClusterConfig({ HTTP_HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  });

  test('links in pushes lead to the gateway', () => {
    expect(readClusterConfig({ HTTP_PORT: '8123' }).publicUrl).toBe('http://localhost:8123');
  });

  test.each(['-1', '65536', 'http'])('refuses the port %j', (port) => {
    expect(() => readClusterConfig({ HTTP_PORT: port })).toThrow('HTTP_PORT');
  });
});
