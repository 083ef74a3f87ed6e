// Checks that every package that a service needs to run has a licence that allows any use.
import { productionPackages } from './production-packages.mjs';

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

for (const { name, versions, licence } of await productionPackages()) {
  if (ALLOWED.has(licence)) continue;
  process.exitCode = 1;
  process.stdout.write(`${name}@${versions.join(', ')}: ${licence} is not on the list\n`);
}
