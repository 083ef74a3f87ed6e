// Runs jest once, and returns the result as numbers.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

export async function runJest(args) {
  const directory = mkdtempSync(join(tmpdir(), 'calseta-jest-'));
  const outputFile = join(directory, 'results.json');
  const { code } = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings=ExperimentalWarning',
      join(root, 'node_modules/jest/bin/jest.js'),
      '--json',
      `--outputFile=${outputFile}`,
      '--passWithNoTests',
      ...args,
    ],
    { inherit: true },
  );
  try {
    const results = JSON.parse(readFileSync(outputFile, 'utf8'));
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // A failure outside any test, such as a server that could not be stopped, counts as a failed test.
    return { passed: results.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch {
    process.stdout.write('jest ended without results\n');
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
