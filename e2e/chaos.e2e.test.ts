import { type ChaosSystem, FAULTS, runFault, startChaosSystem } from '@calseta/bench';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/** The short sizes of `npm run chaos`, of the faults that the other tests here do not bring about. */
const NAMES = ['freeze-broker', 'partition', 'hang-agent', 'poison', 'flood', 'disk-alarm'];

let chaos: ChaosSystem;
beforeAll(async () => {
  chaos = await startChaosSystem();
}, 120_000);
afterAll(async () => await chaos[Symbol.asyncDispose](), 60_000);

describe('every alert is accounted for', () => {
  test.each(FAULTS.filter(({ name }) => NAMES.includes(name)))('$name: $summary', async (fault) => {
    const { goals } = await runFault(chaos, fault, fault.short);
    expect(goals.length).toBeGreaterThan(0);
    expect(goals.filter(({ isMet }) => !isMet)).toEqual([]);
  });
});
