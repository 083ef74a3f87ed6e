// The static checks; each counts as one test.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const bin = (path) => join(root, 'node_modules', path);

/** The longest check first: it takes as long as all the others together. */
const CHECKS = [
  { name: 'lint', program: bin('eslint/bin/eslint.js'), args: ['.'] },
  { name: 'build', program: bin('typescript/bin/tsc'), args: ['-b'] },
  {
    name: 'types of tests',
    program: bin('typescript/bin/tsc'),
    args: ['-p', 'tsconfig.check.json'],
  },
  {
    name: 'direction of dependencies',
    program: bin('dependency-cruiser/bin/dependency-cruise.mjs'),
    args: ['--config', '.dependency-cruiser.cjs', 'packages', 'services', 'bench'],
  },
  { name: 'unused code', program: bin('knip/bin/knip.js'), args: ['--no-progress'] },
  { name: 'alert rules', program: join(root, 'scripts/alert-rules.mjs'), args: [] },
  { name: 'Helm chart', program: join(root, 'scripts/manifests.mjs'), args: ['--check'] },
  { name: 'Dockerfile', program: join(root, 'scripts/dockerfile.mjs'), args: [] },
  { name: 'links of the documents', program: join(root, 'scripts/links.mjs'), args: [] },
  { name: 'the recipes', program: join(root, 'scripts/recipe.mjs'), args: [] },
  { name: 'rules of OpenAPI', program: join(root, 'scripts/openapi-rules.mjs'), args: [] },
  { name: 'licences', program: join(root, 'scripts/licences.mjs'), args: [] },
  { name: 'known vulnerabilities', program: join(root, 'scripts/audit.mjs'), args: [] },
  {
    name: 'format',
    program: bin('prettier/bin/prettier.cjs'),
    args: ['--check', '.', '--cache', '--cache-location', '.cache/prettier'],
  },
];
/** Lint and the build use a gigabyte each. */
const MAX_AT_ONCE = 2;

/** Exit codes of checks; any other one is a failure. 75: the check could not run here, which is reported. */
const OUTCOMES = new Map([
  [0, 'passed'],
  [75, 'skipped'],
]);
const LABELS = { passed: 'PASS', failed: 'FAIL', skipped: 'NOT CHECKED' };

/** Runs all checks, even if the first ones fail. */
export async function runChecks() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...CHECKS];
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      counts[await runCheck(check)] += 1;
    }
  };
  const atOnce = Math.min(MAX_AT_ONCE, availableParallelism());
  await Promise.all(Array.from({ length: atOnce }, work));
  return counts;
}

async function runCheck({ name, program, args }) {
  const startedAt = Date.now();
  const { code, output } = await run(process.execPath, [program, ...args]);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const outcome = OUTCOMES.get(code) ?? 'failed';
  process.stdout.write(`${LABELS[outcome]} check: ${name} (${seconds} s)\n`);
  if (outcome !== 'passed') process.stdout.write(`${output.trimEnd()}\n`);
  return outcome;
}
