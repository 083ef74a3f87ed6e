// Lists every third-party package that a service needs to run, including transitive ones.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const manifest = (path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));

/** As `[{ name, versions, licence }]`. Ends the process when the list cannot be read completely. */
export async function productionPackages() {
  const services = ['--filter-prod', '{./services/*}...'];
  const { code, output } = await run('npx', [
    ...['-y', '--loglevel=error', manifest('.').packageManager],
    ...['licenses', 'list', '--json', '--prod', ...services],
  ]);
  const begin = output.indexOf('{');
  if (code !== 0 || begin < 0) giveUp(output);
  const byLicence = JSON.parse(output.slice(begin, output.lastIndexOf('}') + 1));
  const packages = Object.entries(byLicence).flatMap(([licence, found]) =>
    found.map(({ name, versions }) => ({ name, versions, licence })),
  );
  const names = new Set(packages.map(({ name }) => name));
  const missing = directDependencies().filter((name) => !names.has(name));
  if (missing.length > 0) giveUp(`Missing: ${missing.join(', ')}`);
  return packages;
}

/** The list has to contain the packages that our own manifests name, so that an empty list is an error. */
const directDependencies = () =>
  ['packages', 'services']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((path) => path !== 'packages/testing')
    .flatMap((path) => Object.keys(manifest(path).dependencies ?? {}))
    .filter((name) => !name.startsWith('@calseta/'));

function giveUp(why) {
  process.stdout.write(`The production packages could not be listed:\n${why}\n`);
  process.exit(1);
}
