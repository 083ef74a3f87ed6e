import { type Goal } from '@calseta/bench';
import { expect } from '@jest/globals';

/** Each run has goals and meets all of them; a failure prints the missed ones with what was wanted and measured. */
export function expectGoalsMet(...runs: readonly (readonly Goal[])[]): void {
  expect(runs.length).toBeGreaterThan(0);
  for (const goals of runs) expect(goals.length).toBeGreaterThan(0);
  const missed = runs
    .flat()
    .flatMap(({ isMet, name, wanted, measured }) => (isMet ? [] : [{ name, wanted, measured }]));
  expect(missed).toEqual([]);
}
