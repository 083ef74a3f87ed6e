import { describe, expect, test } from '@jest/globals';
import { coresTable, daysTable, tablesTable } from './size-tables.js';

const before = { tables: [{ name: 'alerts', bytes: 1e6 }], wal: 5e6 };
const after = {
  tables: [
    { name: 'alerts', bytes: 3e6 },
    { name: 'deliveries', bytes: 9e6 },
    { name: 'sources', bytes: 1e3 },
  ],
  wal: 25e6,
};

describe('what a size report shows', () => {
  test('cores of all replicas of a service for 1,000 alerts a second', () => {
    const spent = [
      { name: 'extractor.1', cpuSeconds: 2, peakRssMib: 1 },
      { name: 'extractor.2', cpuSeconds: 3, peakRssMib: 1 },
      { name: 'postgres', cpuSeconds: 10, peakRssMib: 1 },
    ];
    expect(coresTable({ seconds: 9, busyCores: 1, spent }, 10_000).rows).toEqual([
      ['postgres', 1],
      ['extractor', 0.5],
      ['together', 1.5],
    ]);
  });

  test('what tables grew by, for 100,000 alerts, the small ones added up', () => {
    expect(tablesTable(before, after, 10_000).rows).toEqual([
      ['deliveries', 90],
      ['alerts', 20],
      ['all others', expect.closeTo(0.01)],
      ['together', expect.closeTo(110.01)],
      ['write-ahead log', 200],
    ]);
  });

  test('what a day at a rate costs', () => {
    const [, ten] = daysTable(before, after, 10_000).rows;
    expect(ten).toEqual([10, 864_000, expect.closeTo(0.9505, 3), expect.closeTo(1.728)]);
  });
});
