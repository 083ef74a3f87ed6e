// `npm test`: everything. `npm test -- <path or jest options>`: those tests only.
import { availableParallelism } from 'node:os';
import { runChecks } from './checks.mjs';
import { runJest, runJestSideBySide } from './jest.mjs';
import { orExplain, setUp } from './setup.mjs';
import { summarise } from './summary.mjs';

const chosen = process.argv.slice(2);
// Most tests with servers wait half of the time, so there are more workers than a small machine has cores.
// What jest keeps of each file makes a worker slow long before it is full, so it is replaced.
const workers = [
  `--maxWorkers=${Math.max(3, availableParallelism() - 1)}`,
  '--workerIdleMemoryLimit=1GB',
];

if (chosen.length > 0) {
  await orExplain(setUp({ build: 'everything' }));
  summarise(await runJest(chosen));
} else {
  // The build is one of the checks.
  await orExplain(setUp());
  summarise(
    await runChecks(),
    await runJestSideBySide([...workers, '--selectProjects', 'unit', 'integration', 'e2e']),
    await runJestSideBySide([...workers, '--selectProjects', 'faults']),
    await runJest(['--runInBand', '--selectProjects', 'timed']),
  );
}
