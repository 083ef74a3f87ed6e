import { describe, expect, test } from '@jest/globals';
import { formatNumber, renderSection } from './section.js';

describe('formatNumber', () => {
  test('gives three figures that count, and thousands apart', () => {
    expect([0.012345, 1.5, 99.96, 123.4, 12_345.6, 7].map(formatNumber)).toEqual([
      '0.0123',
      '1.5',
      '100',
      '123',
      '12,346',
      '7',
    ]);
  });

  test('shows what was not measured as a dash', () => {
    expect(formatNumber(Number.NaN)).toBe('–');
  });
});

describe('renderSection', () => {
  test('says of each goal whether it was met', () => {
    const text = renderSection({
      title: 'ingest',
      method: 'One process.',
      tables: [{ head: ['run', 'req/s'], rows: [[1, 1234.5]] }],
      goals: [
        { name: 'ratio', wanted: '≥ 1', measured: '1.2', isMet: true },
        { name: 'p99', wanted: '< 50 ms', measured: '61 ms', isMet: false },
      ],
      notes: ['Nothing else ran.'],
    });
    expect(text).toContain(
      '## ingest\n\nOne process.\n\n| run | req/s |\n| --- | --- |\n| 1 | 1,235 |',
    );
    expect(text).toContain('| ratio | ≥ 1 | 1.2 | met |');
    expect(text).toContain('| p99 | < 50 ms | 61 ms | **missed** |');
    expect(text).toContain('- Nothing else ran.');
  });
});
