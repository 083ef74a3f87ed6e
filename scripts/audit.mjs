// Checks that no package that a service needs to run has a known high or critical vulnerability.
// `npm run audit [-- <registry>]`: asks npm's configured registry, or the given one.
import { productionPackages } from './production-packages.mjs';
import { run } from './run.mjs';

/** As in sysexits.h: the check could not be made. */
const EXIT_NOT_CHECKED = 75;
const REFUSED = new Set(['high', 'critical']);
const TIMEOUT_MS = 30_000;

const registry = process.argv[2] ?? (await configuredRegistry());
const packages = await productionPackages();
const advisories = await ask(
  Object.fromEntries(packages.map(({ name, versions }) => [name, versions])),
);
for (const [name, found] of Object.entries(advisories)) {
  const versions = packages.find((entry) => entry.name === name)?.versions.join(', ') ?? '';
  for (const { severity, title, vulnerable_versions: range, url } of found) {
    if (REFUSED.has(severity)) process.exitCode = 1;
    process.stdout.write(`${name}@${versions}: ${severity}: ${title} (${range}) ${url}\n`);
  }
}

async function configuredRegistry() {
  const { output } = await run('npm', ['--loglevel=error', 'config', 'get', 'registry']);
  return output.trim().split('\n').at(-1);
}

/** Advisories by the name of the package that they are about. */
async function ask(versionsByName) {
  const url = new URL('-/npm/v1/security/advisories/bulk', registry.replace(/\/?$/, '/'));
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(versionsByName),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return notChecked(`it answered ${response.status}`);
    return await response.json();
  } catch (error) {
    return notChecked(error.cause?.code ?? error.name);
  }
}

function notChecked(why) {
  process.stdout.write(
    `The package registry does not tell known vulnerabilities (${why}): nothing was checked. ` +
      'Run `npm run audit` where it does.\n',
  );
  process.exit(EXIT_NOT_CHECKED);
}
