import { readFile, stat } from 'node:fs/promises';
import { createReloading } from '@calseta/async';

export type ReloadedFile<T> = {
  path: string;
  parse: (text: string) => T;
  /** The value while the file is missing or unreadable. */
  absent: T;
  /** Greatest age of a returned value, ms. */
  reloadMs: number;
};

/** Reads a file, and reads it again after changes. */
export function createReloadedFile<T>({ path, parse, absent, reloadMs }: ReloadedFile<T>) {
  const file = createReloading<T>({
    fingerprint: async () =>
      await stat(path).then(
        ({ mtimeMs, ctimeMs, size, ino }) => `${mtimeMs} ${ctimeMs} ${size} ${ino}`,
        () => 'absent',
      ),
    load: async () =>
      await readFile(path, 'utf8')
        .then(parse)
        .catch(() => absent),
    checkIntervalMs: reloadMs,
    waitsForCheck: true,
    onError: () => undefined,
  });
  return file.get;
}
