// Checks that the alert rules for Prometheus are valid and fire when they should.
// promtool comes with Prometheus (Debian package `prometheus`); PROMTOOL is its path if it is not on the PATH.
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** As in sysexits.h: the check could not be made. */
const EXIT_NOT_CHECKED = 75;
const promtool = process.env['PROMTOOL'] ?? 'promtool';
const file = (name) => join(root, 'deploy/observability', name);

const version = await run(promtool, ['--version']);
if (version.code !== 0) {
  process.stdout.write(
    `There is no ${promtool}: whether the alert rules are valid and fire was not checked. ` +
      'Install Prometheus, or set PROMTOOL, and run `node scripts/alert-rules.mjs`.\n',
  );
  process.exit(EXIT_NOT_CHECKED);
}
const steps = [
  ['check', 'rules', file('prometheus-rules.yaml')],
  ['test', 'rules', file('prometheus-rules.test.yaml')],
];
for (const args of steps) {
  const { code, output } = await run(promtool, args);
  process.stdout.write(output);
  if (code !== 0) process.exitCode = 1;
}
