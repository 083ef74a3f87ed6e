// Every package that a service needs to run has a licence that allows any use.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const services = ['--filter-prod', '{./services/*}...'];
const { code, output } = await run('npx', [
  ...['-y', '--loglevel=error', packageManager],
  ...['licenses', 'list', '--json', '--prod', ...services],
]);
const begin = output.indexOf('{');
if (code !== 0 || begin < 0) {
  process.stdout.write(`The licences could not be listed:\n${output}`);
  process.exit(1);
}

const byLicence = Object.entries(JSON.parse(output.slice(begin, output.lastIndexOf('}') + 1)));
for (const [licence, packages] of byLicence) {
  if (ALLOWED.has(licence)) continue;
  process.exitCode = 1;
  for (const { name, versions } of packages) {
    process.stdout.write(`${name}@${versions.join(', ')}: ${licence} is not on the list\n`);
  }
}
