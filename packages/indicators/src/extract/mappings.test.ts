import { type IndicatorMapping, MAX_MATCHES_PER_PATH, MAX_VISITS_PER_ALERT } from '@calseta/common';
import { type ExtractionInput } from './extraction.js';
import { describe, expect, test } from '@jest/globals';
import { extractInSlices, extractIndicators } from './extract-indicators.js';
import { MAX_MAPPED_VALUES } from '../values/limits.js';
import { compileMappings, MAPPING_NOTES } from './mappings.js';

const listOf = <T>(length: number, entry: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => entry(index));

const anInput = (rawPayload: unknown, ...paths: string[]): ExtractionInput => ({
  sourceName: 'generic',
  title: '',
  rawPayload,
  statedIndicators: [],
  normalizedFields: {},
  mappings: compileMappings(paths.map(mappingOf)),
});
const mappingOf = (path: string): IndicatorMapping => ({
  id: path,
  pass: 'custom',
  path,
  indicatorType: 'account',
});
const extract = (rawPayload: unknown, ...paths: string[]) =>
  extractIndicators(anInput(rawPayload, ...paths));

describe('the custom mappings of an alert', () => {
  test('may look at so many values and keys together, and no more', () => {
    // Both keys are looked up and gone into; what stands behind the list is read before it.
    const payload = (entries: number) => ({ r: listOf(entries, () => 1), who: 'svc-backup' });
    const paths = ['who', ...listOf(60, (index) => `r[*].z${index}`)];
    const fitting = extract(payload(MAX_VISITS_PER_ALERT - 4), ...paths);
    expect(fitting.notes).toEqual([]);
    const beyond = extract(payload(MAX_VISITS_PER_ALERT - 3), ...paths);
    expect(beyond.notes).toEqual([MAPPING_NOTES.visits]);
    for (const { indicators } of [fitting, beyond]) {
      expect(indicators).toMatchObject([{ value: 'svc-backup' }]);
    }
  });

  test('may lead to so many values each, and no more', () => {
    const users = (count: number) => listOf(count, () => 'svc-backup');
    const notes = (payload: unknown, path: string) => extract(payload, path).notes;
    expect(notes({ who: users(MAX_MATCHES_PER_PATH) }, 'who')).toEqual([]);
    expect(notes({ who: users(MAX_MATCHES_PER_PATH + 1) }, 'who')).toEqual([MAPPING_NOTES.matches]);
    expect(notes({ who: users(MAX_MATCHES_PER_PATH) }, 'who[*]')).toEqual([]);
    expect(notes({ who: users(MAX_MATCHES_PER_PATH + 1) }, 'who[*]')).toEqual([
      MAPPING_NOTES.matches,
    ]);
  });

  test('may lead to so many values together, and no more', () => {
    const whole = MAX_MAPPED_VALUES / MAX_MATCHES_PER_PATH;
    const lists = listOf(whole, (index) => [
      `list${index}`,
      listOf(MAX_MATCHES_PER_PATH, () => 'svc-backup'),
    ]);
    const payload = { ...Object.fromEntries(lists), last: 'svc-last' };
    const paths = listOf(whole, (index) => `list${index}`);
    expect(extract(payload, ...paths).notes).toEqual([]);
    const { notes, indicators } = extract(payload, ...paths, 'last');
    expect(notes).toEqual([MAPPING_NOTES.values]);
    expect(indicators.map(({ value }) => value)).toEqual(['svc-backup']);
  });

  test('are read in slices of about a millisecond', () => {
    const entries = { r: listOf(150_000, () => 1) };
    const turns = [...extractInSlices(anInput(entries, ...listOf(60, (n) => `r[*].z${n}`)))].length;
    expect(turns).toBeGreaterThanOrEqual(15);
    const values = { r: listOf(900, (index) => `svc-${index}`) };
    expect([...extractInSlices(anInput(values, 'r'))].length).toBeGreaterThanOrEqual(9);
  });
});
