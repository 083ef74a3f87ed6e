import { expect, test } from '@jest/globals';
import { boundBy } from './bound-by.js';

const spent = (cpuSeconds: Record<string, number>) =>
  Object.entries(cpuSeconds).map(([name, seconds]) => ({
    name,
    cpuSeconds: seconds,
    peakRssMib: 1,
  }));

test('names the CPU when all cores are busy, with the largest parts', () => {
  const costs = {
    seconds: 10,
    busyCores: 1.93,
    spent: spent({ a: 1, postgres: 8, b: 2, ingest: 5 }),
  };
  expect(boundBy('ingest', costs, 2)).toBe(
    'What bounds ingest: the CPU. 1.93 of 2 cores busy (0.33 outside the measured processes); ' +
      'the largest parts of what was measured are postgres 50 %, ingest 31 %, b 13 %.',
  );
});

test('names the process that has used up a core', () => {
  const costs = { seconds: 10, busyCores: 1.5, spent: spent({ one: 9.6, two: 3 }) };
  expect(boundBy('it', costs, 4)).toContain('What bounds it: one core for one. 1.50 of 4');
});

test('says so when there was CPU left', () => {
  const costs = { seconds: 10, busyCores: 0.5, spent: spent({ one: 2, two: 3 }) };
  expect(boundBy('it', costs, 2)).toContain('not the CPU');
});
