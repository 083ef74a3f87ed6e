import { createSingleFlight, repeat } from '@calseta/async';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database } from '../core/database.js';
import { type DatabaseMetrics } from '../core/connection/database-metrics.js';

export type ConfigWatcherOptions = {
  pollIntervalMs?: number;
  /** Called when a poll or reload fails; the last good value stays in use. */
  onError?: (error: unknown) => void;
  /** Shows the version that is in use. */
  metrics?: DatabaseMetrics;
};

export type CachedConfig<T> = {
  /** Newest value that could be loaded; rejects only if none ever could. */
  get(): Promise<T>;
};

export interface ConfigWatcher extends AsyncDisposable {
  /** Checks for a change now, at a limited rate; sees every change committed before the call. */
  refresh(): Promise<void>;
  /** Caches the result of `load` until the configuration changes. */
  cached<T>(load: () => Promise<T>): CachedConfig<T>;
}

/** Changes must take effect everywhere within two seconds; this is half of that. */
export const CONFIG_POLL_INTERVAL_MS = 1_000;

/** Shortest time between two requested refreshes. */
export const CONFIG_REFRESH_INTERVAL_MS = 100;

/** Polls `config_version` and reloads cached values when it increases. */
export function watchConfig(
  database: Pick<Database, 'query'>,
  {
    pollIntervalMs = CONFIG_POLL_INTERVAL_MS,
    onError = () => undefined,
    metrics,
  }: ConfigWatcherOptions = {},
): ConfigWatcher {
  const refreshers = new Set<() => Promise<unknown>>();
  /** Unknown until the first poll; values loaded before that are reloaded. */
  let version: string | undefined;
  metrics?.watch(
    'calseta_config_version',
    'Version of the configuration that this process has read; 0 before the first.',
    () => Number(version ?? 0),
  );

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
  /** Callers share a refresh that has not started; one in progress may miss their change. */
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
        // Read before loading, so that a change in between causes another reload.
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
