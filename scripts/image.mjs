// Builds the image of one service where a builder is there, and checks what it holds and how large it is:
// `node scripts/image.mjs [service] [arguments of the builder…]`.
// CONTAINER_BUILDER is docker, podman or buildah, or the path of one, if the first that answers is not wanted.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { judgeFiles } from './image-files.mjs';
import { root, run } from './run.mjs';

/** As in sysexits.h: the check could not be made. */
const EXIT_NOT_CHECKED = 75;
const BUILDERS = ['docker', 'podman', 'buildah'];
const PULL_TIMEOUT_SECONDS = 60;
const USER = '1000:1000';
const LABELS = ['title', 'description', 'version', 'revision', 'licenses'];

const [service = 'alerts-api', ...extra] = process.argv.slice(2);
const dockerfile = join(root, 'deploy/Dockerfile');
const tag = `calseta/${service}:check`;

const builder = await findBuilder();
if (!builder) notChecked(`There is none of ${BUILDERS.join(', ')} that answers.`);
const isBuildah = basename(builder) === 'buildah';
for (const image of baseImages()) {
  if (!(await isObtainable(image))) notChecked(`${builder} cannot obtain ${image}.`);
}

// The format of OCI, which others than docker write by default, has no HEALTHCHECK.
const format = basename(builder) === 'docker' ? [] : ['--format', 'docker'];
const build = [isBuildah ? 'bud' : 'build', ...format, '--file', dockerfile, '--tag', tag];
await must(builder, [...build, '--build-arg', `SERVICE=${service}`, ...extra, root]);
const failures = [
  ...judgeFiles(tag, await listFiles()),
  ...judgeConfig(await readConfig()),
  ...judgeStart(await start()),
];
process.stdout.write(failures.map((failure) => `${failure}\n`).join(''));
process.exitCode = failures.length === 0 ? 0 : 1;

/** The first one that answers; docker does so only while its daemon runs. */
async function findBuilder() {
  const given = process.env['CONTAINER_BUILDER'];
  for (const one of given ? [given] : BUILDERS) {
    if ((await run(one, ['info'])).code === 0) return one;
  }
  return undefined;
}

function baseImages() {
  const names = [...readFileSync(dockerfile, 'utf8').matchAll(/^FROM (?:--\S+ )?(\S+:\S+)/gm)];
  return new Set(names.map(([, name]) => name));
}

/** It is there already, or its registry answers in time. */
async function isObtainable(image) {
  const inspect = isBuildah ? ['inspect', '--type', 'image', image] : ['image', 'inspect', image];
  if ((await run(builder, inspect)).code === 0) return true;
  return (await run('timeout', [String(PULL_TIMEOUT_SECONDS), builder, 'pull', image])).code === 0;
}

/** The files of the image as `[bytes, path]`. */
async function listFiles() {
  const script = isBuildah
    ? 'c=$("$0" from --pull-never "$1") && tar -C "$("$0" mount "$c")" -c . | tar -tv; "$0" rm "$c" >&2'
    : 'c=$("$0" create "$1") && "$0" export "$c" | tar -tv; "$0" rm "$c" >&2';
  const output = await must('sh', ['-c', script, builder, tag]);
  return output
    .split('\n')
    .map((line) => /^-\S+ +\S+ +(\d+) \S+ \S+ (.*)$/.exec(line))
    .filter(Boolean)
    .map(([, bytes, path]) => [Number(bytes), path]);
}

/** User, labels and health check of the image. */
async function readConfig() {
  if (isBuildah)
    return JSON.parse(await must(builder, ['inspect', '--type', 'image', tag])).Docker.config;
  const [{ Config: config, Healthcheck }] = JSON.parse(
    await must(builder, ['image', 'inspect', tag]),
  );
  // Podman shows it beside the rest.
  return { Healthcheck, ...config };
}

/** What it says when it is started without configuration; it has loaded all of its modules by then. */
async function start() {
  if (!isBuildah) {
    const bounds = ['--rm', '--read-only', '--network', 'none'];
    return (await run(builder, ['run', ...bounds, tag])).output;
  }
  const command = `exec node services/${service}/dist/main.js`;
  const script =
    'c=$("$0" from --pull-never "$1"); "$0" run --user 1000 "$c" -- sh -c "$2" 2>&1; "$0" rm "$c" >&2';
  return (await run('sh', ['-c', script, builder, tag, command])).output;
}

function judgeStart(output) {
  const isLoaded = output.includes('DATABASE_URL: is required') && !output.includes('ERR_MODULE');
  return isLoaded ? [] : [`${tag} does not start:\n${output.slice(0, 1_000)}`];
}

function judgeConfig({ User: user, Labels: labels = {}, Healthcheck: healthCheck }) {
  const missing = LABELS.filter((name) => !labels[`org.opencontainers.image.${name}`]);
  return [
    ...(healthCheck ? [] : [`${tag} has no HEALTHCHECK, which docker-compose.yml waits for.`]),
    ...(user === USER ? [] : [`${tag} runs as ${user}, not as ${USER}.`]),
    ...missing.map((name) => `${tag} has no label org.opencontainers.image.${name}.`),
  ];
}

async function must(program, args) {
  const { code, output } = await run(program, args);
  if (code === 0) return output;
  process.stdout.write(`${output}\n${program} ${args[0]} failed with ${code}.\n`);
  process.exit(1);
}

function notChecked(why) {
  process.stdout.write(
    `${why} The image was not built. Start a builder, or set CONTAINER_BUILDER, and run \`node scripts/image.mjs\`.\n`,
  );
  process.exit(EXIT_NOT_CHECKED);
}
