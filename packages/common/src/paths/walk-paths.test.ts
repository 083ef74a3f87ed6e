import { describe, expect, test } from '@jest/globals';
import { toPointer } from '../../../indicators/src/values/pointer.js';
import { compilePaths, MAX_PATH_STEPS } from './compile-paths.js';
import { entriesOf } from './entries-of.js';
import { createVisitBudget, MAX_VISITS_PER_ALERT } from './visit-budget.js';
import {
  keysTo,
  MAX_MATCHES_PER_PATH,
  readPaths,
  VISITS_PER_SLICE,
  walkPaths,
} from './walk-paths.js';

const listOf = <T>(length: number, entry: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => entry(index));

const visitsOf = (payload: unknown, paths: string[]): number => {
  const budget = createVisitBudget();
  readPaths(payload, compilePaths(paths), budget);
  return budget.spent;
};

describe('readPaths', () => {
  const payload = {
    alert: { hosts: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2', nics: ['a', 'b'] }], 'rule.name': 'x' },
    'source.ip': '10.0.0.3',
    source: { ip: '10.0.0.4' },
    'a/b': { '~c': 1 },
  };
  const cases: [string, [string, unknown][]][] = [
    ['alert.hosts[0].ip', [['/alert/hosts/0/ip', '10.0.0.1']]],
    ['alert.hosts.1.ip', [['/alert/hosts/1/ip', '10.0.0.2']]],
    [
      'alert.hosts[*].ip',
      [
        ['/alert/hosts/0/ip', '10.0.0.1'],
        ['/alert/hosts/1/ip', '10.0.0.2'],
      ],
    ],
    [
      'alert.hosts.ip',
      [
        ['/alert/hosts/0/ip', '10.0.0.1'],
        ['/alert/hosts/1/ip', '10.0.0.2'],
      ],
    ],
    ['alert.*[*].nics[1]', [['/alert/hosts/1/nics/1', 'b']]],
    [
      'source.ip',
      [
        ['/source.ip', '10.0.0.3'],
        ['/source/ip', '10.0.0.4'],
      ],
    ],
    ['alert.rule.name', [['/alert/rule.name', 'x']]],
    ['a/b.~c', [['/a~1b/~0c', 1]]],
    ['alert.missing', []],
    ['alert.hosts[7].ip', []],
    ['', []],
    [listOf(MAX_PATH_STEPS + 1, () => 'a').join('.'), []],
  ];
  const read = (from: unknown, ...paths: string[]) =>
    readPaths(from, compilePaths(paths)).matches.map((matches) =>
      matches.map(({ place, value }) => [toPointer(keysTo(place)), value]),
    );

  test.each(cases)('reads %j', (path, expected) => {
    expect(read(payload, path)).toEqual([expected]);
  });

  test('reads many at once, one of them twice', () => {
    const twice = [...cases, ...cases];
    expect(read(payload, ...twice.map(([path]) => path))).toEqual(twice.map(([, found]) => found));
  });

  test('reads a path of the most steps', () => {
    const steps = listOf(MAX_PATH_STEPS, () => 'a');
    const nested = steps.reduceRight<unknown>((inner) => ({ a: inner }), 1);
    expect(read(nested, steps.join('.'))).toEqual([[[`/${steps.join('/')}`, 1]]]);
  });

  test('reads own keys only', () => {
    expect(read({}, '__proto__.constructor')).toEqual([[]]);
    expect(read(JSON.parse('{"__proto__": {"ip": "10.0.0.1"}}'), '__proto__.ip')).toEqual([
      [['/__proto__/ip', '10.0.0.1']],
    ]);
  });

  test('goes down as deep as a payload nests', () => {
    let deep: unknown = { ip: 'x' };
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    const { matches } = readPaths(deep, compilePaths(['ip']));
    expect(matches[0]).toMatchObject([{ value: 'x' }]);
  });
});

describe('the visits of a walk', () => {
  const wide = { r: listOf(20, () => listOf(20, () => listOf(20, () => ({ x: 1 })))) };

  test('are one for each value and key on the way, whatever the number of paths', () => {
    const lists = 20 + 20 * 20 + 20 * 20 * 20;
    const keys = 20 * 20 * 20;
    const one = visitsOf(wide, ['r[*][*][*].z0']);
    // The key `r` is looked up, then gone into.
    expect(one).toBe(2 + lists + keys);
    expect(
      visitsOf(
        wide,
        listOf(200, (index) => `r[*][*][*].z${index}`),
      ),
    ).toBe(one);
  });

  test('grow with the ways to read a place, not with the paths that cannot lead there', () => {
    const elsewhere = listOf(100, (index) => `r.a${index}[*][*].b`);
    expect(visitsOf(wide, ['r[0][*][*].x', ...elsewhere])).toBeLessThan(
      visitsOf(wide, ['r[0][*][*].x']) + visitsOf(wide, elsewhere) + 1,
    );
    expect(visitsOf({ r: 1 }, elsewhere)).toBe(2);
  });

  test.each([
    ['entries', { r: listOf(100, () => 1) }, 'r[*].x', 102],
    ['entries of entries', { r: listOf(10, () => listOf(9, () => 1)) }, 'r.x', 102],
    ['values', { r: Object.fromEntries(listOf(100, (key) => [`k${key}`, 1])) }, 'r.*.x', 102],
    ['keys', { r: Object.fromEntries(listOf(100, (key) => [`k${key}`, 1])) }, 'r.x', 102],
    ['indexes', { r: listOf(100, () => listOf(1, () => 1)) }, 'r[*][0].x', 202],
  ])('end at the budget: %s', (_, payload, path, visits) => {
    expect(visitsOf(payload, [path])).toBe(visits);
    const outcome = (max: number) => {
      const budget = createVisitBudget(max);
      readPaths(payload, compilePaths([path]), budget);
      return { spent: budget.spent, isCut: budget.isCut };
    };
    expect(outcome(visits)).toEqual({ spent: visits, isCut: false });
    expect(outcome(visits - 1)).toEqual({ spent: visits - 1, isCut: true });
  });

  test('are bounded for an alert of a mebibyte that a hundred paths go through in every way', () => {
    const payload = { r: listOf(40, () => listOf(110, () => listOf(110, () => 1))) };
    const ways = listOf(100, (way) =>
      listOf(6, (step) => ((way >> step) & 1 ? '[*]' : `.k${step}`)).join(''),
    );
    const budget = createVisitBudget();
    readPaths(payload, compilePaths(ways.map((way) => `r${way}`)), budget);
    expect(budget).toEqual({ max: MAX_VISITS_PER_ALERT, spent: MAX_VISITS_PER_ALERT, isCut: true });
  });

  test('leave what stands beside a long list to be read', () => {
    const payload = { list: listOf(MAX_VISITS_PER_ALERT, () => 1), 'a.b': 1, src: { ip: 'x' } };
    const budget = createVisitBudget();
    const paths = compilePaths(['list[*].ip', 'src.ip']);
    const { matches } = readPaths(payload, paths, budget);
    expect(budget.isCut).toBe(true);
    expect(matches[1]).toMatchObject([{ value: 'x' }]);
  });

  test('come in slices', () => {
    const turnsIn = (visits: number): number => {
      const list = listOf(visits, () => 1);
      return [...walkPaths(list, compilePaths(['*.x']), createVisitBudget())].length;
    };
    expect(turnsIn(VISITS_PER_SLICE - 1)).toBe(0);
    expect(turnsIn(VISITS_PER_SLICE)).toBe(1);
    expect(turnsIn(10 * VISITS_PER_SLICE)).toBe(10);
  });
});

describe('the values of a path', () => {
  const read = (payload: unknown, ...paths: string[]) => readPaths(payload, compilePaths(paths));
  const hosts = (count: number) => ({ list: listOf(count, () => ({ ip: 'x' })), late: 'y' });

  test('are as many as one may have', () => {
    const fitting = read(hosts(MAX_MATCHES_PER_PATH), 'list[*].ip');
    expect(fitting.isOverflowing).toBe(false);
    expect(fitting.matches[0]).toHaveLength(MAX_MATCHES_PER_PATH);
    const beyond = read(hosts(MAX_MATCHES_PER_PATH + 1), 'list[*].ip');
    expect(beyond.isOverflowing).toBe(true);
    expect(beyond.matches[0]).toHaveLength(MAX_MATCHES_PER_PATH);
  });

  test('are no longer looked for when there are too many, and those of other paths are', () => {
    const budget = createVisitBudget();
    const paths = compilePaths(['list[*].ip', 'late']);
    const { matches } = readPaths(hosts(MAX_VISITS_PER_ALERT), paths, budget);
    expect(matches[1]).toMatchObject([{ value: 'y' }]);
    expect(budget.isCut).toBe(false);
    expect(budget.spent).toBeLessThan(4 * MAX_MATCHES_PER_PATH);
  });

  test('count entry by entry where they are lists', () => {
    const entries = (...lengths: number[]) =>
      entriesOf(lengths.map((length) => ({ value: listOf(length, String), place: undefined })));
    expect(entries(2, 1).entries.map(({ value, place }) => [value, keysTo(place)])).toEqual([
      ['0', [0]],
      ['1', [1]],
      ['0', [0]],
    ]);
    expect(entries(400, MAX_MATCHES_PER_PATH - 400)).toMatchObject({ isOverflowing: false });
    const beyond = entries(400, MAX_MATCHES_PER_PATH - 399);
    expect(beyond.isOverflowing).toBe(true);
    expect(beyond.entries).toHaveLength(MAX_MATCHES_PER_PATH);
    expect(entriesOf([{ value: 'x', place: undefined }]).entries).toHaveLength(1);
  });
});
