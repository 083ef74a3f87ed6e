// PostgreSQL with its tools: of this machine, or Debian's package unpacked into .cache, where nothing of it is started by the system.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const INSTALLED = '/usr/lib/postgresql';
const CACHE = join(root, '.cache', 'debian-postgresql');
const VERSION = '15';
const PACKAGES = [`postgresql-${VERSION}`, `postgresql-client-${VERSION}`, 'libpq5'];

/** Directory of the programs and the environment that they need; undefined where neither can be had. */
export async function findPostgresTools() {
  const installed = newestIn(INSTALLED);
  if (installed) return { bin: installed, env: {} };
  if (!newestIn(join(CACHE, 'root', INSTALLED)) && !(await unpack())) return undefined;
  const libraries = readdirSync(join(CACHE, 'root/usr/lib')).find((name) => name.endsWith('-gnu'));
  return {
    bin: newestIn(join(CACHE, 'root', INSTALLED)),
    env: { LD_LIBRARY_PATH: join(CACHE, 'root/usr/lib', libraries) },
  };
}

function newestIn(directory) {
  if (!existsSync(directory)) return undefined;
  const versions = readdirSync(directory).sort((one, other) => Number(other) - Number(one));
  const bins = versions.map((version) => join(directory, version, 'bin'));
  return bins.find((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'pg_dump')));
}

async function unpack() {
  if (!existsSync('/usr/bin/apt-get')) return false;
  mkdirSync(CACHE, { recursive: true });
  const script = `cd "$0" && apt-get download "$@" && for deb in *.deb; do dpkg-deb -x "$deb" root; done`;
  return (await run('sh', ['-ec', script, CACHE, ...PACKAGES])).code === 0;
}
