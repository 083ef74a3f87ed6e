// Checks that docs/openapi.json follows Redocly's recommended rules without a warning.
import { join } from 'node:path';
import { root, run } from './run.mjs';

const cli = join(root, 'node_modules/@redocly/cli/bin/cli.js');
const { code, output } = await run(
  process.execPath,
  [cli, 'lint', 'docs/openapi.json', '--config', 'redocly.yaml'],
  { env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
);
if (code !== 0) process.stdout.write(output);
process.exitCode = code;
