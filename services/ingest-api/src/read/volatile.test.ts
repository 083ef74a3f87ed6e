import { describe, expect, test } from '@jest/globals';
import { isVolatile } from './volatile.js';

describe('isVolatile', () => {
  test.each<[string, unknown]>([
    ['anything', '2026-11-28T10:00:00.123Z'],
    ['endsAt', '0001-01-01T00:00:00Z'],
    ['_time', '1764324000'],
    ['timestamp', 1_764_324_000_123],
    ['first_seen', 'Nov 28, 2026 @ 10:00:00.000'],
    ['event.time', '10:00:05'],
    ['date_hour', 7],
    ['count', '12'],
    ['eventCount', 99],
    ['rule.firedtimes', 3],
    ['sid', 'rt_scheduler__admin_1764324000.12'],
    ['sequence_number', 17],
    ['EventRecordID', '88123'],
    ['results_link', 'http://sh:8000/app/search?sid=1'],
    ['generatorURL', 'https://prometheus/graph?g0=1'],
  ])('finds that %s: %p is', (key, value) => expect(isVolatile(key, value)).toBe(true));

  test.each<[string, unknown]>([
    ['share', 'hr'],
    ['url', 'http://malware.test/1'],
    ['EventID', 4625],
    ['port', 443],
    ['time', 5],
    ['timezone', 'UTC'],
    ['created', 'by mallory'],
    ['count', 'many'],
    ['user_id', '12'],
    ['request_id', '7e1c2d'],
    ['results_link', 'see the wiki'],
    ['note', 'seen at 2026-11-28T10:00:00Z by bob'],
    ['is_admin', true],
    ['nothing', null],
  ])('finds that %s: %p is not', (key, value) => expect(isVolatile(key, value)).toBe(false));
});
