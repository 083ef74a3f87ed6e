// Does without a container what the stage `pruned` of deploy/Dockerfile does, on a copy of what is built here, and checks what
// that leaves of an image's /app: what it holds, how large it is, and that the service finds everything that it imports.
// `node scripts/assemble-image.mjs [service] [directory to keep it in]`
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { judgeFiles, MAX_APP_BYTES } from './image-files.mjs';
import { root, run } from './run.mjs';

/** As in sysexits.h: the check could not be made. */
const EXIT_NOT_CHECKED = 75;
const NO_REGISTRY = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|FETCH_FAIL/;

const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');
const [service = 'alerts-api', kept] = process.argv.slice(2);
if (!existsSync(join(root, 'services', service, 'dist/main.js'))) {
  process.stdout.write(`services/${service} is not built: run \`npm run build\` first.\n`);
  process.exit(1);
}
const directory = kept ?? mkdtempSync(join(tmpdir(), 'calseta-image-'));
const failures = [];
try {
  copyBuilt();
  await prune();
  failures.push(
    ...judgeFiles(`/app of ${service}`, [...listFiles(directory, 'app')], MAX_APP_BYTES),
  );
  failures.push(...(await judgeStart()));
} finally {
  if (kept === undefined) rmSync(directory, { recursive: true, force: true });
}
process.stdout.write(failures.map((failure) => `${failure}\n`).join(''));
process.exitCode = failures.length === 0 ? 0 : 1;

/** What the Dockerfile copies, as it is after the build. */
function copyBuilt() {
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, paths]) =>
    paths.split(' '),
  );
  mkdirSync(directory, { recursive: true });
  const filter = (path) => basename(path) !== 'node_modules';
  for (const path of copied)
    cpSync(join(root, path), join(directory, path), { recursive: true, filter });
}

async function prune() {
  const [, command] =
    /^FROM build AS pruned\nARG SERVICE\nRUN ((?:.*\\\n)*.*)$/m.exec(dockerfile) ?? [];
  if (!command) throw new Error('deploy/Dockerfile has no stage `pruned` any more.');
  const script = command.replace(/\\\n/g, ' ').replaceAll('/app', '.');
  const shell = `cd '${directory}' && export SERVICE='${service}' && ${script}`;
  const { code, output } = await run('sh', ['-ec', shell]);
  if (code === 0) return;
  if (!NO_REGISTRY.test(output)) throw new Error(output);
  process.stdout.write('NOT CHECKED: the image; the registry of packages does not answer.\n');
  if (kept === undefined) rmSync(directory, { recursive: true, force: true });
  process.exit(EXIT_NOT_CHECKED);
}

function* listFiles(folder, path) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const [child, name] = [join(folder, entry.name), `${path}/${entry.name}`];
    if (entry.isDirectory()) yield* listFiles(child, name);
    else if (entry.isFile()) yield [lstatSync(child).size, name];
  }
}

/** Without its configuration a service has loaded all of its modules before it says what is missing. */
async function judgeStart() {
  const main = join(directory, 'services', service, 'dist/main.js');
  const { code, output } = await run('env', ['-i', process.execPath, main]);
  if (code !== 0 && output.includes('DATABASE_URL') && !output.includes('ERR_MODULE')) return [];
  return [`${service} does not start from what the image would hold:\n${output.slice(0, 1_000)}`];
}
