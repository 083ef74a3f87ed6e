import { AppError } from '@calseta/common';
import { createSingleFlight } from './single-flight.js';

/** Configuration in memory, loaded again when a caller needs a newer version. */
export interface Versioned<T> {
  /** As of the given version, or a later one. */
  at(version: bigint): Promise<T>;
}

export type VersionedOptions<T> = {
  readVersion: () => Promise<bigint>;
  load: () => Promise<T>;
};

/** More loads are needed only when the version has gone backwards, as in a restored database. */
const MAX_LOADS = 3;

/**
 * An alert is matched with the configuration of the moment when it was read, so an agent that was registered just
 * before gets it.
 */
export function createVersioned<T>({ readVersion, load }: VersionedOptions<T>): Versioned<T> {
  let kept: { version: bigint; value: T } | undefined;
  const loading = createSingleFlight<'load', unknown>();

  const reload = async () => {
    // Read before loading, so that a change in between causes another load.
    const version = await readVersion();
    kept = { version, value: await load() };
  };

  return {
    async at(version) {
      // The current load may have begun before that version; the next one has not.
      for (let loads = 0; loads < MAX_LOADS && !(kept && kept.version >= version); loads++) {
        await loading.run('load', reload);
      }
      if (!kept) throw new AppError('service.unavailable', 'The configuration cannot be read.');
      return kept.value;
    },
  };
}
