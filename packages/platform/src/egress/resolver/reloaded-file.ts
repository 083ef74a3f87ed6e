import { readFile, stat } from 'node:fs/promises';

export type ReloadedFile<T> = {
  path: string;
  parse: (text: string) => T;
  /** What holds where there is no such file. */
  absent: T;
  /** How old what is known of it may be. */
  reloadMs: number;
};

/** Reads a file again when it has changed. */
export function createReloadedFile<T>({ path, parse, absent, reloadMs }: ReloadedFile<T>) {
  let known = absent;
  let version = '';
  let checkedAt = Number.NEGATIVE_INFINITY;
  let checking: Promise<void> | undefined;

  async function check(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const found = `${mtimeMs} ${size} ${ino}`;
      if (found !== version) known = parse(await readFile(path, 'utf8'));
      version = found;
    } catch {
      known = absent;
      version = '';
    }
    checkedAt = performance.now();
  }

  return async (): Promise<T> => {
    if (performance.now() - checkedAt >= reloadMs) {
      checking ??= check().finally(() => (checking = undefined));
      await checking;
    }
    return known;
  };
}
