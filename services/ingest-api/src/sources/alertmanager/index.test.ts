import { describe, expect, test } from '@jest/globals';
import { describeSourceContract } from '../../../test/describe-source-contract.js';
import { normalized, partsOf } from '../../../test/normalized.js';
import { readFixtures } from '../../../test/read-fixtures.js';
import { alertmanager } from './index.js';

const fixtures = readFixtures(import.meta.dirname);

describeSourceContract(alertmanager, fixtures);

describe('alertmanager', () => {
  const [first, second] = partsOf(alertmanager, fixtures['group']);

  test('makes one alert of each in the group', () => {
    expect(normalized(alertmanager, first)).toMatchObject({
      title: 'HighErrorRate',
      description: 'Errors above 5 %',
      severity: 'Medium',
      severityOriginal: 'warning',
      occurredAt: new Date('2025-01-01T00:00:00.5Z'),
      sourceUrl: 'http://prometheus.example.com/graph',
      tags: ['instance:api-1:9090'],
      hosts: ['api-1:9090'],
      statedIndicators: [],
    });
    expect(normalized(alertmanager, second)).toMatchObject({
      severity: 'High',
      description: 'Errors above 5 %',
    });
  });

  test('tells firings apart by fingerprint, else by labels, and by when they began', () => {
    const ids = [first, second].map((one) => normalized(alertmanager, one).nativeAlertId);
    expect(ids[0]).toBe('f1 2025-01-01T00:00:00.5Z');
    expect(ids[1]).toContain('api-2:9090');
  });
});
