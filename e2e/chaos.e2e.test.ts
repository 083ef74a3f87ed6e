import { type ChaosSystem, FAULTS, runFault, startChaosSystem } from '@calseta/bench';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { expectGoalsMet } from './support/expect-goals-met.js';

/**
 * The short sizes of `npm run chaos`, for the faults that no other test covers. The others:
 *
 * | fault                      | test                                                                     |
 * | kill-workers               | cluster: 'lose nothing while every worker is killed again and again'     |
 * | rolling-restart            | cluster: 'answer every request while they are restarted in turn'         |
 * | wipe-broker                | healing: 'all queues deleted again and again while alerts are on …'      |
 * | kill-broker, kill-postgres | healing: 'Postgres, then RabbitMQ: never a 202 that is lost'             |
 * | flood                      | flood, which needs the machine for itself                                |
 */
const NAMES = [
  'kill-workflows',
  'freeze-broker',
  'partition',
  'hang-agent',
  'crash-points',
  'poison',
  'disk-alarm',
];

let chaos: ChaosSystem;
beforeAll(async () => {
  chaos = await startChaosSystem();
}, 300_000);
afterAll(async () => await chaos[Symbol.asyncDispose](), 300_000);

/** Time for draining, which no fault needs completely, plus the duration of the fault. */
const TIMEOUT_MS = 300_000;

describe('every alert is accounted for', () => {
  test.each(FAULTS.filter(({ name }) => NAMES.includes(name)))(
    '$name: $summary',
    async (fault) => {
      const { goals } = await runFault(chaos, fault, fault.short);
      expectGoalsMet(goals);
    },
    TIMEOUT_MS,
  );
});
