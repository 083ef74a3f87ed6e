// Runs jest, and returns the result as numbers.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** With more failures than this, the code is at fault and not the machine. */
const MAX_REPEATED = 10;

/** Runs jest once. */
export async function runJest(args) {
  const { counts } = await runOnce(args);
  return counts;
}

/**
 * Runs jest with several workers. Tests that fail then run once more with the machine for themselves, since a
 * busy machine can break the timing of a test, but not a promise of the code. Such a test counts as passed if
 * it passes alone, and is named in the output.
 */
export async function runJestSideBySide(args) {
  const { counts, failures } = await runOnce(args);
  if (failures.length === 0 || failures.length > MAX_REPEATED) return counts;
  write(`\nFailed beside others, and now run again alone:\n${failures.map(describe).join('\n')}`);
  const second = await runOnce([
    '--runInBand',
    `--testPathPatterns=${anyOf(failures.map(({ file }) => file))}`,
    ...namesOf(failures),
  ]);
  const repaired = counts.failed - second.counts.failed;
  // Fewer ran than failed, so nothing is known of the others.
  if (second.counts.passed < repaired) return counts;
  if (repaired > 0) write(`${repaired} passed alone.`);
  return { passed: counts.passed + repaired, failed: second.counts.failed };
}

/** Empty for a file that failed as a whole: then all of its tests are repeated. */
const namesOf = (failures) =>
  failures.some(({ name }) => name === undefined)
    ? []
    : [`--testNamePattern=^${anyOf(failures.map(({ name }) => name))}$`];

const anyOf = (texts) =>
  `(${texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`;

const describe = ({ file, name }) => `  ${file}${name === undefined ? '' : ` › ${name}`}`;

async function runOnce(args) {
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
    return read(JSON.parse(readFileSync(outputFile, 'utf8')), code);
  } catch {
    write('jest ended without results');
    return { counts: { passed: 0, failed: 1 }, failures: [] };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A failure outside any test, such as a server that could not be stopped, counts as a failed test. */
function read(results, code) {
  const failures = results.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(failuresOf);
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const counts = {
    passed: results.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
  };
  return { counts, failures };
}

function failuresOf({ name: file, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return [{ file }];
  return failed.map(({ fullName }) => ({ file, name: fullName }));
}

const write = (text) => process.stdout.write(`${text}\n`);
