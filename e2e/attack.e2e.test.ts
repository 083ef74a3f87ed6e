import { DOORS, MODES, runDoor, startTarget, type Target } from '@calseta/bench';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/** The short sizes of `npm run attack`. */
const SEED = 20_251;
const START_TIMEOUT_MS = 120_000;
const DOOR_TIMEOUT_MS = 300_000;
const HELD = new Set([
  'ssrf',
  'hidden-text',
  'wide-alerts',
  'many-agents',
  'slow-clients',
  'bombs',
  'fuzz',
]);

// Other systems have neither /proc nor 127.0.0.0/8 to connect from.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux.each(MODES)('%s, attacked', (mode) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(mode);
  }, START_TIMEOUT_MS);
  afterAll(async () => await target[Symbol.asyncDispose](), START_TIMEOUT_MS);

  test.each(DOORS.filter(({ name }) => HELD.has(name)))(
    'holds $name: $summary',
    async (door) => {
      const { section } = await runDoor(door, { target, size: 'short', seed: SEED });
      expect(section.goals.length).toBeGreaterThan(0);
      expect(section.goals.filter(({ isMet }) => !isMet)).toEqual([]);
    },
    DOOR_TIMEOUT_MS,
  );
});
