import { describe, expect, test } from '@jest/globals';
import { createScaler, type Reading } from './decide-replicas.js';

const RULE = { minReplicas: 0, maxReplicas: 6, cooldownSeconds: 300, stabilizationSeconds: 300 };
const age = (value: number): Reading => ({
  metricType: 'Value',
  value,
  target: 15,
  activation: 0,
});
const backlog = (value: number): Reading => ({
  metricType: 'AverageValue',
  value,
  target: 2_000,
  activation: 0,
});
const at = (atSeconds: number, replicas: number, ...readings: Reading[]) => ({
  atSeconds,
  ready: replicas,
  asked: replicas,
  readings,
});

describe('createScaler', () => {
  test('wakes a service at zero as soon as something waits, and not before', () => {
    const { decide } = createScaler(RULE);
    expect(decide(at(0, 0, age(0), backlog(0)))).toBe(0);
    expect(decide(at(15, 0, age(0.2), backlog(1)))).toBe(1);
  });

  test.each([
    ['an age of twice the target doubles the replicas', [age(30), backlog(100)], 2, 4],
    ['an age within a tenth of the target changes nothing', [age(16), backlog(100)], 2, 2],
    ['a backlog is divided by its target', [age(1), backlog(7_000)], 2, 4],
    ['the trigger that asks for more decides', [age(45), backlog(4_100)], 1, 3],
    ['the maximum is not exceeded', [age(900), backlog(90_000)], 4, 6],
    ['one replica becomes five at most at a time', [age(900), backlog(90_000)], 1, 5],
  ] as const)('%s', (_, readings, replicas, expected) => {
    expect(createScaler(RULE).decide(at(0, replicas, ...readings))).toBe(expected);
  });

  test('takes replicas away only when the stabilization window asked for no more', () => {
    const { decide } = createScaler(RULE);
    expect(decide(at(0, 2, age(30), backlog(10)))).toBe(4);
    expect(decide(at(15, 4, age(1), backlog(10)))).toBe(4);
    expect(decide(at(299, 4, age(1), backlog(10)))).toBe(4);
    expect(decide(at(300, 4, age(1), backlog(10)))).toBe(1);
  });

  test('goes to zero when nothing has waited for the cooldown, and never below the minimum', () => {
    const idle = [age(0), backlog(0)] as const;
    const { decide } = createScaler(RULE);
    expect(decide(at(0, 1, age(1), backlog(1)))).toBe(1);
    expect(decide(at(299, 1, ...idle))).toBe(1);
    expect(decide(at(300, 1, ...idle))).toBe(0);
    const kept = createScaler({ ...RULE, minReplicas: 2 });
    expect(kept.decide(at(0, 2, age(1), backlog(1)))).toBe(2);
    expect(kept.decide(at(900, 2, ...idle))).toBe(2);
  });

  test('counts replicas that are ready, not those that are still starting', () => {
    const { decide } = createScaler(RULE);
    const readings = [age(60), backlog(1)];
    expect(decide({ atSeconds: 0, ready: 1, asked: 1, readings })).toBe(4);
    expect(decide({ atSeconds: 15, ready: 1, asked: 4, readings })).toBe(4);
    expect(decide({ atSeconds: 30, ready: 4, asked: 4, readings })).toBe(6);
  });
});
