// Prepares a clone: dependencies, Prisma client, build. A step is skipped when its inputs have not
// changed, so that a second start takes a few tens of milliseconds.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInRange } from './node-version.mjs';
import { root, run } from './run.mjs';

const say = (line) => process.stdout.write(`[setup] ${line}\n`);
const at = (...parts) => join(root, ...parts);

/** Scope of the build: what standalone and the cluster need, or everything. */
const BUILDS = {
  product: { project: 'services/standalone', without: ['packages/testing', 'bench'] },
  everything: { project: '.', without: [] },
};

export async function setUp({ build } = {}) {
  checkNode();
  await step({
    name: 'dependencies',
    isDone: () => existsSync(at('node_modules', '.pnpm')),
    fingerprint: () => hashContents(manifests()) + process.versions.modules,
    doing: 'Installing the dependencies (the first time takes a minute)',
    work: installDependencies,
  });
  await step({
    name: 'prisma-client',
    isDone: () => existsSync(at('packages/database/src/generated/client.ts')),
    fingerprint: () => hashContents(['prisma/schema.prisma', 'pnpm-lock.yaml']),
    doing: 'Generating the Prisma client',
    work: () => program('scripts/generate.mjs', 'The Prisma client could not be generated.'),
  });
  if (build === undefined) return;
  const { project, without } = BUILDS[build];
  const built = workspaces().filter((path) => !without.includes(path));
  await step({
    name: `build-${build}`,
    isDone: () => built.every((path) => existsSync(at(path, 'dist'))),
    fingerprint: () => hashTimes(sources(built)) + hashContents(['pnpm-lock.yaml']),
    doing: 'Building',
    work: () => program('node_modules/typescript/bin/tsc', 'The build failed.', ['-b', project]),
  });
}

/** Ends the process with one clear paragraph instead of a stack trace. */
export async function orExplain(work) {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    return process.exit(1);
  }
}

class SetupError extends Error {}

function checkNode() {
  const { engines } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  if (isInRange(process.versions.node, engines.node)) return;
  throw new SetupError(
    `Node ${process.versions.node} is not supported: Calseta needs ${engines.node}. ` +
      'Install a current LTS version (nodejs.org, or `nvm install 24`) and start again.',
  );
}

async function step({ name, isDone, fingerprint, doing, work }) {
  const stamp = at('node_modules', `.calseta-${name}`);
  const wanted = fingerprint();
  if (isDone() && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const startedAt = Date.now();
  say(doing);
  await work();
  mkdirSync(at('node_modules'), { recursive: true });
  writeFileSync(stamp, wanted);
  say(`done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function installDependencies() {
  const { packageManager } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const args = ['install', '--frozen-lockfile', '--reporter=append-only'];
  const { code, output } = await run('npx', ['-y', packageManager, ...args], {
    // Without CI it asks before it replaces a node_modules of another package manager.
    env: { CI: 'true' },
    onLine: (line) => line.startsWith('Progress:') && say(`  ${line}`),
  });
  if (code === 0) return;
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ERR_SOCKET/.test(output);
  const space = /ENOSPC/.test(output);
  const hint = offline
    ? 'The package registry cannot be reached: check the network (and `npm config get proxy`) and start again.'
    : space
      ? 'The disk is full: make room and start again.'
      : 'If node_modules is half done, remove it (`rm -rf node_modules`) and start again.';
  throw new SetupError(`The dependencies could not be installed.\n${lastLines(output)}\n\n${hint}`);
}

async function program(path, complaint, args = []) {
  const { code, output } = await run(process.execPath, [at(path), ...args]);
  if (code === 0) return;
  throw new SetupError(
    `${complaint}\n${lastLines(output, 40)}\n\nIf the sources are unchanged, remove what was made before ` +
      '(`rm -rf node_modules packages/*/dist services/*/dist`) and start again.',
  );
}

/** The last lines of a program's output, without the addresses of registries. */
function lastLines(output, count = 12) {
  const lines = output
    .replace(/https?:\/\/[^\s/]+/g, '<registry>')
    .trimEnd()
    .split('\n');
  return lines.slice(-count).join('\n');
}

function workspaces() {
  const grouped = ['packages', 'services'].flatMap((group) =>
    readdirSync(at(group)).map((name) => join(group, name)),
  );
  return [...grouped, 'bench'].filter((path) => existsSync(at(path, 'tsconfig.json')));
}

function manifests() {
  const own = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'e2e/package.json'];
  return [...own, ...workspaces().map((path) => join(path, 'package.json'))];
}

function sources(paths) {
  const files = paths.flatMap((path) => [
    join(path, 'tsconfig.json'),
    ...readdirSync(at(path, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length)),
  ]);
  return ['tsconfig.json', 'tsconfig.base.json', ...files];
}

function hashContents(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(path);
    if (existsSync(at(path))) hash.update(readFileSync(at(path)));
  }
  return hash.digest('hex');
}

function hashTimes(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { mtimeMs, size } = statSync(at(path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}
