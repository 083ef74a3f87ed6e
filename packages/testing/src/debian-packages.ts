import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TIMEOUT_MS = 300_000;
const DOWNLOAD = `cd "$0" && apt-get download "$@" && for deb in *.deb; do dpkg-deb -x "$deb" root; done`;

const execute = promisify(execFile);

/**
 * The folder that holds Debian's packages, unpacked and not installed; they are downloaded once and kept in the temporary
 * directory under the given name. Undefined where they cannot be had.
 */
export async function unpackDebianPackages(
  name: string,
  packages: readonly string[],
): Promise<string | undefined> {
  const kept = join(tmpdir(), `calseta-${name}`);
  if (existsSync(join(kept, 'root'))) return join(kept, 'root');
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  const folder = await mkdtemp(`${kept}-`);
  try {
    const download = async () =>
      await execute('sh', ['-ec', DOWNLOAD, folder, ...packages], { timeout: TIMEOUT_MS });
    // The lists of packages may be missing or old.
    await download().catch(async () => {
      await execute('apt-get', ['update'], { timeout: TIMEOUT_MS });
      await download();
    });
    // Some programs run as another user, because they refuse to run as root.
    await chmod(folder, 0o755);
    // Another process may have been faster.
    await rename(folder, kept).catch(() => undefined);
    return existsSync(join(kept, 'root')) ? join(kept, 'root') : undefined;
  } catch {
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
