// The static checks; each counts as one test.
import { root, run } from './run.mjs';
import { join } from 'node:path';

const bin = (path) => join(root, 'node_modules', path);

const CHECKS = [
  { name: 'build', program: bin('typescript/bin/tsc'), args: ['-b'] },
  {
    name: 'types of tests',
    program: bin('typescript/bin/tsc'),
    args: ['-p', 'tsconfig.check.json'],
  },
  { name: 'lint', program: bin('eslint/bin/eslint.js'), args: ['.'] },
  {
    name: 'direction of dependencies',
    program: bin('dependency-cruiser/bin/dependency-cruise.mjs'),
    args: ['--config', '.dependency-cruiser.cjs', 'packages', 'services'],
  },
  { name: 'unused code', program: bin('knip/bin/knip.js'), args: ['--no-progress'] },
  { name: 'licences', program: join(root, 'scripts/licences.mjs'), args: [] },
  { name: 'format', program: bin('prettier/bin/prettier.cjs'), args: ['--check', '.'] },
];

/** Runs all of them, whatever the first ones say. */
export async function runChecks() {
  const counts = { passed: 0, failed: 0 };
  for (const { name, program, args } of CHECKS) {
    const startedAt = Date.now();
    const { code, output } = await run(process.execPath, [program, ...args]);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    if (code === 0) counts.passed += 1;
    else counts.failed += 1;
    process.stdout.write(`${code === 0 ? 'PASS' : 'FAIL'} check: ${name} (${seconds} s)\n`);
    if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  }
  return counts;
}
