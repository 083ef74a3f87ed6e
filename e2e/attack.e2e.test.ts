import { DOORS, MODES, runDoor, startTarget, type Target } from '@calseta/bench';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { expectGoalsMet } from './support/expect-goals-met.js';

/** The short sizes of `npm run attack`. Attacks mostly wait, so both modes are attacked at the same time. */
const SEED = 20_251;
const START_TIMEOUT_MS = 300_000;
const DOOR_TIMEOUT_MS = 300_000;

// Other systems have no /proc and cannot connect from 127.0.0.0/8.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('standalone and cluster, attacked', () => {
  let targets: Target[] = [];
  beforeAll(async () => {
    targets = await Promise.all(MODES.map(async (mode) => await startTarget(mode)));
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all(targets.map(async (target) => await target[Symbol.asyncDispose]()));
  }, START_TIMEOUT_MS);

  test.each(DOORS)(
    'hold $name: $summary',
    async (door) => {
      const judged = await Promise.all(
        targets.map(async (target) => {
          const { section } = await runDoor(door, { target, size: 'short', seed: SEED });
          return section.goals.map((goal) => ({ ...goal, name: `${target.mode}: ${goal.name}` }));
        }),
      );
      expectGoalsMet(...judged);
    },
    DOOR_TIMEOUT_MS,
  );
});
