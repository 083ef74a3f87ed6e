import { AppError } from '@calseta/common';
import { createSingleFlight } from './single-flight.js';

/** Configuration kept in memory, and read again when it is older than somebody needs. */
export interface Versioned<T> {
  /** As of the given version of the configuration, or a later one. */
  at(version: bigint): Promise<T>;
}

export type VersionedOptions<T> = {
  readVersion: () => Promise<bigint>;
  load: () => Promise<T>;
};

/** More are needed only when the version has gone backwards, as in a restored database. */
const MAX_LOADS = 3;

/**
 * An alert is matched with the configuration as it was when the alert was read: an agent registered a
 * moment before its first alert does not miss it.
 */
export function createVersioned<T>({ readVersion, load }: VersionedOptions<T>): Versioned<T> {
  let kept: { version: bigint; value: T } | undefined;
  const loading = createSingleFlight<'load', unknown>();

  const reload = async () => {
    // Read before loading: a change in between is then seen as one.
    const version = await readVersion();
    kept = { version, value: await load() };
  };

  return {
    async at(version) {
      // A load under way may have begun before that version; one that begins after it has not.
      for (let loads = 0; loads < MAX_LOADS && !(kept && kept.version >= version); loads++) {
        await loading.run('load', reload);
      }
      if (!kept) throw new AppError('service.unavailable', 'The configuration cannot be read.');
      return kept.value;
    },
  };
}
