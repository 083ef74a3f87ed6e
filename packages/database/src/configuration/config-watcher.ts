import { createSingleFlight, repeat } from '@calseta/async';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database } from '../core/database.js';

export type ConfigWatcherOptions = {
  pollIntervalMs?: number;
  /** Told of polls and reloads that failed; the last good value is served meanwhile. */
  onError?: (error: unknown) => void;
};

export type CachedConfig<T> = {
  /** The newest value that could be loaded; rejects only when there never was one. */
  get(): Promise<T>;
};

export interface ConfigWatcher extends AsyncDisposable {
  /** Looks for a change now: one that was committed before the call is seen when this resolves. Waits for its turn. */
  refresh(): Promise<void>;
  /** Keeps what `load` returns until the configuration changes. */
  cached<T>(load: () => Promise<T>): CachedConfig<T>;
}

/** Half of the two seconds within which a change has to be effective everywhere. */
export const CONFIG_POLL_INTERVAL_MS = 1_000;

/** Refreshes that are asked for do not follow each other faster, whoever asks. */
export const CONFIG_REFRESH_INTERVAL_MS = 100;

/** Follows `config_version` and reloads what was cached when it grows. */
export function watchConfig(
  database: Pick<Database, 'query'>,
  {
    pollIntervalMs = CONFIG_POLL_INTERVAL_MS,
    onError = () => undefined,
  }: ConfigWatcherOptions = {},
): ConfigWatcher {
  const refreshers = new Set<() => Promise<unknown>>();
  /** Unknown until the first poll; what was loaded before it is loaded again. */
  let version: string | undefined;

  async function poll(): Promise<void> {
    const { rows } = await database.query<{ version: string }>(
      'SELECT version::text FROM config_version',
    );
    version = rows[0]?.version;
    await Promise.all([...refreshers].map(async (refresh) => await refresh()));
  }

  const polls = repeat({ intervalMs: () => pollIntervalMs, work: poll, onError });
  polls.trigger();

  let refreshedAt = Number.NEGATIVE_INFINITY;
  let nextRefresh: Promise<void> | undefined;
  /** Those who ask while one waits share it; one under way may have begun before their change. */
  async function refreshInTurn(): Promise<void> {
    await sleep(Math.max(0, refreshedAt + CONFIG_REFRESH_INTERVAL_MS - performance.now()));
    refreshedAt = performance.now();
    nextRefresh = undefined;
    await poll();
  }

  return {
    refresh: async () => await (nextRefresh ??= refreshInTurn()),
    cached<T>(load: () => Promise<T>): CachedConfig<T> {
      let good: { value: T; version: string | undefined } | undefined;
      const loading = createSingleFlight<'load', T>();

      const reload = async (): Promise<T> => {
        // Read before loading: a change in between is then seen as one.
        const versionBefore = version;
        const value = await load();
        good = { value, version: versionBefore };
        return value;
      };
      const loadOnce = async (): Promise<T> => await loading.run('load', reload);

      refreshers.add(async () => {
        if (good && (good.version !== version || version === undefined)) await loadOnce();
      });
      return { get: async () => (good ? good.value : await loadOnce()) };
    },
    async [Symbol.asyncDispose]() {
      refreshers.clear();
      await polls.stop();
    },
  };
}
