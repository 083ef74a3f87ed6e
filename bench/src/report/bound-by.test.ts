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
    spent: spent({ a: 1, postgres: 8, 'b.1': 1, 'b.2': 3, ingest: 5 }),
  };
  expect(boundBy('ingest', costs, 2)).toBe(
    'What bounds ingest: the CPU. 1.93 of 2 cores busy (0.13 outside the measured processes); ' +
      'the largest parts of what was measured are postgres 44 %, ingest 28 %, b 22 %.',
  );
});

test('names the process that has used up a core', () => {
  const costs = { seconds: 10, busyCores: 1.5, spent: spent({ one: 9.6, two: 3 }) };
  expect(boundBy('it', costs, 4)).toContain('What bounds it: one core for one. 1.50 of 4');
});

test('warns when others took much of the machine', () => {
  const costs = { seconds: 10, busyCores: 1.9, spent: spent({ one: 10 }) };
  expect(boundBy('it', costs, 2)).toContain('(0.90 outside the measured processes)');
  expect(boundBy('it', costs, 2)).toContain('Other programs disturbed the run');
});

test('says so when there was CPU left', () => {
  const costs = { seconds: 10, busyCores: 0.5, spent: spent({ one: 2, two: 3 }) };
  expect(boundBy('it', costs, 2)).toContain('not the CPU');
});
