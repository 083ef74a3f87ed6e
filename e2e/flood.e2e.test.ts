import { FAULTS, runFault, startChaosSystem } from '@calseta/bench';
import { expect, test } from '@jest/globals';

/** Three minutes of draining, and the flood before it. */
const TIMEOUT_MS = 240_000;

// A sender that shares its cores with another test sends too little to be refused.
test(
  'a flood is refused in part, and every alert of the rest is accounted for',
  async () => {
    const flood = FAULTS.find(({ name }) => name === 'flood');
    if (!flood) throw new Error('There is no such fault.');
    await using chaos = await startChaosSystem();
    const { goals } = await runFault(chaos, flood, flood.short);
    expect(goals.length).toBeGreaterThan(0);
    expect(goals.filter(({ isMet }) => !isMet)).toEqual([]);
  },
  TIMEOUT_MS,
);
