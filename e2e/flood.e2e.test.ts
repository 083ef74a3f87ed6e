import { FAULTS, runFault, startChaosSystem } from '@calseta/bench';
import { test } from '@jest/globals';
import { expectGoalsMet } from './support/expect-goals-met.js';

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
    expectGoalsMet(goals);
  },
  TIMEOUT_MS,
);
