import { describe, expect, test } from '@jest/globals';
import { validate, version } from 'uuid';
import { deliveryIdOf, newUuid } from './ids.js';

describe('newUuid', () => {
  test('makes ids that differ and sort by when they were made', () => {
    const made = Array.from({ length: 10_000 }, newUuid);
    expect(new Set(made).size).toBe(made.length);
    expect(made.toSorted()).toEqual(made);
  });

  test('is a UUID of version 7 with the time in front', () => {
    const id = newUuid();
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    const madeAt = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(Math.abs(Date.now() - madeAt)).toBeLessThan(1_000);
  });
});

describe('deliveryIdOf', () => {
  const key = { alertId: newUuid(), agentId: newUuid(), revision: 1 };

  test('is the same for the same key, and another for any other', () => {
    const others = [
      key,
      { ...key, alertId: newUuid() },
      { ...key, agentId: newUuid() },
      { ...key, revision: 2 },
    ].map(deliveryIdOf);
    expect(new Set(others).size).toBe(4);
    expect(deliveryIdOf({ ...key })).toBe(others[0]);
    // Fixed for ever: an id that changed would be a new webhook-id for what an agent has had.
    expect(
      deliveryIdOf({
        alertId: '01946977-1d00-7000-8000-000000000001',
        agentId: '01946977-1d00-7000-8000-000000000003',
        revision: 1,
      }),
    ).toBe('01946977-1d00-7c9a-82f7-a496fafd2107');
  });

  test('is a UUID of version 7 with the time of its alert', () => {
    for (let revision = 1; revision < 200; revision += 1) {
      const id = deliveryIdOf({ ...key, revision });
      expect([validate(id), version(id), id.slice(0, 13)]).toEqual([
        true,
        7,
        key.alertId.slice(0, 13),
      ]);
    }
  });
});
