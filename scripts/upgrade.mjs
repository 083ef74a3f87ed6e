// `npm run upgrade-test`: runs the database tests of the last release on the schema of today, as its services do during an upgrade.
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const NOT_CHECKED = 75;
const released = JSON.parse(readFileSync(join(root, 'deploy/released.json'), 'utf8'));
const copy = join(tmpdir(), `calseta-released-${released.commit.slice(0, 12)}`);
/** What becomes that of today: the migrations, and what applies them. */
const OF_TODAY = [
  'prisma/migrations',
  'packages/database/src/migrations',
  'packages/database/src/core/migration-names.ts',
  'packages/database/src/core/connection/pooler.ts',
];
/** Compares the tables with the schema file of the release, which lacks what was added since. */
const NOT_OF_INTEREST = 'migrate\\.integration';

const say = (line) => process.stdout.write(`[upgrade] ${line}\n`);
const git = async (...args) => await run('git', ['-C', root, ...args]);

if ((await git('cat-file', '-e', `${released.commit}^{commit}`)).code !== 0) {
  say(
    `NOT CHECKED: commit ${released.commit} of release ${released.version} is not in this clone.`,
  );
  say('Clone with the whole history, or: git fetch --unshallow');
  process.exit(NOT_CHECKED);
}
await checkOut();
say(
  `running the database tests of ${released.version} (${released.commit.slice(0, 12)}) on the schema of today`,
);
const result = await inCopy(
  process.execPath,
  ...[
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ],
  ...['--selectProjects', 'integration', '--testPathPatterns', 'packages/database/test'],
  ...['--testPathIgnorePatterns', NOT_OF_INTEREST, '/node_modules/', ...process.argv.slice(2)],
);
process.stdout.write(result.output);
if (result.code === 0) say('the last release runs on the schema of today');
process.exitCode = result.code === 0 ? 0 : 1;

async function checkOut() {
  if (!existsSync(join(copy, 'package.json'))) {
    await orFail(git('worktree', 'prune'));
    await orFail(git('worktree', 'add', '--detach', copy, released.commit));
  }
  await orFail(run('git', ['-C', copy, 'checkout', '--force', '--quiet', released.commit]));
  await orFail(inCopy('pnpm', 'install', '--frozen-lockfile'));
  await orFail(inCopy(process.execPath, 'scripts/generate.mjs'));
  for (const path of OF_TODAY) {
    rmSync(join(copy, path), { recursive: true, force: true });
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
}

async function inCopy(command, ...args) {
  return await run('sh', ['-c', 'cd "$0" && exec "$@"', copy, command, ...args]);
}

async function orFail(running) {
  const { code, output } = await running;
  if (code === 0) return;
  say(output.trim());
  process.exit(1);
}
