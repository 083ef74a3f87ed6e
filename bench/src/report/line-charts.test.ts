import { describe, expect, test } from '@jest/globals';
import { renderLineCharts, ticks } from './line-charts.js';

describe('ticks', () => {
  test.each([
    [1, 4, [0, 0.5, 1]],
    [6, 4, [0, 2, 4, 6]],
    [45, 4, [0, 20, 40, 60]],
    [320, 8, [0, 50, 100, 150, 200, 250, 300, 350]],
    [0.7, 4, [0, 0.2, 0.4, 0.6, 0.8]],
  ])('up to %d are round numbers', (max, count, expected) => {
    expect(ticks(max, count)).toEqual(expected);
  });
});

describe('renderLineCharts', () => {
  const points = [
    [0, 0],
    [10, 2],
    [20, 1],
  ] as const;
  const svg = renderLineCharts({
    title: 'Age & processes',
    xLabel: 's',
    panels: [
      { title: 'age', lines: [{ name: 'enricher', points }] },
      {
        title: 'processes',
        lines: [
          { name: 'extractor', points, isStep: true },
          { name: 'enricher', points, isStep: true, isDashed: true },
        ],
      },
    ],
  });
  const paths = [...svg.matchAll(/<path d="(M[^"]+)" fill="none" stroke="([^"]+)" ([^/]+)\//g)];

  test('draws each line of each panel, with one colour for one name', () => {
    expect(paths.map(([, , color]) => color)).toEqual(['#0072b2', '#d55e00', '#0072b2']);
    expect(svg).toContain('Age &amp; processes');
  });

  test('places the lowest value at the bottom and the last at the right', () => {
    expect(paths[0]?.[1]).toBe('M56 228L496 78L936 153');
  });

  test('draws steps that hold their value, and limits dashed', () => {
    expect(paths[1]?.[1]).toMatch(/^M56 [\d.]+H496V[\d.]+H936V[\d.]+$/);
    expect(paths[2]?.[3]).toContain('stroke-dasharray');
  });
});
