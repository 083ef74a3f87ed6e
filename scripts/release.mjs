// What the release workflow asks of the repository:
//   node scripts/release.mjs check v0.1.0   prints `version=0.1.0` if every part has that version; fails otherwise
//   node scripts/release.mjs notes 0.1.0    prints the section of CHANGELOG.md
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');
const found = (path, pattern) => pattern.exec(read(path))?.[1];

/** Each part of a release that states its version. */
const versions = () => ({
  'package.json': JSON.parse(read('package.json')).version,
  'packages/common/src/version.ts': found('packages/common/src/version.ts', /VERSION = '([^']+)'/),
  'version in Chart.yaml': found('deploy/helm/calseta/Chart.yaml', /^version: (\S+)$/m),
  'appVersion in Chart.yaml': found('deploy/helm/calseta/Chart.yaml', /^appVersion: (\S+)$/m),
  'the newest heading of CHANGELOG.md': found('CHANGELOG.md', /^## (\d\S*)$/m),
});

function check(tag) {
  const version = /^v(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(tag)?.[1];
  if (!version) return fail(`${tag} is no tag of a release; one is v<major>.<minor>.<patch>.`);
  const others = Object.entries(versions()).filter(([, one]) => one !== version);
  for (const [part, one] of others) fail(`${part} says ${one}, the tag ${version}.`);
  if (others.length === 0) process.stdout.write(`version=${version}\n`);
}

function notes(version) {
  const [, section] = read('CHANGELOG.md').split(`\n## ${version}\n`);
  if (!section) return fail(`CHANGELOG.md has no section ${version}.`);
  process.stdout.write(`${section.split('\n## ')[0].trim()}\n`);
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
}

const commands = { check, notes };
const [command, argument = ''] = process.argv.slice(2);
if (Object.hasOwn(commands, command)) commands[command](argument);
else fail(`Say one of: ${Object.keys(commands).join(', ')}.`);
