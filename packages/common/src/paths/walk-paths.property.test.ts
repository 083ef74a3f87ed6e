import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePaths } from './compile-paths.js';
import { createVisitBudget } from './visit-budget.js';
import { keysTo, MAX_MATCHES_PER_PATH, readPaths } from './walk-paths.js';

type Keys = (string | number)[];
type Match = [keys: Keys, value: unknown];

/** What a path leads to, said as simply as can be: one path, one step after the other. */
function readAlone(node: unknown, steps: string[], at: Keys = []): Match[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [[at, node]];
  if (Array.isArray(node)) {
    const list = node as unknown[];
    if (/^\d+$/.test(step)) {
      const index = Number(step);
      return index < list.length ? readAlone(list[index], rest, [...at, index]) : [];
    }
    const behind = step === '*' ? rest : steps;
    return list.flatMap((entry, index) => readAlone(entry, behind, [...at, index]));
  }
  if (typeof node !== 'object' || node === null) return [];
  const object = node as Record<string, unknown>;
  if (step === '*') {
    return Object.keys(object).flatMap((key) => readAlone(object[key], rest, [...at, key]));
  }
  const longestFirst = steps.map((_, index) => steps.length - index);
  return longestFirst.flatMap((taken) => {
    const key = steps.slice(0, taken).join('.');
    if (!Object.hasOwn(object, key)) return [];
    return readAlone(object[key], steps.slice(taken), [...at, key]);
  });
}

// Few of them, so that paths and payloads meet.
const stepArbitrary = fc.constantFrom('a', 'a', 'a', 'a', 'b', '*', '*', '0', '01');
const keyArbitrary = fc.oneof(
  { weight: 8, arbitrary: stepArbitrary },
  {
    weight: 8,
    arbitrary: fc.array(stepArbitrary, { minLength: 2, maxLength: 3 }).map((all) => all.join('.')),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '.', 'a.', '.a', 'a..a', '[0]', '__proto__') },
);
const payloadArbitrary = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.nat({ max: 9 }),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(keyArbitrary, tie('node')), { minLength: 1, maxLength: 4 }).map(
      // JSON.parse makes a key of its own of `__proto__`.
      (entries) =>
        JSON.parse(
          `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
        ) as unknown,
    ),
  ),
})).node;

const spelled = (steps: string[], brackets: boolean[]): string =>
  steps.reduce((path, step, index) => {
    if (brackets[index] === true && /^(?:\*|\d+)$/.test(step)) return `${path}[${step}]`;
    return path === '' ? step : `${path}.${step}`;
  }, '');
const pathArbitrary = fc
  .tuple(fc.array(stepArbitrary, { maxLength: 5 }), fc.array(fc.boolean(), { maxLength: 5 }))
  .map(([steps, brackets]) => ({ steps, path: spelled(steps, brackets) }));

const expected = (payload: unknown, steps: string[]): Match[] =>
  steps.length === 0 ? [] : readAlone(payload, steps).slice(0, MAX_MATCHES_PER_PATH);

test('all paths together lead to what each alone leads to, in the same order', () => {
  fc.assert(
    fc.property(
      payloadArbitrary,
      fc.array(pathArbitrary, { minLength: 1, maxLength: 8 }),
      (payload, paths) => {
        const compiled = compilePaths(paths.map(({ path }) => path));
        const { matches } = readPaths(payload, compiled);
        expect(
          matches.map((ofPath) => ofPath.map(({ place, value }) => [keysTo(place), value])),
        ).toEqual(paths.map(({ steps }) => expected(payload, steps)));
      },
    ),
    { numRuns: 5_000 },
  );
});

test('a budget that ends leaves out, and adds nothing', () => {
  fc.assert(
    fc.property(
      payloadArbitrary,
      fc.array(pathArbitrary, { minLength: 1, maxLength: 8 }),
      fc.nat({ max: 30 }),
      (payload, paths, max) => {
        const compiled = compilePaths(paths.map(({ path }) => path));
        const budget = createVisitBudget(max);
        const { matches } = readPaths(payload, compiled, budget);
        const whole = paths.map(({ steps }) => expected(payload, steps));
        expect(budget.spent).toBeLessThanOrEqual(max);
        for (const [position, ofPath] of matches.entries()) {
          const read = ofPath.map(({ place, value }) => [keysTo(place), value]);
          expect(read).toEqual(whole[position]?.slice(0, read.length));
          if (!budget.isCut) expect(read).toEqual(whole[position]);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
