import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

const METRICS = new URL('../dist/telemetry/metrics.js', import.meta.url).href;
const WATCHED_MS = 2_000;
/** With its defaults, prom-client alone wakes a process a hundred times per second. */
const MAX_WAKES_PER_SECOND = 40;

const SCRIPT = `
  import { createMetrics } from ${JSON.stringify(METRICS)};
  const metrics = createMetrics();
  const wakes = () => process.resourceUsage().voluntaryContextSwitches;
  const before = wakes();
  setTimeout(() => console.log(wakes() - before), ${WATCHED_MS});
`;

test('the metrics of a process do not wake it while it is idle', () => {
  const node = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    encoding: 'utf8',
  });
  expect(node.stderr).toBe('');
  const wakes = Number(node.stdout);
  expect(wakes).toBeGreaterThan(0);
  expect(wakes).toBeLessThan((MAX_WAKES_PER_SECOND * WATCHED_MS) / 1_000);
});
